"""Background motion over a shot: one homography a frame, anchored, by robust Gauss-Newton."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..ledger import Mask
from ..matrix import IDENTITY, Matrix33, apply, compose, invert

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

FINEST_WIDTH_PX = 960
COARSEST_WIDTH_PX = 40
POINTS = 12_000
ITERATIONS = 8
# A homography is fitted on the finest levels only; it starts near.
BENDING_LEVELS = 3
# Band-pass: grading and light changes drop out (sigmas in px of each level).
FINE_SIGMA_PX, COARSE_SIGMA_PX = 0.7, 4.0
# A new anchor is taken once the frame shares less than this with the old one.
LEAST_OVERLAP = 0.5
LEAST_POINTS = 200
# Below this correlation a fit is not believed.
LEAST_NCC = 0.35
# No camera moves further from one frame to the next, and no homography bends a similarity more
# (shares of the canvas width, at its corners): such a fit has lost its way.
LARGEST_JUMP, LARGEST_BEND = 0.25, 0.03
# Columns: the parameters that a model is free in, of a b c / d e f / g h.
HOMOGRAPHY: NDArray[np.float64] = np.eye(8)
SIMILARITY: NDArray[np.float64] = np.array(
    [
        [1, 0, 0, 0, 1, 0, 0, 0],
        [0, -1, 0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 1, 0, 0],
    ],
    np.float64,
).T


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """Where a frame's background lies, by two models.

    Attributes:
        similar: First frame's canvas edge coordinates to this frame's: shift, turn and zoom.
        projective: The same as a homography; the former where none is plausible.
        similar_ncc: Correlation with the anchor under the first, -1..1.
        projective_ncc: And under the second.
    """

    similar: Matrix33
    projective: Matrix33
    similar_ncc: float
    projective_ncc: float


class Tracker:
    """Follow the background from the first frame on; frames are given one after the other."""

    def __init__(self, *, size: tuple[int, int]) -> None:
        """Take the canvas size, width and height."""
        self.size = size
        self._anchor: list[Level] = []
        self._points: list[Points] = []
        self._origin = _STILL
        self._last: list[Level] = []
        self._motion = _STILL
        self._before = _STILL

    def step(self, luma: NDArray[np.uint16], background: Mask) -> Motion:
        """Take the next frame.

        Args:
            luma: 16-bit luma, ``h x w``.
            background: Where it is real background, ``h x w``.

        Returns:
            The motion since the first frame. Where nothing fits, it stays as it was.
        """
        levels = pyramid(luma, background)
        if not self._anchor:
            self._set_anchor(levels, _STILL)
        else:
            found, share = self._align(levels)
            if share < LEAST_OVERLAP or found.similar_ncc < LEAST_NCC:
                kept = self._anchor, self._points, self._origin
                self._set_anchor(self._last, self._motion)
                fresh, _ = self._align(levels)
                if fresh.similar_ncc > found.similar_ncc or share < LEAST_OVERLAP:
                    found = fresh
                else:
                    self._anchor, self._points, self._origin = kept
            self._before, self._motion = self._motion, found
        self._last = levels
        return self._motion

    def _set_anchor(self, levels: list[Level], motion: Motion) -> None:
        self._anchor = levels
        self._points = [choose_points(level) for level in levels]
        self._origin = motion

    def _align(self, levels: list[Level]) -> tuple[Motion, float]:
        """Return the motion from the first frame, and the overlap with the anchor."""
        back = invert(self._origin.similar)
        stay = compose(self._motion.similar, back)
        onward = compose(self._motion.similar, invert(self._before.similar), stay)
        start = max((stay, onward), key=lambda m: self._ncc(levels, m, -1))
        matrix = np.array(start)
        for i in range(len(levels) - 1, -1, -1):
            own = self._own(_tuples(matrix), i)
            matrix = self._canvas(refine(self._points[i], levels[i], own, basis=SIMILARITY), i)
        similar, ncc = _tuples(matrix), self._ncc(levels, _tuples(matrix), 0)
        if ncc < LEAST_NCC or self._jump(similar, stay) > LARGEST_JUMP:
            similar, ncc = stay, self._ncc(levels, stay, 0)
        bent = self._bend(levels, similar)
        bent_ncc = self._ncc(levels, bent, 0)
        if bent_ncc < ncc or self._jump(bent, similar) > LARGEST_BEND:
            bent, bent_ncc = similar, ncc
        share = overlap(self._points[0], levels[0], self._own(similar, 0))
        found = Motion(
            similar=compose(similar, self._origin.similar),
            projective=compose(bent, self._origin.projective),
            similar_ncc=ncc,
            projective_ncc=bent_ncc,
        )
        return found, share

    def _bend(self, levels: list[Level], similar: Matrix33) -> Matrix33:
        """Fit the homography, from the best of what is known about it."""
        before = compose(self._motion.projective, invert(self._origin.projective))
        onward = compose(self._motion.projective, invert(self._before.projective), before)
        depth = min(BENDING_LEVELS, len(levels)) - 1
        start = max((similar, before, onward), key=lambda m: self._ncc(levels, m, depth))
        matrix = np.array(start)
        for i in range(depth, -1, -1):
            own = self._own(_tuples(matrix), i)
            matrix = self._canvas(refine(self._points[i], levels[i], own, basis=HOMOGRAPHY), i)
        return _tuples(matrix)

    def _ncc(self, levels: list[Level], matrix: Matrix33, i: int) -> float:
        return correlation(self._points[i], levels[i], self._own(matrix, i))

    def _jump(self, matrix: Matrix33, other: Matrix33) -> float:
        """Return how far two transforms part at the canvas corners, as a share of its width."""
        width, height = self.size
        corners = ((0.0, 0.0), (width, 0.0), (0.0, height), (width, height))
        pairs = [(apply(matrix, x, y), apply(other, x, y)) for x, y in corners]
        return max(math.hypot(a[0] - b[0], a[1] - b[1]) for a, b in pairs) / width

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


_STILL = Motion(similar=IDENTITY, projective=IDENTITY, similar_ncc=1.0, projective_ncc=1.0)


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


def refine(points: Points, level: Level, matrix: Doubles, *, basis: Doubles) -> Doubles:
    """Improve a transform by inverse compositional Gauss-Newton with Huber weights.

    Args:
        points: Of the anchor.
        level: Of the frame.
        matrix: Anchor to frame, normalised coordinates.
        basis: Free parameters, ``8 x k``: ``SIMILARITY`` or ``HOMOGRAPHY``.

    Returns:
        The improved transform, or the given one where too little is shared.
    """
    free = basis.shape[1]
    reduced = np.einsum("ki,kn->in", basis, points.jacobian)
    half = level.luma.shape[1] / 2.0
    for _ in range(ITERATIONS):
        seen, weight = _sample(level, points, matrix)
        use = weight > 0.99
        if np.count_nonzero(use) < LEAST_POINTS:
            return matrix
        there, here = seen * use, points.value * use
        gain = float(np.clip(_dot(there, here) / max(_dot(there, there), 1e-9), 0.25, 4.0))
        error = gain * there - here
        size = np.abs(error)
        scale = max(1.4826 * float(np.median(size[use])), 1e-6)
        robust = use / np.maximum(size / (1.345 * scale), 1.0)
        weighted = reduced * robust
        normal = np.einsum("in,jn->ij", weighted, reduced)
        normal += np.diag(np.full(free, 1e-9 * np.trace(normal) / free))
        step = np.linalg.solve(normal, np.einsum("in,n->i", weighted, error))
        delta = basis @ step
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
    return _dot(there, here) / max(math.sqrt(_dot(there, there) * _dot(here, here)), 1e-9)


def overlap(points: Points, level: Level, matrix: Doubles) -> float:
    """Return the share of the anchor's points that the frame shows as background."""
    _, weight = _sample(level, points, matrix)
    return float((weight > 0.99).mean()) if weight.size else 0.0


def _dot(a: Doubles, b: Doubles) -> float:
    """Sum products without BLAS, whose threads cost more than they bring at this size."""
    return float(np.einsum("n,n->", a, b))


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
