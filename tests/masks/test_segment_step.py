"""Segmentation of films: prompts, painted keys, faces; the files; what bad input says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from scenes.projects import truth_project

from vsmeme.artifact import file_sha256, read_json
from vsmeme.demo.scene import Scene
from vsmeme.errors import MissingError, UsageError
from vsmeme.masks.mask import load_mask
from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.face_shape import face_outline, person_guess
from vsmeme.masks.prepare.hints import Hints, collect_hints
from vsmeme.masks.prepare.segmenters.choose import choose_segmenter
from vsmeme.masks.prepare.segmenters.grabcut import GrabCut
from vsmeme.masks.prepare.segmenters.painted import Painted
from vsmeme.masks.prepare.segmenters.person import PersonNetwork
from vsmeme.project import load_project
from vsmeme.settings.subject_settings import Prompt, SegmentSetting
from vsmeme.steps.segment import preview, run_segment
from vsmeme.sync.shots import Shot, Shots

SCENE = Scene(seed=4, size="small", frames=10, cuts=(6,))
SHOTS = Shots(shots=(Shot(first=0, last=5), Shot(first=6, last=9)))
ROOT = Path(__file__).resolve().parents[2]


def iou(a: np.ndarray, b: np.ndarray) -> float:
    x, y = a > 127, b > 127
    return float((x & y).sum() / max(1, (x | y).sum()))


def masks_of(path: Path) -> list[np.ndarray]:
    return [np.asarray(f[0]).copy() for f in load_mask(path).frames(close=True)]


def prompts(folder: Path) -> str:
    """Painted keys for frames 2 and 7 as TOML."""
    text = ""
    for frame in (2, 7):
        for region, mask in (("foreground", SCENE.mask), ("face", SCENE.face_mask)):
            name = f"{region}{frame}.png"
            cv2.imwrite(str(folder / name), mask(frame))
            text += f'[[segment.prompts]]\nregion = "{region}"\nframe = {frame}\n'
            text += f'painted = "{name}"\n'
    return text


def test_painted_keys_become_masks_of_every_frame(tmp_path: Path) -> None:
    project = truth_project(tmp_path, SCENE, settings=prompts(tmp_path))
    made = run_segment(project)
    assert [key.frame for key in made.keys] == [2, 7]
    stored = read_json(project.work / "masks.json", made_by="vsmeme segment")
    assert stored["segmenter_calls"] == len(made.keys) + len(made.alarms)
    assert stored["feather_px"] == 12
    assert stored["mask_sha256"] == {
        name: file_sha256(project.work / f"masks/{name}.mkv") for name in ("face", "foreground")
    }
    assert project.stale("segment") is None
    whole, face = (masks_of(project.work / f"masks/{n}.mkv") for n in ("foreground", "face"))
    assert len(whole) == len(face) == 10
    for n in range(10):
        assert iou(whole[n], SCENE.mask(n)) > 0.85
        assert iou(face[n], SCENE.face_mask(n)) > 0.7
        assert (face[n] <= whole[n]).all()
    # resumed: the shots lie in the cache, and the files come out the same
    before = (project.work / "masks/foreground.mkv").read_bytes()
    kept = sorted((project.work / "cache/masks").iterdir())
    times = [p.stat().st_mtime_ns for p in kept]
    run_segment(load_project(project.file))
    assert [p.stat().st_mtime_ns for p in kept] == times
    assert len(before) == (project.work / "masks/foreground.mkv").stat().st_size


def test_script_previews_and_reports_in_one_line(tmp_path: Path) -> None:
    project = truth_project(tmp_path, SCENE, settings=prompts(tmp_path))
    files = preview(project)
    assert [f.name for f in files] == ["shot0-frame2.png", "shot1-frame7.png"]
    assert cv2.imread(str(files[0])).shape == (288, 512, 3)
    (tmp_path / "meme.toml").write_text(project.file.read_text().replace("frame = 7", "frame = 70"))
    command = [sys.executable, str(ROOT / "scripts/segment.py"), str(tmp_path / "meme.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "expected a pair below 10, got 70" in done.stderr.strip().splitlines()[-1]


def test_a_film_without_a_face_is_refused_unless_everybody_is_asked_for(tmp_path: Path) -> None:
    scene = Scene(seed=1, size="tiny", frames=4, actor=False)
    project = truth_project(tmp_path, scene)
    with pytest.raises(UsageError, match=r"no face in any shot: .*--pick.*prompts.*painted mask"):
        run_segment(project)
    assert not (project.work / "masks.json").exists()
    made = run_segment(truth_project(tmp_path, scene, settings='[segment]\nwho = "all"\n'))
    assert made.keys == ()
    assert made.alarms == ()
    assert not any(m.any() for m in masks_of(project.work / "masks/foreground.mkv"))


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        (Prompt(points=((600, 5),)), "points: expected a point inside the canvas of 512x288"),
        (Prompt(points=((5, 5),), background=((5, -1),)), "points: expected a point inside"),
        (Prompt(box=(0, 0, 600, 10)), "box: expected x, y, w, h inside the canvas"),
        (Prompt(box=(5, 5, 0, 10)), "box: expected"),
        (Prompt(frame=10, points=((5, 5),)), "frame: expected a pair below 10, got 10"),
        (Prompt(shot=2, points=((5, 5),)), "shot: expected a shot below 2, got 2"),
        (Prompt(frame=2), "expected a box, points or a painted mask"),
    ],
)
def test_prompts_are_checked(prompt: Prompt, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        collect_hints([prompt], SHOTS, canvas=(512, 288))


def test_prompts_reach_their_shots() -> None:
    table = collect_hints(
        [
            Prompt(points=((1, 1),)),
            Prompt(shot=1, points=((2, 2),), background=((3, 3),)),
            Prompt(region="face", frame=7, box=(1, 1, 5, 5)),
        ],
        SHOTS,
        canvas=(512, 288),
    )
    assert table[0][None]["foreground"].points == ((1, 1),)
    assert table[1][None]["foreground"] == Hints(points=((1, 1), (2, 2)), background=((3, 3),))
    assert table[1][7]["face"].scaled(0.5).boxes == ((0.5, 0.5, 2.5, 2.5),)


def test_painted_masks_are_checked(tmp_path: Path) -> None:
    frame = np.zeros((20, 30, 3), np.uint8)
    path = tmp_path / "p.png"
    painted = Painted((30, 20))
    cv2.imwrite(str(path), np.zeros((20, 30), np.uint8))
    with pytest.raises(UsageError, match="got an empty mask"):
        painted.segment(frame, Hints(painted=path))
    cv2.imwrite(str(path), np.full((10, 30), 255, np.uint8))
    with pytest.raises(UsageError, match="expected the canvas size 30x20, got 30x10"):
        painted.segment(frame, Hints(painted=path))
    path.write_bytes(b"no png")
    with pytest.raises(UsageError, match="expected a PNG"):
        painted.segment(frame, Hints(painted=path))
    with pytest.raises(UsageError, match="needs a prompt with painted"):
        painted.segment(frame, Hints())
    alpha = np.zeros((20, 30, 4), np.uint8)
    alpha[5:9, 5:9, 3] = 255
    cv2.imwrite(str(path), alpha)
    assert (painted.segment(frame, Hints(painted=path)) == alpha[..., 3]).all()


def test_face_outside_the_foreground_is_refused(tmp_path: Path) -> None:
    corner = (
        "[[segment.prompts]]\nframe = 2\nbox = [4, 4, 60, 60]\npoints = [[30, 30]]\n"
        '[[segment.prompts]]\nframe = 2\nregion = "face"\npainted = "face2.png"\n'
    )
    prompts(tmp_path)
    project = truth_project(tmp_path, SCENE, settings=corner)
    with pytest.raises(UsageError, match="the face lies outside the foreground|came out empty"):
        run_segment(project)


def test_backends_name_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs the path of an ONNX network"):
        choose_segmenter(SegmentSetting(backend="person"), tmp_path, (8, 8))
    with pytest.raises(MissingError, match=r"no ONNX file at .*net\.onnx"):
        choose_segmenter(SegmentSetting(backend="person", model="net.onnx"), tmp_path, (8, 8))
    with pytest.raises(MissingError, match=r"vsmeme models fetch sam-vit-b"):
        choose_segmenter(SegmentSetting(backend="sam", model="sam.pth"), tmp_path, (8, 8))
    (tmp_path / "net.onnx").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="expected an ONNX network"):
        PersonNetwork(tmp_path / "net.onnx")


def test_person_network_is_run(tmp_path: Path) -> None:
    """A network whose matte is the mean of the channels, centred to 0..1."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1, 3, 1, 1], [1 / 6] * 3)
    bias = helper.make_tensor("b", TensorProto.FLOAT, [1], [0.5])
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"])
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 64, 64])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 64, 64])
    graph = helper.make_graph([node], "matte", [given], [out], [weight, bias])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, tmp_path / "net.onnx")
    frame = np.zeros((96, 128, 3), np.uint8)
    cv2.rectangle(frame, (30, 20), (90, 70), (255, 255, 255), -1)
    mask = PersonNetwork(tmp_path / "net.onnx").segment(frame, Hints())
    assert iou(mask, frame[..., 0]) > 0.93


def test_grabcut_finds_a_prompted_disc() -> None:
    rng = np.random.default_rng(3)
    frame = rng.normal((60, 120, 60), 12, (120, 160, 3))
    disc = np.zeros((120, 160), np.uint8)
    cv2.circle(disc, (80, 60), 30, 255, -1)
    frame[disc > 0] += (120, -40, 20)
    picture = np.clip(frame, 0, 255).astype(np.uint8)
    for hints in (
        Hints(boxes=((44, 24, 72, 72),)),
        Hints(points=((80, 60),), background=((20, 20),)),
        Hints(prior=cv2.dilate(disc, np.ones((7, 7), np.uint8))),
    ):
        assert iou(GrabCut().segment(picture, hints), disc) > 0.9


def test_a_face_is_found_on_real_footage(footage: Path) -> None:
    frame = cv2.imread(str(footage / "masks/dancer_room/frames/00000.jpg"))
    if frame is None:
        first = sorted((footage / "masks/dancer_room/frames").iterdir())[0]
        frame = cv2.imread(str(first))
    picture = np.ascontiguousarray(frame[..., ::-1])
    face = detect_faces(picture)[0]
    assert face.score > 0.95
    truth = cv2.imread(str(sorted((footage / "masks/dancer_room/gt").iterdir())[0]), 0)
    outline = face_outline(face, (640, 360))
    assert (truth[outline > 127] > 127).mean() > 0.9
    guess = Hints(points=face.points, guess=person_guess(face, (640, 360)))
    assert iou(GrabCut().segment(picture, guess), truth) > 0.85
