"""The background's motion over a shot."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from vsmeme.pixels.matrix import Matrix33, apply
from vsmeme.plate.prepare.camera_motion import CameraMotion, Tracker

SIZE = (320, 180)
Plane = NDArray[np.float32]


def world(seed: int = 0) -> Plane:
    rng = np.random.default_rng(seed)
    plane = np.zeros((400, 600), np.float32)
    for sigma, strength in ((1.2, 9000), (4.0, 40000), (12.0, 90000)):
        noise = rng.normal(0, 1, plane.shape).astype(np.float32)
        plane += strength * cv2.GaussianBlur(noise, (0, 0), sigma)
    return plane + 28000


def seen(plane: Plane, dx: float, dy: float = 0.0) -> Plane:
    """The canvas at (140 + dx, 110 + dy) of a world."""
    matrix = np.array([[1, 0, 140 + dx], [0, 1, 110 + dy]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(plane, matrix, SIZE, flags=flags), np.float32)


def corners() -> NDArray[np.bool_]:
    missing = np.zeros(SIZE[::-1], np.bool_)
    missing[:24, :40] = missing[:24, -40:] = missing[-24:, :40] = missing[-24:, -40:] = True
    return missing


def follow(picture: Callable[[int], Plane], frames: int) -> list[CameraMotion]:
    tracker = Tracker(size=SIZE)
    missing = corners()
    rng = np.random.default_rng(1)
    out = []
    for n in range(frames):
        noisy = picture(n) + rng.normal(0, 120, SIZE[::-1])
        luma = np.clip(np.rint(noisy), 0, 65535).astype(np.uint16)
        out.append(tracker.step(luma, ~missing, missing))
    return out


def off(matrix: Matrix33, dx: float, dy: float = 0.0) -> float:
    """The largest error at a canvas corner, px; the picture has moved by (-dx, -dy)."""
    points = [(x, y) for x in (0, SIZE[0]) for y in (0, SIZE[1])]
    moved = [apply(matrix, x, y) for x, y in points]
    return max(
        float(np.hypot(u - x + dx, v - y + dy))
        for (x, y), (u, v) in zip(points, moved, strict=True)
    )


def test_a_slow_drift_is_followed() -> None:
    """As slow as can be: whatever is taken for standing still must stay within the claim."""
    plane = world()
    motion = follow(lambda n: seen(plane, 0.04 * n, -0.02 * n), 40)
    assert max(off(m.similar, 0.04 * n, -0.02 * n) for n, m in enumerate(motion)) <= 0.25


def test_a_pan_is_followed() -> None:
    plane = world(3)
    motion = follow(lambda n: seen(plane, 3.3 * n, 0.7 * n), 24)
    assert max(off(m.similar, 3.3 * n, 0.7 * n) for n, m in enumerate(motion)) <= 0.25


def test_what_moves_in_front_of_a_still_camera_does_not_pull() -> None:
    """A third of the picture that no mask covers moves about."""
    plane, other = world(5), world(6)

    def picture(n: int) -> Plane:
        frame = seen(plane, 0.0)
        frame[50:160, 110:270] = seen(other, 6 * np.sin(n / 3), 2 * n)[50:160, 110:270]
        return frame

    motion = follow(picture, 24)
    assert max(off(m.similar, 0.0) for m in motion) == 0.0
    assert max(off(m.projective, 0.0) for m in motion) == 0.0


def test_under_parallax_the_rim_of_the_missing_area_counts() -> None:
    """The middle, nearer to the camera, moves twice as fast as what lies beside the corners."""
    far, near = world(8), world(9)

    def picture(n: int) -> Plane:
        frame = seen(far, 1.5 * n)
        frame[:, 120:200] = seen(near, 3.0 * n)[:, 120:200]
        return frame

    motion = follow(picture, 16)
    assert max(off(m.similar, 1.5 * n) for n, m in enumerate(motion)) <= 0.5
