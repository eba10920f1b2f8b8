"""Background motion over a shot: one homography a frame, anchored, by robust Gauss-Newton."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..ledger import Mask
from ..matrix import IDENTITY, Matrix33, compose, invert

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

FINEST_WIDTH_PX = 960
COARSEST_WIDTH_PX = 100
POINTS = 20_000
ITERATIONS = 12
# Band-pass: grading and light changes drop out (sigmas in px of each level).
FINE_SIGMA_PX, COARSE_SIGMA_PX = 0.7, 4.0
# A new anchor is taken once the frame shares less than this with the old one.
LEAST_OVERLAP = 0.5
LEAST_POINTS = 200
# Below this correlation a fit is not believed.
LEAST_NCC = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of a frame's pyramid: band-passed luma and where it is background."""

    luma: Floats
    weight: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Where an anchor is compared: centred, normalised coordinates and the Jacobian there."""

    x: Doubles
    y: Doubles
    value: Doubles
    jacobian: Doubles


class Tracker:
    """Follow the background from the first frame on; frames are given one after the other."""

    def __init__(self, *, size: tuple[int, int]) -> None:
        """Take the canvas size, width and height."""
        self.size = size
        self.confidences: list[float] = []
        self._anchor: list[Level] = []
        self._points: list[Points] = []
        self._to_anchor: Matrix33 = IDENTITY
        self._last: list[Level] = []
        self._motion: Matrix33 = IDENTITY
        self._before: Matrix33 = IDENTITY

    def step(self, luma: NDArray[np.uint16], background: Mask) -> Matrix33:
        """Take the next frame.

        Args:
            luma: 16-bit luma, ``h x w``.
            background: Where it is real background, ``h x w``.

        Returns:
            First frame's canvas edge coordinates to this frame's.
        """
        levels = pyramid(luma, background)
        if not self._anchor:
            self._set_anchor(levels, IDENTITY)
            self.confidences.append(1.0)
            self._last = levels
            return IDENTITY
        found, ncc, overlap = self._align(levels)
        if overlap < LEAST_OVERLAP or ncc < LEAST_NCC:
            self._set_anchor(self._last, self._motion)
            found, ncc, _ = self._align(levels)
        self._before, self._motion = self._motion, found
        self._last = levels
        self.confidences.append(ncc)
        return found

    def _set_anchor(self, levels: list[Level], motion: Matrix33) -> None:
        self._anchor = levels
        self._points = [choose_points(level) for level in levels]
        self._to_anchor = motion

    def _align(self, levels: list[Level]) -> tuple[Matrix33, float, float]:
        """Return the motion from the first frame, its correlation and the overlap."""
        back = invert(self._to_anchor)
        stay = compose(self._motion, back)
        onward = compose(self._motion, invert(self._before), self._motion, back)
        start = max(
            (stay, onward),
            key=lambda m: correlation(self._points[-1], levels[-1], self._own(m, -1)),
        )
        matrix = np.array(start)
        for i in range(len(levels) - 1, -1, -1):
            fitted = refine(
                self._points[i], levels[i], self._own(_tuples(matrix), i), projective=i == 0
            )
            matrix = self._canvas(fitted, i)
        ncc = correlation(self._points[0], levels[0], self._own(_tuples(matrix), 0))
        if ncc < LEAST_NCC:
            matrix = np.array(stay)
        share = overlap(self._points[0], levels[0], self._own(_tuples(matrix), 0))
        return compose(_tuples(matrix), self._to_anchor), ncc, share

    def _own(self, matrix: Matrix33, i: int) -> Doubles:
        """Return a canvas transform in a level's centred, normalised coordinates."""
        shrink = self._shrink(i)
        return _normal(shrink @ np.array(matrix) @ np.linalg.inv(shrink))

    def _canvas(self, matrix: Doubles, i: int) -> Doubles:
        shrink = self._shrink(i)
        return _normal(np.linalg.inv(shrink) @ matrix @ shrink)

    def _shrink(self, i: int) -> Doubles:
        """Return canvas edge coordinates to a level's: half the width is 1."""
        width, height = self.size
        rows, columns = self._anchor[i].luma.shape
        across, down = columns / width, rows / height
        half = columns / 2.0
        return np.array(
            [
                [across / half, 0.0, -1.0],
                [0.0, down / half, -rows / 2.0 / half],
                [0.0, 0.0, 1.0],
            ]
        )


def pyramid(luma: NDArray[np.uint16], background: Mask) -> list[Level]:
    """Return band-passed levels, finest first."""
    height, width = luma.shape
    levels = []
    columns = min(width, FINEST_WIDTH_PX)
    picture = luma.astype(np.float32)
    weight = background.astype(np.float32)
    while True:
        size = columns, max(8, round(height * columns / width))
        small = _resize(weight, size)
        plain = np.asarray(_resize(picture * weight, size) / np.maximum(small, 1e-3), np.float32)
        levels.append(_band_pass(plain, (small > 0.999).astype(np.float32)))
        if columns // 2 < COARSEST_WIDTH_PX:
            return levels
        columns //= 2


def choose_points(level: Level) -> Points:
    """Choose the background pixels with the strongest gradients."""
    rows, columns = level.luma.shape
    half = columns / 2.0
    across = cv2.Scharr(level.luma, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(level.luma, cv2.CV_32F, 0, 1, scale=1 / 32)
    inside = level.weight > 0
    strength = np.where(inside, across * across + down * down, 0.0).ravel()
    order = np.flatnonzero(strength > 0)
    if order.size > POINTS:
        order = np.argpartition(strength, -POINTS)[-POINTS:]
    y, x = np.divmod(order.astype(np.float64), columns)
    x, y = (x + 0.5 - half) / half, (y + 0.5 - rows / 2.0) / half
    gx = across.ravel()[order].astype(np.float64) * half
    gy = down.ravel()[order].astype(np.float64) * half
    radial = gx * x + gy * y
    jacobian = np.stack([gx * x, gx * y, gx, gy * x, gy * y, gy, -radial * x, -radial * y])
    value = level.luma.ravel()[order].astype(np.float64)
    return Points(x=x, y=y, value=value, jacobian=jacobian)


def refine(points: Points, level: Level, matrix: Doubles, *, projective: bool) -> Doubles:
    """Improve a transform by inverse compositional Gauss-Newton with Huber weights.

    Args:
        points: Of the anchor.
        level: Of the frame.
        matrix: Anchor to frame, normalised coordinates.
        projective: Fit eight parameters; six otherwise.

    Returns:
        The improved transform, or the given one where too little is shared.
    """
    free = 8 if projective else 6
    half = level.luma.shape[1] / 2.0
    for _ in range(ITERATIONS):
        seen, weight = _sample(level, points, matrix)
        use = weight > 0.99
        if np.count_nonzero(use) < LEAST_POINTS:
            return matrix
        there, here = seen[use], points.value[use]
        gain = float(np.clip((there @ here) / max(float(there @ there), 1e-9), 0.25, 4.0))
        error = gain * there - here
        scale = max(1.4826 * float(np.median(np.abs(error))), 1e-6)
        robust = 1.0 / np.maximum(np.abs(error) / (1.345 * scale), 1.0)
        jacobian = points.jacobian[:free, use]
        normal = (jacobian * robust) @ jacobian.T
        normal += np.diag(np.full(free, 1e-9 * np.trace(normal) / free))
        step = np.linalg.solve(normal, jacobian @ (robust * error))
        delta = np.append(step, np.zeros(8 - free))
        change = np.append(delta, 0.0).reshape(3, 3) + np.eye(3)
        matrix = _normal(matrix @ np.linalg.inv(change))
        if np.abs(delta).max() * half < 0.002:
            break
    return matrix


def correlation(points: Points, level: Level, matrix: Doubles) -> float:
    """Return the correlation of anchor and frame under a transform, -1..1."""
    seen, weight = _sample(level, points, matrix)
    use = weight > 0.99
    if np.count_nonzero(use) < LEAST_POINTS // 4:
        return -1.0
    there, here = seen[use], points.value[use]
    return float(there @ here / max(float(np.sqrt((there @ there) * (here @ here))), 1e-9))


def overlap(points: Points, level: Level, matrix: Doubles) -> float:
    """Return the share of the anchor's points that the frame shows as background."""
    _, weight = _sample(level, points, matrix)
    return float((weight > 0.99).mean()) if weight.size else 0.0


def _sample(level: Level, points: Points, matrix: Doubles) -> tuple[Doubles, Doubles]:
    rows, columns = level.luma.shape
    half = columns / 2.0
    (a, b, c), (d, e, f), (g, h, i) = matrix
    w = g * points.x + h * points.y + i
    x = ((a * points.x + b * points.y + c) / w * half + half - 0.5).astype(np.float32)
    y = ((d * points.x + e * points.y + f) / w * half + rows / 2.0 - 0.5).astype(np.float32)
    if not x.size:
        return np.zeros(0), np.zeros(0)
    row = 512
    padded = -(-x.size // row) * row
    across, down = np.resize(x, padded).reshape(-1, row), np.resize(y, padded).reshape(-1, row)
    seen = np.asarray(cv2.remap(level.luma, across, down, cv2.INTER_CUBIC)).ravel()[: x.size]
    weight = np.asarray(
        cv2.remap(level.weight, across, down, cv2.INTER_LINEAR, borderValue=0)
    ).ravel()[: x.size]
    return seen.astype(np.float64), weight.astype(np.float64)


def _band_pass(picture: Floats, weight: Floats) -> Level:
    """Return the band of a picture; holes don't bleed into it, and its rim is left out."""
    fine, coarse = (_smooth(picture, weight, sigma) for sigma in (FINE_SIGMA_PX, COARSE_SIGMA_PX))
    inner = cv2.erode(weight, np.ones((5, 5), np.uint8), borderValue=0)
    return Level(luma=np.asarray(fine - coarse, np.float32), weight=np.asarray(inner, np.float32))


def _smooth(picture: Floats, weight: Floats, sigma: float) -> Floats:
    weighted = cv2.GaussianBlur(picture * weight, (0, 0), sigma)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    return np.asarray(weighted / share, np.float32)


def _resize(plane: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _normal(matrix: Doubles) -> Doubles:
    scaled: Doubles = matrix / matrix[2, 2]
    return scaled


def _tuples(matrix: Doubles) -> Matrix33:
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    return ((a, b, c), (d, e, f), (g, h, i))
