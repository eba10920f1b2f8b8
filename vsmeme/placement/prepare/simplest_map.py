"""Choose the simplest map that held-out frames justify.

Around the best affine map the cost of every frame is a quadratic in the six parameters, so each
simpler map, and each map without one of the frames, comes from the normal equations alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .fine_alignment import Matrix, NormalEquations, moved

SIMPLER_WITHIN_PX = 0.045
"""DVD px. A richer map must differ by more than this somewhere: on real pairs whose truth is an
integer scale, six free parameters end up to 0.04 px off, in held-out frames, too."""
ALONE_WITHIN_PX = 0.125
"""DVD px by which a map with more than shift and scale must differ where one shot of a film alone
has it: its frames are hardly different pictures, so that frames held out repeat the errors of the
others. Of forty still shots whose scale is known (`shots.py`, seed 2) the freest maps end up to
0.09 px off."""
SCALED = 1  # number of the family with shift and one scale
NOMINAL_STEP = 1 / 8
"""Releases are made at plain ratios: 4, 4.5 (640x480), 3.75 (768x576), 2.25, 1.875."""


@dataclass(frozen=True, slots=True, eq=False)
class MapFamily:
    """A family of maps: parameters `base + freedom @ q` about the affine map."""

    name: str
    base: Matrix
    freedom: Matrix


def models(matrix: Matrix, size: tuple[int, int], aspect: float) -> tuple[MapFamily, ...]:
    """The families, simplest first.

    Args:
        matrix: the affine map that the parameters are counted from.
        size: the DVD's width and height.
        aspect: horizontal over vertical wide px a DVD px.
    """
    sx, sy = (float(np.hypot(*matrix[:, i])) for i in (0, 1))
    nominal = [max(NOMINAL_STEP, round(s / NOMINAL_STEP) * NOMINAL_STEP) for s in (sx, sy)]
    mean = np.sqrt(sx * sy)
    square = [mean * np.sqrt(aspect), mean / np.sqrt(aspect)]
    one = np.eye(6)
    grow = one[2] + one[5]
    turn = one[4] * sx / sy - one[3] * sy / sx

    def onto(linear: Matrix) -> Matrix:
        change = np.linalg.inv(matrix[:, :2]) @ linear - np.eye(2)
        change *= np.hypot(*size) / 2
        return np.array([0, 0, change[0, 0], change[0, 1], change[1, 0], change[1, 1]])

    rotation = matrix[:, :2] / np.array([sx, sy])
    angle = np.arctan2(rotation[1, 0] - rotation[0, 1], rotation[0, 0] + rotation[1, 1])
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = [one[0], one[1]]
    return (
        MapFamily("nominal", onto(np.diag(nominal)), np.stack(shift, 1)),
        MapFamily("scaled", onto(np.diag(square)), np.stack([*shift, grow], 1)),
        MapFamily("stretched", onto(np.diag([sx, sy])), np.stack([*shift, one[2], one[5]], 1)),
        MapFamily("turned", onto(turned @ np.diag(square)), np.stack([*shift, grow, turn], 1)),
        MapFamily("affine", np.zeros(6), one),
    )


def choose_map(
    matrix: Matrix,
    normals: Sequence[NormalEquations],
    size: tuple[int, int],
    aspect: float,
    *,
    alone: bool = False,
) -> tuple[MapFamily, Matrix]:
    """The simplest family whose held-out cost is as good as the best one's, and its map.

    Args:
        matrix: The affine map that the parameters are counted from.
        normals: Of each frame, about that map.
        size: The DVD's width and height.
        aspect: Horizontal over vertical wide px a DVD px.
        alone: Whether this is one shot of a film of several maps.
    """
    families = models(matrix, size, aspect)
    held = np.array([_held_out(model, normals) for model in families])
    maps = [moved(matrix, _solve(model, normals), size) for model in families]
    best = int(np.argmin(held.sum(1)))
    if alone and apart(maps[SCALED], maps[best], size) <= ALONE_WITHIN_PX:
        best = int(np.argmin(held[: SCALED + 1].sum(1)))
    for model, costs, found in zip(families, held, maps, strict=True):
        excess = costs - held[best]
        error = float(np.std(excess)) * np.sqrt(len(excess))
        if float(excess.sum()) <= error or apart(found, maps[best], size) <= SIMPLER_WITHIN_PX:
            return model, found
    return families[best], maps[best]


def apart(a: Matrix, b: Matrix, size: tuple[int, int]) -> float:
    """Largest distance of two maps over the DVD, DVD px."""
    width, height = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float)
    difference = np.linalg.solve(a[:, :2], (a - b) @ corners.T)
    return float(np.hypot(*difference).max())


def _solve(model: MapFamily, normals: Sequence[NormalEquations]) -> Matrix:
    hessian = np.sum([n.hessian for n in normals], axis=0)
    gradient = np.sum([n.gradient for n in normals], axis=0) - hessian @ model.base
    free = model.freedom
    damp = 1e-9 * float(np.trace(hessian)) * np.eye(free.shape[1])
    return np.asarray(
        model.base + free @ np.linalg.solve(free.T @ hessian @ free + damp, free.T @ gradient)
    )


def _held_out(model: MapFamily, normals: Sequence[NormalEquations]) -> list[float]:
    """Cost of each frame under the map of the others."""
    costs = []
    for i, left_out in enumerate(normals):
        others = [n for j, n in enumerate(normals) if j != i] or [left_out]
        p = _solve(model, others)
        costs.append(left_out.cost - 2 * left_out.gradient @ p + p @ left_out.hessian @ p)
    return [float(cost) for cost in costs]
