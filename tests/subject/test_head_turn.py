"""A head that turns: the picture turns with it, as far as a flat picture bears."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator

from vsmeme.demo.scene_photo import photograph
from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.face_shape import face_outline
from vsmeme.masks.prepare.small_networks.people_networks import open_networks
from vsmeme.subject.prepare.follow_regions import ShotTrack
from vsmeme.subject.prepare.head_turn import (
    FARTHEST,
    FULL,
    QUIET,
    HeadTurns,
    measure_turns,
    stretch,
)
from vsmeme.subject.prepare.region_sight import Sight
from vsmeme.subject.track import Pose, Region

RING = 1.6  # sizes of the face, beyond which the photograph stays as it is
HELD = 6  # frames


def turned(picture: np.ndarray, face: Face, yaw: float, pitch: float) -> np.ndarray:
    """The photograph of a head, its points turned in space and the picture drawn along."""
    solid = np.column_stack([np.array(face.mesh), np.array(face.depths)])
    middle = solid.mean(axis=0)
    a, b = np.radians(yaw), np.radians(pitch)
    across = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    down = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    moved = (solid - middle) @ (down @ across).T + middle
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = np.column_stack([np.cos(angles) * face.w, np.sin(angles) * face.h]) * RING + middle[:2]
    source = LinearNDInterpolator(np.vstack([moved[:, :2], ring]), np.vstack([solid[:, :2], ring]))
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
    where = source(columns, rows)
    outside = np.isnan(where[..., 0])
    where[outside] = np.stack([columns, rows], axis=-1)[outside]
    x, y = (np.asarray(where[..., i] - 0.5, np.float32) for i in (0, 1))
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR), np.uint8)


def sights(pictures: list[np.ndarray], outline: np.ndarray) -> list[Sight]:
    mask = np.asarray(outline / 255, np.float32)
    return [
        Sight(luma=cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32), mask=mask, origin=(0, 0))
        for p in pictures
    ]


@pytest.fixture
def head(weights: Path) -> tuple[np.ndarray, Face, np.ndarray]:
    picture = np.asarray(photograph("astronaut.png"), np.uint8)
    (face,) = detect_faces(picture)
    return picture, face, face_outline(face, (picture.shape[1], picture.shape[0]))


def measured(head: tuple[np.ndarray, Face, np.ndarray], yaw: float, pitch: float) -> HeadTurns:
    """Two frames of the photograph, a quick turn, and a while of that."""
    picture, face, outline = head
    steps = [(0.0, 0.0)] * 2 + [(k * yaw, k * pitch) for k in (0.25, 0.5, 0.75)]
    pictures = [turned(picture, face, *step) for step in steps]
    pictures += [turned(picture, face, yaw, pitch)] * HELD
    turns = measure_turns(sights(pictures, outline), 0, open_networks())
    assert turns is not None
    return turns


@pytest.mark.parametrize("yaw", [-25.0, 25.0])
def test_a_head_that_turns_takes_the_picture_along(
    head: tuple[np.ndarray, Face, np.ndarray], yaw: float
) -> None:
    turns = measured(head, yaw, 0.0)
    assert 0.5 < turns.yaw[-3] / yaw < 1.3
    assert abs(turns.pitch[-3]) < 8
    squeezed = turns.stretches[-3]
    assert squeezed[0, 0] < 0.99 < 1.01 < squeezed[1, 1]  # narrower than it is high
    assert np.array_equal(turns.stretches[0], np.eye(3))
    assert turns.away == ()


@pytest.mark.parametrize("pitch", [-20.0, 20.0])
def test_a_head_that_nods_takes_the_picture_along(
    head: tuple[np.ndarray, Face, np.ndarray], pitch: float
) -> None:
    turns = measured(head, 0.0, pitch)
    assert 0.4 < turns.pitch[-3] / pitch < 1.3
    assert abs(turns.yaw[-3]) < 8


def test_a_head_at_rest_stays_exactly_as_it_was(head: tuple[np.ndarray, Face, np.ndarray]) -> None:
    picture, _, outline = head
    rng = np.random.default_rng(0)
    noisy = [
        (picture + rng.normal(0, 6, picture.shape)).clip(0, 255).astype(np.uint8) for _ in range(12)
    ]
    turns = measure_turns(sights(noisy, outline), 3, open_networks())
    assert turns is not None
    assert all(np.array_equal(each, np.eye(3)) for each in turns.stretches)
    blank = [np.full_like(picture, 90)] * 3
    assert measure_turns(sights(blank, outline), 0, open_networks()) is None


def test_a_profile_is_listed_with_the_frames_that_lose_it(
    head: tuple[np.ndarray, Face, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, _, outline = head
    frames = sights([picture] * 8, outline)
    for n in (5, 6):
        frames[n] = replace(frames[n], mask=np.zeros_like(frames[n].mask))
    shares = iter([0.1, 0.1, 0.5, 0.8, 0.9, 0.2])  # of frames 0 to 4 and 7
    module = "vsmeme.subject.prepare.head_turn.head_turn"
    monkeypatch.setattr(module, lambda face: next(shares))
    turns = measure_turns(frames, 0, open_networks())
    assert turns is not None
    assert turns.away == (3, 4, 5, 6)


@pytest.mark.parametrize("degrees", [FULL, 25.0, -FARTHEST])
def test_a_plane_is_squeezed_by_the_cosine(degrees: float) -> None:
    x, y = np.meshgrid(np.linspace(-50, 50, 11), np.linspace(-70, 70, 11))
    plane = np.column_stack([x.ravel() + 200, y.ravel() + 100, np.zeros(x.size)])
    for shape, (narrow, long) in (
        (stretch(plane, degrees, 0.0), (0, 1)),
        (stretch(plane, 0.0, degrees), (1, 0)),
    ):
        assert shape[narrow, narrow] / shape[long, long] == pytest.approx(
            np.cos(np.radians(degrees))
        )
        middle = shape @ [200, 100, 1]
        assert middle[:2] == pytest.approx((200, 100))  # where it is, the track knows better


def test_small_turns_are_noise_and_large_ones_have_a_bound() -> None:
    rng = np.random.default_rng(1)
    shape = rng.normal(0, 40, (60, 3))
    assert np.array_equal(stretch(shape, QUIET, 0.0), np.eye(3))
    assert stretch(shape, QUIET + 0.1, 0.0) == pytest.approx(np.eye(3), abs=1e-3)
    assert stretch(shape, 80.0, 0.0) == pytest.approx(stretch(shape, FARTHEST, 0.0))


def test_turns_and_runs_survive_the_file() -> None:
    pose = Pose(frame=4, matrix=((1, 0, 0), (0, 1, 0), (0, 0, 1)), confidence=1.0, yaw=12.5)
    region = Region(keys=(4,), poses=(pose,), away=((7, 9), (12, 12)))
    assert Region.from_json(region.to_json()) == region
    assert region.turned_away() == "7 to 9, 12"
    assert region.farthest_turn() == 12.5
    assert "yaw" not in Region(keys=(4,), poses=(replace(pose, yaw=0.0),)).to_json()["frames"][0]
    kept = ShotTrack(region=region, extent=None)
    assert ShotTrack.from_json(kept.to_json()) == kept
