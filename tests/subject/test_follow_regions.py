"""Tracking against the scene's truth: corners, jitter, occlusion, gaps."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from vsmeme.demo.scene import Scene
from vsmeme.subject.prepare.region_path import measure_path
from vsmeme.subject.prepare.region_sight import Sight
from vsmeme.subject.prepare.template import make_template, template_pyramid
from vsmeme.subject.prepare.template_alignment import align

FRAMES = 24
Array = np.ndarray


@functools.cache
def sights(occluded: bool = False) -> tuple[Scene, list[Sight]]:
    scene = Scene(seed=3, frames=FRAMES)
    rng = np.random.default_rng(0)
    out = []
    for n in range(FRAMES):
        luma = scene.master(n).astype(np.float32) @ np.float32([0.2126, 0.7152, 0.0722])
        mask = scene.face_mask(n).astype(np.float32) / 255
        if occluded and 8 <= n < 18:
            x, y, w, h = scene.face_box(n)
            left = x + int(0.07 * (n - 8) * w)
            luma[y : y + h, left : left + int(0.3 * w)] = 40 + 90 * (np.arange(h) // 6 % 2)[:, None]
            mask[y : y + h, left : left + int(0.3 * w)] = 0
        noisy = luma + 3 * rng.standard_normal(luma.shape, np.float32)
        out.append(Sight(luma=noisy, mask=mask, origin=(0, 0)))
    return scene, out


def errors(scene: Scene, start: int, poses: tuple[Array, ...]) -> Array:
    x, y, w, h = scene.face_box(start)
    corners = np.array([[x, x + w, x, x + w], [y, y, y + h, y + h], [1, 1, 1, 1]], float)
    gaps = []
    for n, pose in enumerate(poses):
        a, b = pose @ corners, scene.face_matrix(n, key=start) @ corners
        gaps.append(a[:2] / a[2] - b[:2] / b[2])
    return np.array(gaps)


def rms(gaps: Array) -> float:
    return float(np.sqrt((gaps**2).sum(1).mean()))


@pytest.mark.parametrize("occluded", [False, True])
def test_corners_and_jitter(occluded: bool) -> None:
    scene, seen = sights(occluded)
    path = measure_path(seen, [0])
    assert path is not None
    assert path.start == 0
    gaps = errors(scene, 0, path.poses)
    assert rms(gaps) < (0.5 if occluded else 0.25) / 5
    assert rms(np.diff(gaps, 2, axis=0)) / 6**0.5 < 0.05
    assert min(path.confidences) > 0.7


def test_it_starts_anywhere_and_keys_anchor_it() -> None:
    scene, seen = sights()
    path = measure_path(seen, [3, 12, 20], start=12)
    assert path is not None
    assert path.start == 12
    assert set(path.anchors) == {3, 12, 20}
    assert rms(errors(scene, 12, path.poses)) < 0.05


def test_a_gap_is_bridged_and_the_face_is_found_again() -> None:
    scene, seen = sights()
    blank = Sight(
        luma=np.full_like(seen[0].luma, 90), mask=np.zeros_like(seen[0].mask), origin=(0, 0)
    )
    broken = [blank if 6 <= n < 12 else sight for n, sight in enumerate(seen)]
    path = measure_path(broken, [0])
    assert path is not None
    gaps = errors(scene, 0, path.poses)
    assert rms(gaps[12:]) < 0.05
    assert rms(gaps[6:12]) < 3.0
    assert max(path.confidences[6:12]) <= 0.1 < min(path.confidences[12:])


def test_a_face_that_leaves_the_frame_and_returns() -> None:
    scene, seen = sights()
    still = seen[0]
    x, _, w, _ = scene.face_box(0)
    way = scene.canvas[0] - x  # from here on nothing is left of it
    shifts = [*np.linspace(0, way + w, 12), *[way + w] * 14, *np.linspace(way + w, 0, 12)]
    moved = []
    for shift in shifts:
        matrix = np.array([[1.0, 0.0, shift], [0.0, 1.0, 0.0]])
        luma, mask = (
            cv2.warpAffine(p, matrix, scene.canvas, flags=cv2.INTER_CUBIC, borderValue=outside)
            for p, outside in ((still.luma, 90.0), (still.mask, 0.0))
        )
        moved.append(Sight(luma=luma, mask=np.clip(mask, 0, 1), origin=(0, 0)))
    path = measure_path(moved, [0])
    assert path is not None
    gone = slice(12, 26)
    assert max(path.confidences[gone]) == 0.0
    for n in (0, 4, 33, 37):
        assert path.confidences[n] > 0.7
        assert abs(path.poses[n][0, 2] - shifts[n]) < 0.2


def test_nothing_to_follow() -> None:
    blank = Sight(
        luma=np.zeros((40, 40), np.float32), mask=np.zeros((40, 40), np.float32), origin=(0, 0)
    )
    assert measure_path([blank] * 3, [0]) is None


@pytest.mark.parametrize("model", ["similarity", "affine", "homography"])
def test_models(model: str) -> None:
    scene, seen = sights()
    template = make_template(seen[0].luma, seen[0].mask)
    assert template is not None
    truth = np.array([[1.03, 0.05, -14.0], [-0.04, 0.99, 20.0], [0, 0, 1]])
    if model == "similarity":
        truth[:2, :2] = [[1.02, 0.05], [-0.05, 1.02]]
    if model == "homography":
        truth[2, :2] = 1e-4, -6e-5
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    index = np.linalg.inv(half) @ truth @ half
    size = seen[0].luma.shape[::-1]
    moved = cv2.warpPerspective(seen[0].luma, index, size, flags=cv2.INTER_CUBIC)
    fit = align(template, template_pyramid(moved, 6), np.eye(3), model=model)  # type: ignore[arg-type]
    x, y, w, h = scene.face_box(0)
    corners = np.array([[x, x + w, x, x + w], [y, y, y + h, y + h], [1, 1, 1, 1]], float)
    a, b = fit.matrix @ corners, truth @ corners
    assert np.abs(a[:2] / a[2] - b[:2] / b[2]).max() < 0.1
    assert fit.confidence > 0.9
