"""A first look at the meme takes neither a learned network nor a plate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import copy_project

from vsmeme import readers
from vsmeme.commands.steps.make import run_steps
from vsmeme.project import Project, load_project


def test_a_draft_shows_subject_and_face_at_half_size(
    exported: Project, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = copy_project(exported, tmp_path)
    (project.out / "proof.jpg").touch()
    for name in ("upscale.json", "background.json", "export.json"):
        (project.work / name).unlink()
    project = load_project(project.file)
    with caplog.at_level("INFO"):
        assert run_steps(project.file, draft=True) == 0
    assert "[3/3] track: fresh" in caplog.text
    assert "corners black" in caplog.text
    assert not (project.work / "background.json").exists()
    assert [path.name for path in (project.work / "cache").glob("draft-*")] == []
    film = vs.core.bs.VideoSource(str(project.out / "draft.mp4"), cachemode=0)
    assert (film.width, film.height) == (256, 144)
    assert film.num_frames == len(readers.timeline(project))
    with film.get_frame(10) as frame:
        luma, red = np.asarray(frame[0]), np.asarray(frame[2]).astype(int) - 128
    assert luma[:16, :16].max() < 24  # nothing is generated
    assert (red > 20).mean() > 0.02  # the subject is pink
