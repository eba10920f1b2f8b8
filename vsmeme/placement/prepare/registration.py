"""The one map of the frames that a film shares: from a first one, as simple as they allow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ...pixels.matrix import Matrix23
from ...pixels.rect import Rect
from . import fine_alignment
from .fine_alignment import AlignmentLevel, Matrix, NormalEquations
from .rough_search import Luma
from .shot_placement import median_correlation, prepared
from .simplest_map import MapFamily, choose_map

LEAST_CORRELATION = 0.5
"""Band-passed, at the fit: unrelated clips reach 0.1, noisy true pairs stay above 0.8."""
HOPELESS = 0.2
"""Correlation below which finer levels are not tried."""
ROUNDS, FINE_ROUNDS = 10, 3
COARSEST_WIDTH_PX = 90


@dataclass(frozen=True, slots=True, eq=False)
class RawFit:
    """A measured map.

    Attributes:
        matrix: decoded-DVD edge coordinates to edge coordinates of the wide, 2x3.
        model: the simplest model that held-out frames justify.
        correlation: band-passed, median over the frames.
    """

    matrix: Matrix
    model: MapFamily
    correlation: float


def measure_fit(
    pairs: Sequence[tuple[Luma, Luma]],
    *,
    start: Matrix,
    aspect: float = 1.0,
    active: Rect | None = None,
) -> RawFit:
    """Fit one affine map to all pairs, as simple as the frames allow.

    Args:
        pairs: matched luma frames (wide, DVD).
        start: first map, decoded DVD px to wide px.
        aspect: the DVD's sample aspect ratio.
        active: active picture of the DVD, DVD px.

    Raises:
        UsageError: The best correlation found is below 0.5.
    """
    mask = np.zeros(pairs[0][1].shape, bool)
    area = active or Rect(x=0, y=0, w=mask.shape[1], h=mask.shape[0])
    mask[area.y : area.bottom, area.x : area.right] = True
    matrix, levels, normals = _descend(pairs, start, mask)
    found = median_correlation(normals)
    if found < LEAST_CORRELATION:
        raise UsageError(
            "the wide and the DVD do not show the same picture: their best correlation is "
            f"{found:.2f}, expected at least {LEAST_CORRELATION:g}"
        )
    size = mask.shape[1], mask.shape[0]
    usable = [n for n in normals if n is not None]
    model, matrix = choose_map(matrix, usable, size, aspect)
    matrix, normals = fine_alignment.refine_map(levels, matrix, model.freedom, level=0, rounds=2)
    return RawFit(matrix, model, median_correlation(normals))


def as_tuple(matrix: Matrix) -> Matrix23:
    """The map as plain numbers."""
    (a, b, c), (d, e, f) = ([float(v) for v in row] for row in matrix)
    return (a, b, c), (d, e, f)


def _descend(
    pairs: Sequence[tuple[Luma, Luma]], matrix: Matrix, mask: npt.NDArray[np.bool_]
) -> tuple[Matrix, list[AlignmentLevel], list[NormalEquations | None]]:
    """Fit six parameters from coarse to fine."""
    levels: list[AlignmentLevel] = []
    normals: list[NormalEquations | None] = []
    coarsest = max(0, int(np.log2(mask.shape[1] / COARSEST_WIDTH_PX)))
    for level in range(coarsest, -1, -1):
        levels = prepared(pairs, matrix, mask, level)
        rounds = ROUNDS if level == coarsest else FINE_ROUNDS
        matrix, normals = fine_alignment.refine_map(
            levels, matrix, np.eye(6), level=level, rounds=rounds
        )
        if median_correlation(normals) < HOPELESS:
            break
    return matrix, levels, normals
