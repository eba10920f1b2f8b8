"""What is claimed of the delivered frame, and of fine structure, against planted faults."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scenes.finished import copy_project, restamp

from vsmeme import stages
from vsmeme.deliver.verify.claims_frame import frame_right
from vsmeme.deliver.verify.claims_texture import texture_steps
from vsmeme.deliver.verify.evidence import Evidence
from vsmeme.ffmpeg import call
from vsmeme.project import Project, load_project


def check(project: Project, note: str) -> None:
    claim = frame_right(Evidence(project))
    assert not claim.passed
    assert note in claim.note


def test_the_frame_of_a_sound_project(exported: Project) -> None:
    claim = frame_right(Evidence(exported))
    assert claim.passed, claim
    assert claim.note == "512x288 from (0, 0)"


@pytest.mark.parametrize(
    ("filters", "note"),
    [("scroll=hpos=0.01", "shows another part"), ("crop=iw-8:ih-8", "the file is 504x280")],
)
def test_fault_a_file_that_shows_something_else(
    exported: Project, tmp_path: Path, filters: str, note: str
) -> None:
    bad = copy_project(exported, tmp_path)
    call(["-i", str(exported.out / "meme.mp4"), "-vf", filters, "-c:v", "libx264",
          str(bad.out / "meme.mp4")])  # fmt: skip
    check(bad, note)


def test_fault_padding_is_delivered(exported: Project, tmp_path: Path) -> None:
    bad = copy_project(exported, tmp_path)
    path = bad.work / "geometry.json"
    data = json.loads(path.read_text())
    for layout in data["layouts"]:
        layout["dvd"][1] += 8
    path.write_text(json.dumps(data))
    restamp(bad)
    assert "8 rows of padding" in frame_right(Evidence(bad)).note


def test_fault_real_picture_is_not_delivered(exported: Project, tmp_path: Path) -> None:
    bad = copy_project(exported, tmp_path)
    call(["-i", str(exported.out / "meme.mp4"), "-vf", "crop=iw-8:ih:0:0", "-c:v", "libx264",
          str(bad.out / "meme.mp4")])  # fmt: skip
    path = bad.work / "export.json"
    data = json.loads(path.read_text())
    data["frame"] = [0, 0, 504, 288]
    path.write_text(json.dumps(data))
    restamp(bad)
    check(bad, "8 real lines lost")


def test_fault_a_cut_off_subject(
    exported: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe = copy_project(exported, tmp_path)
    safe.file.write_text(safe.file.read_text().replace("[output]", '[output]\nframe = "safe"'))
    safe = load_project(safe.file)
    restamp(safe)
    good = stages.masks
    monkeypatch.setattr(
        stages,
        "masks",
        lambda p: stages.Masks(*(mask.std.Invert() for mask in good(p))),
    )
    assert "ends in a straight edge" in frame_right(Evidence(safe)).note


def blocks(still: float, moving: float) -> np.ndarray:
    return np.stack([np.full(40, 3.0), np.full(40, still), np.full(40, moving)])


@pytest.mark.parametrize(
    ("still", "moving", "low", "high"),
    [
        (0.1, 1.2, 1.0, 2.0),  # on a calm surface it is seen
        (50.0, 1.2, 0.0, 0.5),  # in strong texture it is lost
        (50.0, 40.0, 1.5, 3.0),  # what boils is seen there, too
    ],
)
def test_what_moves_is_judged_by_what_it_moves_in(
    still: float, moving: float, low: float, high: float
) -> None:
    step = texture_steps(blocks(still, moving), blocks(still, 0.1))["moving"]
    assert low < step < high
