"""From masks and a picture to the inserted face, through the script and the stages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scenes.projects import truth_project
from subject.test_face_picture import silly

from vsmeme import readers
from vsmeme.artifact import write_json
from vsmeme.demo.scene import Scene
from vsmeme.masks.prepare.mask_file import MaskWriter
from vsmeme.project import Project, load_project

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "track.py"
SCENE = Scene(seed=3, size="everyday", frames=10)
SETTINGS = '[seam]\nblend = "feather"\n'


def write_masks(project: Project, scene: Scene) -> None:
    """The truth, as ``vsmeme segment`` would write it."""
    for name, paint in (("foreground", scene.mask), ("face", scene.face_mask)):
        path = project.work / "masks" / f"{name}.mkv"
        with MaskWriter(path, size=scene.canvas, fps=(24000, 1001)) as writer:
            for n in range(scene.frames):
                writer.add(paint(n))
    data = {"keys": [0], "segmenter_calls": 1, "alarms": [], "feather_px": 12}
    write_json(project.work / "masks.json", {**data, "made_from": project.stamp("segment")})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("track")
    silly(folder / "silly.png")
    made = truth_project(folder, SCENE, settings=SETTINGS)
    text = made.file.read_text()
    made.file.write_text(text.replace("[sources]\n", '[sources]\nface = "silly.png"\n'))
    made = load_project(made.file)
    write_masks(made, SCENE)
    return made


def run(project: Project) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(project.file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_script_writes_a_fresh_track(project: Project) -> None:
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert project.stale("track") is None
    track = readers.track(project)
    face = track.regions["face"]
    for pose in face.poses:
        x, y, w, h = SCENE.face_box(0)
        corners = np.array([[x, x + w], [y, y + h], [1, 1]], float)
        gap = np.array(pose.matrix) @ corners - SCENE.face_matrix(pose.frame, key=0) @ corners
        assert np.abs(gap[:2]).max() < 0.25
    assert (project.work / track.picture["alpha"]).is_file()


def test_a_lost_prerequisite_is_one_line(project: Project) -> None:
    (project.work / "masks.json").rename(project.work / "elsewhere.json")
    done = run(project)
    assert done.returncode == 2
    assert "vsmeme segment" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
