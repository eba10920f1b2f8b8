"""A first look at the meme takes neither a learned network nor a plate, nor masks of full size."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import copy_project

from vsmeme import readers
from vsmeme.commands.steps import make
from vsmeme.commands.steps.make import run_steps
from vsmeme.project import Project, load_project
from vsmeme.stages import masks
from vsmeme.steps import draft_film


def test_a_draft_shows_subject_and_face_at_half_size(
    exported: Project, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = copy_project(exported, tmp_path)
    (project.out / "proof.jpg").touch()
    for name in ("upscale.json", "masks.json", "background.json", "track.json", "export.json"):
        (project.work / name).unlink()
    project = load_project(project.file)
    with caplog.at_level("INFO"):
        assert run_steps(project.file, draft=True) == 0
    assert "[1/1] match: fresh" in caplog.text
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


PROMPTED = """\
[[segment.prompts]]
frame = 0
box = [{x}, {y}, {w}, {h}]
[[segment.prompts]]
frame = 18
painted = "painted.png"
[face.placement]
centre = [{x}, {y}]
width = 40
"""


def test_a_large_film_is_reduced_with_all_that_is_said_in_canvas_px(
    exported: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project(exported, tmp_path)
    with masks(project).foreground.get_frame(18) as frame:
        painted = np.array(frame[0])
    cv2.imwrite(str(tmp_path / "painted.png"), painted)
    with masks(project).foreground.get_frame(0) as frame:
        x, y, w, h = cv2.boundingRect(np.array(frame[0]))
    with project.file.open("a", encoding="utf-8") as file:
        file.write(PROMPTED.format(x=x, y=y, w=w, h=h))
    project = load_project(project.file)
    monkeypatch.setattr(draft_film, "LARGEST_WORK_PX", (200, 100))
    film = draft_film.make_draft_film(project)
    assert film.scale == 0.5
    assert (film.clip.width, film.clip.height) == (256, 144)
    assert film.clip.num_frames == len(readers.timeline(project))
    for number in (0, 18):  # boxed and painted, in canvas px
        with masks(exported).foreground.get_frame(number) as frame:
            whole = cv2.resize(np.array(frame[0]), (256, 144), interpolation=cv2.INTER_AREA) > 127
        with film.seen.foreground.get_frame(number) as frame:
            half = np.array(frame[0]) > 127
        assert (whole & half).sum() / (whole | half).sum() > 0.8
    height, width = cv2.imread(str(film.folder / film.tracked.picture["picture"])).shape[:2]
    lies = np.array(film.tracked.regions["face"].placements[0].matrix)
    centre = lies @ (width / 2, height / 2, 1)
    assert centre[:2] == pytest.approx((x / 2, y / 2), abs=0.01)
    written = (film.folder / "film.mkv").stat().st_mtime_ns
    draft_film.make_draft_film(project)
    assert (film.folder / "film.mkv").stat().st_mtime_ns == written


def test_a_draft_comes_first_where_the_rest_takes_long(
    exported: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not make._worth_a_look(exported)
    monkeypatch.setattr(make, "LEAST_LOOK_PX", 512)
    assert make._worth_a_look(exported)
    monkeypatch.setattr(make, "LONGEST_LOOK_S", 0)
    assert not make._worth_a_look(exported)
