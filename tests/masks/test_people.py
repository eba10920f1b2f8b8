"""The automatic way on real people: faces, the person around a face, the face's outline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from people_truth import Outlined, at_work_size, outlined_people
from people_variants import variants

from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.face_shape import face_outline
from vsmeme.masks.prepare.hints import Hints
from vsmeme.masks.prepare.key_frames import face_hints
from vsmeme.masks.prepare.motion_evidence import MotionEvidence
from vsmeme.masks.prepare.people.one_person import told_apart
from vsmeme.masks.prepare.propagation.frame_features import work_size
from vsmeme.masks.prepare.segmenters.base import Segmenter
from vsmeme.masks.prepare.segmenters.choose import choose_segmenter
from vsmeme.masks.prepare.segmenters.people import People
from vsmeme.masks.prepare.small_networks.light import lit
from vsmeme.masks.prepare.small_networks.people_networks import PicturePart, open_networks
from vsmeme.settings.subject_settings import SegmentSetting

LEAST_IOU = 0.93


@pytest.fixture
def auto(weights: Path, tmp_path: Path) -> Segmenter:
    return choose_segmenter(SegmentSetting(), tmp_path, (1024, 576))


def largest(faces: list[Face]) -> Face:
    return max(faces, key=lambda face: face.w * face.h)


def person(segmenter: Segmenter, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Foreground and face of the largest face's person."""
    size = (picture.shape[1], picture.shape[0])
    faces = detect_faces(picture)
    face = largest(faces)
    mask = segmenter.segment(picture, face_hints(face, faces, size))
    return mask, face_outline(face, size)


def test_people_are_found_without_any_prompt(auto: Segmenter, footage: Path) -> None:
    assert isinstance(auto, People)
    scores = {}
    for each in outlined_people():
        mask, face = person(auto, at_work_size(each.frame))
        big = cv2.resize(np.maximum(mask, face), each.truth.shape[::-1])
        scores[each.name] = round(each.iou(big), 3)
    assert len(scores) == 10
    assert min(scores.values()) >= LEAST_IOU, scores
    assert np.mean(list(scores.values())) >= 0.965, scores


def man_in_red() -> Outlined:
    return next(each for each in outlined_people() if each.name == "d2_meeting_000")


def test_faces_are_confirmed_and_drawn_without_holes(weights: Path, footage: Path) -> None:
    picture = man_in_red().frame
    faces = detect_faces(picture)
    assert len(faces) == 2
    for face in faces:
        assert len(face.mesh) == 468
        outline = face_outline(face, (1024, 576))
        assert cv2.connectedComponents(255 - outline)[0] == 2
        brow, chin = face.points[0][1], max(y for _, y in face.mesh)
        rows = np.flatnonzero(outline.max(axis=1) > 127)
        assert rows[0] < brow - 0.35 * (chin - brow)  # the forehead belongs to it
        assert abs(rows[-1] - chin) < 4
    blank = np.full((200, 300, 3), 90, np.uint8)
    assert detect_faces(blank) == []


def test_two_people_who_touch_are_told_apart(auto: Segmenter, footage: Path) -> None:
    one = man_in_red()
    picture = one.frame.copy()
    twin = picture[:, 720:][:, ::-1].copy()  # his mirror picture, moved into his shoulder
    picture[:, 720 - twin.shape[1] : 720] = twin
    truth = one.truth.copy()
    truth[:, :720] = 0
    size = (picture.shape[1], picture.shape[0])
    faces = detect_faces(picture)
    assert len(faces) == 2
    face = max(faces, key=lambda face: face.x)
    mask = auto.segment(picture, face_hints(face, faces, size))
    assert Outlined(name="", frame=picture, truth=truth).iou(mask) > 0.9
    alone = auto.segment(picture, face_hints(face, [face], size))
    assert Outlined(name="", frame=picture, truth=truth).iou(alone) < 0.7


def test_prompts_beat_the_network(auto: Segmenter, footage: Path) -> None:
    one = man_in_red()
    x, y, w, h = cv2.boundingRect((one.truth == 255).astype(np.uint8))
    boxed = auto.segment(one.frame, Hints(boxes=((x - 3.0, y - 3.0, w + 6.0, h + 3.0),)))
    assert one.iou(boxed) > LEAST_IOU
    assert not boxed[:, : x - 8].any()
    spot = (900.0, 500.0)  # on his chest
    left_out = auto.segment(one.frame, Hints(boxes=((x, y, w, h),), background=(spot,)))
    assert left_out[500, 900] < 128 < boxed[500, 900]
    yellow = Hints(boxes=((715.0, 0.0, 250.0, 150.0),))  # the wall: no person is there
    wall = auto.segment(one.frame, yellow)
    assert wall[:100, 740:900].mean() > 200


class Recorder:
    """A segmenter that only says that it was asked."""

    name, sees, hears = "recorder", False, True

    def segment(self, frame: np.ndarray, hints: Hints) -> np.ndarray:
        return np.full(frame.shape[:2], 7, np.uint8)


def test_plain_motion_beats_the_network_where_no_face_is_known(
    weights: Path, footage: Path
) -> None:
    one = man_in_red()
    people = People(open_networks(), Recorder())
    x, y, w, h = cv2.boundingRect((one.truth == 255).astype(np.uint8))
    box = Hints(boxes=((float(x), float(y), float(w), float(h)),))
    height, width = one.frame.shape[:2]
    speech = np.zeros(work_size(width, height)[::-1], np.float32)
    for plain, asked in ((1.0, True), (0.1, False)):
        hints = replace(box, evidence=MotionEvidence(speech=speech, plain=plain))
        assert (people.segment(one.frame, hints) == 7).all() == asked


def test_without_the_networks_todays_way_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("VSMEME_MODELS", str(tmp_path))
    monkeypatch.setattr("vsmeme.networks.manifest.models_folders", lambda: (tmp_path,))
    assert open_networks() is None
    assert choose_segmenter(SegmentSetting(), tmp_path, (64, 64)).name == "grabcut"


HARD = (
    "d1_tos_340 dark", "d2_meeting_200 3x", "astronaut 2x", "d3_signs_068 low contrast",
    "d1_tos_340 low contrast", "d1_tos_320 blue", "d1_tos_320 2x, hair cut off",
    "d1_tos_320 elsewhere", "d3_signs_289 beside another",
)  # fmt: skip


def test_people_are_found_nearer_and_in_other_light(auto: Segmenter, footage: Path) -> None:
    scores = {}
    for each in outlined_people():
        if each.name not in {name.partition(" ")[0] for name in HARD}:
            continue
        face = largest(detect_faces(each.frame))
        for _, made in variants(each, (face.x, face.y, face.w, face.h)):
            if made.name in HARD:
                mask, outline = person(auto, at_work_size(made.frame))
                big = cv2.resize(np.maximum(mask, outline), made.truth.shape[::-1])
                scores[made.name] = round(made.iou(big), 3)
    assert set(scores) == set(HARD)
    assert min(scores.values()) >= LEAST_IOU, scores


def test_a_faint_face_is_found_and_a_blank_wall_has_none(weights: Path, footage: Path) -> None:
    faint = (128 + 0.1 * (man_in_red().frame.astype(np.float32) - 128)).round().astype(np.uint8)
    assert len(detect_faces(faint)) == 2
    noise = np.random.default_rng(0).normal(60, 6, (360, 640, 3)).clip(0, 255).astype(np.uint8)
    assert detect_faces(noise) == []


def test_one_person_is_told_from_another_or_nothing_is_said(weights: Path, footage: Path) -> None:
    each = next(each for each in outlined_people() if each.name == "d3_signs_289")
    face = largest(detect_faces(each.frame))
    made = dict(variants(each, (face.x, face.y, face.w, face.h)))["beside another"]
    picture = at_work_size(made.frame)
    faces = detect_faces(picture)
    assert len(faces) == 2
    one, other = sorted(faces, key=lambda face: -face.w * face.h)
    odds = told_apart(picture, one, [other], open_networks())
    assert odds is not None
    chest = (int(one.y + 2 * one.h), int(one.x + one.w / 2))
    assert odds[chest] > 2
    assert odds[int(other.y + other.h / 2), int(other.x + other.w / 2)] < -2
    assert told_apart(picture, one, [one], open_networks()) is None  # nobody is told from himself


def test_blue_light_is_made_white_and_white_light_stays() -> None:
    face = (10.0, 10.0, 40.0, 40.0)
    picture = np.full((60, 60, 3), (180, 140, 120), np.uint8)
    assert lit(picture, face) is picture
    blue = lit((picture * np.array([0.6, 0.8, 1.25])).astype(np.uint8), face)
    assert blue[30, 30] == pytest.approx((134, 112, 95), abs=2)
    night = lit((picture * np.array([0.15, 0.2, 0.3])).astype(np.uint8), face)
    red, green, other = night[30, 30].astype(float)
    assert red > green > other
    assert np.mean((red, green, other)) == pytest.approx(4 * 28 * (1.2 + 1 + 0.85) / 3, abs=6)


def test_the_picture_goes_on_mirrored_beyond_its_edges() -> None:
    picture = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    part = PicturePart(x=-2, y=1, w=6, h=6)
    wide = part.mirrored(picture, (6, 6))
    assert np.array_equal(wide[:3, 2:], picture[1:, :4])
    assert np.array_equal(wide[:3, :2], picture[1:, 1::-1])
    assert np.array_equal(wide[3:, 2:], picture[3:0:-1, :4])
    assert not part.cut(picture, (6, 6))[3:].any()
