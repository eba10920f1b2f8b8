"""Gauss-Newton alignment of the DVD with the wide on band-passed luma.

The DVD is modelled as area averages of the wide under an affine map, seen through a smooth tone
curve. Maps are 2x3, from DVD edge coordinates to wide edge coordinates.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import cv2
import numpy as np
import numpy.typing as npt

from .rough_search import Luma, Plane, band_pass

Matrix = npt.NDArray[np.float64]

FINE_PX, BROAD_PX = 0.7, 2.0
"""The band, in DVD px: below it lies MPEG noise, above it grading and shading."""
MARGIN_PX = 5
"""DVD px next to an edge of either picture that do not count: the broad blur crosses the edge."""
HUBER = 1.345
"""95 % efficient on Gaussian residuals (Holland and Welsch 1977)."""
CONVERGED_PX = 0.004
ALL_PX = 40_000


@dataclass(frozen=True, slots=True, eq=False)
class AlignmentLevel:
    """One frame pair at one pyramid level: box-averaged wide, DVD, the DVD's band."""

    boxed: Plane
    dvd: Plane
    band: Plane
    active: npt.NDArray[np.bool_]
    box: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class NormalEquations:
    """Normal equations of one frame for the six parameters, and how well the frame fits.

    The parameters displace DVD points, in DVD px: `(p0 + p2 x + p3 y, p1 + p4 x + p5 y)` with x
    and y from the DVD's centre in half diagonals.
    """

    hessian: Matrix
    gradient: Matrix
    cost: float
    correlation: float
    samples: int


def prepare_level(
    wide: Luma, dvd: Luma, *, scale: tuple[float, float], level: int, active: npt.NDArray[np.bool_]
) -> AlignmentLevel:
    """Reduce a pair by `2**level` and average the wide over boxes of one DVD px.

    Args:
        wide: luma, any range.
        dvd: luma, the same range.
        scale: wide px a DVD px on each axis.
        level: pyramid level, 0 is full size.
        active: DVD px that hold picture.
    """
    factor = 2**level
    height, width = (side // factor for side in dvd.shape)
    if factor > 1:
        wide = _halved(wide, factor)
        dvd = _halved(dvd, factor)
        active = cv2.erode(active.astype(np.uint8), np.ones((factor, factor), np.uint8))[
            ::factor, ::factor
        ][:height, :width].astype(bool)
    kernels = [_box(side) for side in scale]
    boxed = cv2.sepFilter2D(
        wide,
        cv2.CV_32F,
        kernels[0],
        kernels[1],
        anchor=(len(kernels[0]) // 2, len(kernels[1]) // 2),
        borderType=cv2.BORDER_REFLECT,
    )
    dvd = np.asarray(dvd, np.float32)
    band = band_pass(dvd, fine=FINE_PX, wide=BROAD_PX)
    return AlignmentLevel(np.asarray(boxed, np.float32), dvd, band, active, scale)


def _halved(plane: Luma, factor: int) -> Luma:
    height, width = (side // factor for side in plane.shape)
    whole = plane[: height * factor, : width * factor]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _box(width: float) -> npt.NDArray[np.float64]:
    """Weights of the pixels around edge i under a box of `width` px centred on that edge."""
    half = int(np.ceil(width / 2))
    edges = np.clip(np.arange(-half, half + 1), -width / 2, width / 2)
    return np.diff(edges) / width


def sampled(level: AlignmentLevel, matrix: Matrix) -> tuple[Plane, npt.NDArray[np.bool_]]:
    """The wide as the DVD would show it (area averages under the map), and where that is known."""
    height, width = level.dvd.shape
    u, v = np.arange(width) + 0.5, np.arange(height) + 0.5
    x = matrix[0, 0] * u[None] + matrix[0, 1] * v[:, None] + matrix[0, 2]
    y = matrix[1, 0] * u[None] + matrix[1, 1] * v[:, None] + matrix[1, 2]
    # sample i of the boxed wide sits on edge i, so edge coordinates index it; bilinear between
    # box averages is exact area averaging
    seen = cv2.remap(
        level.boxed,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    wide_h, wide_w = level.boxed.shape
    half_x, half_y = level.box[0] / 2, level.box[1] / 2
    known = (x >= half_x) & (x <= wide_w - half_x) & (y >= half_y) & (y <= wide_h - half_y)
    return np.asarray(seen, np.float32), known


def normal_equations(level: AlignmentLevel, matrix: Matrix) -> NormalEquations | None:
    """Linearise one frame about a map.

    Returns:
        None where the overlap is too small or holds no detail.
    """
    seen, known = sampled(level, matrix)
    overlap = known & level.active
    inner = cv2.erode(
        overlap.astype(np.uint8),
        np.ones((2 * MARGIN_PX + 1,) * 2, np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    ).astype(bool)
    if inner.sum() < 400:
        return None
    toned = _toned(seen, level.dvd, overlap)
    toned[~known] = level.dvd[~known]
    model = band_pass(toned, fine=FINE_PX, wide=BROAD_PX)
    a, b = model[inner], level.band[inner]
    energy = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    if energy < 1e-3 * a.size:
        return None
    jacobian, chosen = _jacobian(model, inner)
    residual = (level.band - model).ravel()[chosen]
    sigma = 1.4826 * float(np.median(np.abs(residual[:: 1 + residual.size // 20_000]))) + 1e-3
    weight = np.minimum(1.0, HUBER * sigma / np.maximum(np.abs(residual), 1e-6)) / sigma**2
    weighted = jacobian * weight[:, None]
    return NormalEquations(
        hessian=(weighted.T @ jacobian).astype(np.float64),
        gradient=(weighted.T @ residual).astype(np.float64),
        cost=float(np.dot(weight, residual * residual)),
        correlation=float(np.dot(a, b)) / energy,
        samples=chosen.size,
    )


def _toned(seen: Plane, dvd: Plane, overlap: npt.NDArray[np.bool_]) -> Plane:
    """The seen wide through the cubic that maps it best onto the DVD's luma, robustly."""
    stride = 1 + int(np.count_nonzero(overlap)) // 30_000
    a, b = seen[overlap][::stride], dvd[overlap][::stride]
    centre, spread = float(a.mean()), float(a.std()) + 1e-3
    basis = np.vander((a - centre) / spread, 4)
    weight = np.ones_like(b)
    coefficients = np.zeros(4)
    for _ in range(3):
        scaled = basis * weight[:, None]
        coefficients = np.linalg.solve(scaled.T @ basis + 1e-3 * np.eye(4), scaled.T @ b)
        residual = np.abs(b - basis @ coefficients)
        weight = np.minimum(1.0, 2 * float(np.median(residual)) / np.maximum(residual, 1e-3))
    low, high = (float(v) for v in np.percentile(a, (0.1, 99.9)))
    x = (np.clip(seen, low, high) - np.float32(centre)) / np.float32(spread)
    cube, square, line, constant = (np.float32(c) for c in coefficients)
    return np.asarray(((cube * x + square) * x + line) * x + constant, np.float32)


def _jacobian(
    model: Plane, inner: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """Change of the model's band for each of the six parameters, and the flat px it is for.

    Of large pictures only the steeper half of the inner px counts: it holds nearly all information.
    """
    kernel = np.array([1, -8, 0, 8, -1], np.float32) / 12
    one = np.ones(1, np.float32)
    height, width = model.shape
    gx = np.asarray(cv2.sepFilter2D(model, cv2.CV_32F, kernel, one)).ravel()
    gy = np.asarray(cv2.sepFilter2D(model, cv2.CV_32F, one, kernel)).ravel()
    chosen = np.flatnonzero(inner)
    if chosen.size > ALL_PX:
        steep = np.abs(gx[chosen]) + np.abs(gy[chosen])
        chosen = chosen[steep > np.median(steep[:: 1 + steep.size // 20_000])]
    rows, columns = np.divmod(chosen, width)
    x, y = _centred(width, height)
    gx, gy, x, y = gx[chosen], gy[chosen], x[columns], y[rows]
    return np.stack([gx, gy, gx * x, gx * y, gy * x, gy * y], axis=1), chosen


def _centred(width: int, height: int) -> tuple[Plane, Plane]:
    radius = np.hypot(width, height) / 2
    x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / radius
    y = (np.arange(height, dtype=np.float32) + 0.5 - height / 2) / radius
    return x.astype(np.float32), y.astype(np.float32)


def moved(matrix: Matrix, parameters: Matrix, size: tuple[int, int]) -> Matrix:
    """The map after displacing the DVD's points by the six parameters (DVD px of this level)."""
    width, height = size
    radius = np.hypot(width, height) / 2
    p = parameters
    linear = np.array([[p[2], p[3]], [p[4], p[5]]]) / radius
    centre = np.array([width / 2, height / 2])
    step = np.eye(3)
    step[:2, :2] += linear
    step[:2, 2] = np.array([p[0], p[1]]) - linear @ centre
    return np.asarray(matrix @ step)


def solve_step(normals: Sequence[NormalEquations], freedom: Matrix) -> Matrix:
    """The six parameters of the best step when only the columns of `freedom` may move."""
    hessian = freedom.T @ sum(n.hessian for n in normals) @ freedom
    gradient = freedom.T @ sum(n.gradient for n in normals)
    damp = 1e-9 * float(np.trace(hessian)) * np.eye(len(hessian))
    return np.asarray(freedom @ np.linalg.solve(hessian + damp, gradient))


def refine_map(
    levels: Sequence[AlignmentLevel], matrix: Matrix, freedom: Matrix, *, level: int, rounds: int
) -> tuple[Matrix, list[NormalEquations | None]]:
    """Iterate to the best map at one pyramid level.

    Args:
        levels: the frames at that level.
        matrix: first map at full size.
        freedom: 6xk, the combinations of parameters that may move.
        level: pyramid level of the frames.
        rounds: most steps.

    Returns:
        The map at full size and the normal equations about (nearly) that map.
    """
    factor = 2.0**level
    local = matrix.copy()
    local[:, 2] /= factor
    height, width = levels[0].dvd.shape
    normals: list[NormalEquations | None] = []
    for _ in range(rounds):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            normals = list(pool.map(normal_equations, levels, repeat(local)))
        usable = [n for n in normals if n is not None]
        if not usable:
            break
        step = solve_step(usable, freedom)
        local = moved(local, step, (width, height))
        if float(np.abs(step).max()) < CONVERGED_PX * (5 if level else 1):
            break
    local[:, 2] *= factor
    return local, normals
