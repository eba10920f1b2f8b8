"""From masks and a picture to the inserted face, through the script and the stages."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from scenes.projects import truth_project
from subject.test_face_picture import silly

from vsmeme import readers
from vsmeme.artifact import write_json
from vsmeme.demo.scene import Scene
from vsmeme.masks.prepare.mask_file import MaskWriter
from vsmeme.project import Project, load_project
from vsmeme.subject.track_table import track_csv

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


def test_a_table_of_poses_takes_the_place_of_measured_ones(project: Project) -> None:
    path = project.folder / "face.csv"
    face = readers.track(project).regions["face"]
    moved = [replace(p, matrix=((1, 0, 2.5 * p.frame), (0, 1, 0), (0, 0, 1))) for p in face.poses]
    path.write_text(track_csv(replace(face, poses=tuple(moved[:7]))))
    before = project.file.read_text()
    project.file.write_text(before + '[track]\nface = "face.csv"\n')
    changed = load_project(project.file)
    assert "track has changed" in str(changed.stale("track"))
    assert run(changed).returncode == 0
    table = readers.track(changed).regions["face"].matrices(10)
    assert table[6] == ((1, 0, 15.0), (0, 1, 0), (0, 0, 1))
    assert table[7] is None
    path.write_text(path.read_text().replace("\n3,", "\n99,"))
    done = run(load_project(project.file))
    assert done.returncode == 2
    assert "face.csv: line 5: frame: expected a pair below 10, got 99" in done.stderr
    project.file.write_text(before)
    assert run(load_project(project.file)).returncode == 0


def test_a_placement_on_any_frame_is_there(project: Project) -> None:
    """Given on frame 7, not on the key frame 0: there the picture lies, mirrored as asked."""
    before = project.file.read_text()
    given = "centre = [300, 220]\nwidth = 90\nangle = 8\nframe = 7\n"
    project.file.write_text(f"{before}[face]\nmirror = true\n[face.placement]\n{given}")
    done = run(load_project(project.file))
    assert done.returncode == 0, done.stderr
    track = readers.track(load_project(project.file))
    place = track.regions["face"].placed(10)[7]
    assert place is not None
    height, width = cv2.imread(str(project.work / track.picture["alpha"])).shape[:2]
    (a, b, c), (d, e, f) = place[:2]
    middle = (a * width / 2 + b * height / 2 + c, d * width / 2 + e * height / 2 + f)
    assert middle == pytest.approx((300, 220), abs=0.05)
    assert np.hypot(a, d) * width == pytest.approx(90, abs=0.2)
    assert np.degrees(np.arctan2(d, a)) == pytest.approx(8, abs=0.2)
    project.file.write_text(before)
    assert run(load_project(project.file)).returncode == 0


def test_a_lost_prerequisite_is_one_line(project: Project) -> None:
    (project.work / "masks.json").rename(project.work / "elsewhere.json")
    done = run(project)
    assert done.returncode == 2
    assert "vsmeme segment" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
