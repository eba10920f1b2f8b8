"""Fit a transform between two frames' backgrounds by robust Gauss-Newton on band-passed luma."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Doubles, Floats, Mask

# The finest level is the canvas shrunk by a whole number; a point's error is the noise's, so few
# strong gradients do: 4,000 of them cost a third of 12,000 and stay within 0.02 px.
FINEST_WIDTH_PX = 960
COARSEST_WIDTH_PX = 40
POINTS = 4_000
ITERATIONS = 8
# Band-pass: grading and light changes drop out (sigmas in px of each level).
FINE_SIGMA_PX, COARSE_SIGMA_PX = 0.7, 2.5
LEAST_POINTS = 200
# The cubic reads so far. OpenCV's (a = -0.75) is off by up to 0.03 px between samples, its Lanczos
# by 0.06 (it knows 32 positions).
CUBIC_PX = 2
CONVERGED_PX = 0.005
# Weight by distance from the missing area, as a share of the width: 1/3 at the first number; never
# below the second.
NEAR_SHARE, FARTHEST = 0.12, 0.1
# Cauchy's weights, 95 % efficient: they ignore what moves by itself; Huber's would follow it.
CAUCHY = 2.385
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
class MotionLevel:
    """One level of a frame's pyramid.

    Attributes:
        luma: Band-passed.
        weight: 1 where it is background.
        near: How much a place counts, above 0 to 1.
    """

    luma: Floats
    weight: Floats
    near: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Where an anchor is compared: centred, normalised coordinates, weights, the Jacobian there."""

    x: Doubles
    y: Doubles
    value: Doubles
    weight: Doubles
    jacobian: Doubles


def nearness(missing: Mask) -> Floats:
    """Return how much each place counts: most beside the missing area, which the plate fills.

    Under parallax no transform fits the whole picture; the one that fits there is wanted.
    """
    if not missing.any():
        return np.ones(missing.shape, np.float32)
    distance = cv2.distanceTransform((~missing).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    fall = np.exp(-np.asarray(distance) / (NEAR_SHARE * missing.shape[1]))
    return np.asarray(np.maximum(fall, FARTHEST), np.float32)


def motion_pyramid(luma: NDArray[np.uint16], background: Mask, near: Floats) -> list[MotionLevel]:
    """Return band-passed levels, finest first."""
    height, width = luma.shape
    levels = []
    columns = width // -(-width // FINEST_WIDTH_PX)
    picture = luma.astype(np.float32)
    weight = background.astype(np.float32)
    while True:
        size = columns, max(8, round(height * columns / width))
        small = _resize(weight, size)
        plain = np.asarray(_resize(picture * weight, size) / np.maximum(small, 1e-3), np.float32)
        levels.append(_band_pass(plain, (small > 0.999).astype(np.float32), _resize(near, size)))
        if columns // 2 < COARSEST_WIDTH_PX:
            return levels
        columns //= 2


def choose_points(level: MotionLevel) -> Points:
    """Choose the background pixels with the strongest gradients where it counts."""
    rows, columns = level.luma.shape
    half = columns / 2.0
    across = cv2.Scharr(level.luma, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(level.luma, cv2.CV_32F, 0, 1, scale=1 / 32)
    inside = level.weight > 0
    strength = np.where(inside, (across * across + down * down) * level.near, 0.0).ravel()
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
    weight = level.near.ravel()[order].astype(np.float64)
    return Points(x=x, y=y, value=value, weight=weight, jacobian=jacobian)


def refine_homography(
    points: Points, level: MotionLevel, matrix: Doubles, *, basis: Doubles
) -> Doubles:
    """Improve a transform by inverse compositional Gauss-Newton with Cauchy weights.

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
        robust = use * points.weight / (1.0 + np.square(error / (CAUCHY * scale)))
        weighted = reduced * robust
        gram = np.einsum("in,jn->ij", weighted, reduced)
        gram += np.diag(np.full(free, 1e-9 * np.trace(gram) / free))
        step = np.linalg.solve(gram, np.einsum("in,n->i", weighted, error))
        delta = basis @ step
        change = np.append(delta, 0.0).reshape(3, 3) + np.eye(3)
        matrix = normal(matrix @ np.linalg.inv(change))
        if np.abs(delta).max() * half < CONVERGED_PX:
            break
    return matrix


def masked_correlation(points: Points, level: MotionLevel, matrix: Doubles) -> float:
    """Return the correlation of anchor and frame under a transform, -1..1."""
    seen, weight = _sample(level, points, matrix)
    use = weight > 0.99
    if np.count_nonzero(use) < LEAST_POINTS // 4:
        return -1.0
    root = np.sqrt(points.weight[use])
    there, here = seen[use] * root, points.value[use] * root
    return _dot(there, here) / max(math.sqrt(_dot(there, there) * _dot(here, here)), 1e-9)


def misfit(points: Points, level: MotionLevel, matrix: Doubles) -> float:
    """Return the median difference of anchor and frame under a transform, 16-bit codes."""
    seen, weight = _sample(level, points, matrix)
    use = weight > 0.99
    if np.count_nonzero(use) < LEAST_POINTS:
        return math.inf
    there, here = seen[use], points.value[use]
    gain = float(np.clip(_dot(there, here) / max(_dot(there, there), 1e-9), 0.25, 4.0))
    return float(np.median(np.abs(gain * there - here)))


def shared_area(points: Points, level: MotionLevel, matrix: Doubles) -> float:
    """Return the share of the anchor's points that the frame shows as background."""
    _, weight = _sample(level, points, matrix)
    return float((weight > 0.99).mean()) if weight.size else 0.0


def _dot(a: Doubles, b: Doubles) -> float:
    """Sum products without BLAS, whose threads cost more than they bring at this size."""
    return float(np.einsum("n,n->", a, b))


def _sample(level: MotionLevel, points: Points, matrix: Doubles) -> tuple[Doubles, Doubles]:
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


def _band_pass(picture: Floats, weight: Floats, near: Floats) -> MotionLevel:
    """Return the band of a picture where it is whole."""
    fine, coarse = (_smooth(picture, weight, sigma) for sigma in (FINE_SIGMA_PX, COARSE_SIGMA_PX))
    # Px that blur or cubic saw only in part would pull the fit towards holes and borders.
    side = _support(COARSE_SIGMA_PX)[0] + 2 * CUBIC_PX
    inner = cv2.erode(weight, np.ones((side, side), np.uint8), borderValue=0)
    band = np.asarray(fine - coarse, np.float32)
    return MotionLevel(luma=band, weight=np.asarray(inner, np.float32), near=near)


def _support(sigma: float) -> tuple[int, int]:
    """Return the kernel of a stack blur of this deviation."""
    side = 2 * round(sigma * math.sqrt(6.0)) - 1
    return side, side


def _smooth(picture: Floats, weight: Floats, sigma: float) -> Floats:
    size = _support(sigma)
    weighted = cv2.stackBlur(picture * weight, size)
    share = np.maximum(cv2.stackBlur(weight, size), 1e-3)
    return np.asarray(weighted / share, np.float32)


def _resize(plane: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def normal(matrix: Doubles) -> Doubles:
    """Return a transform scaled so that its last element is 1."""
    scaled: Doubles = matrix / matrix[2, 2]
    return scaled
