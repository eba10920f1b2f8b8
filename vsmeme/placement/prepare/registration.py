"""Measure where the DVD lies on the wide, and decide the layout of every shot."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ...pixels.matrix import Matrix23
from ...pixels.rect import Rect
from ..layout import Layout
from ..plan_layout import CanvasMode, ResidualMode, plan_conform, plan_layout
from . import fine_alignment
from .fine_alignment import AlignmentLevel, Matrix, NormalEquations
from .rough_search import Guess, Luma, search
from .simplest_map import MapFamily, apart, choose_map

LEAST_CORRELATION = 0.5
"""Band-passed, at the fit: unrelated clips reach 0.1, noisy true pairs stay above 0.8."""
HOPELESS = 0.2
"""Correlation below which finer levels are not tried."""
RELIABLE = 0.7
"""Correlation from which a shot's own placement is believed."""
INFLATION = 4.0
"""Measured spread of per-frame placements over their nominal error, on real pairs."""
ROUNDS, FINE_ROUNDS = 10, 3
COARSEST_WIDTH_PX = 90
REFRAMED_PX = 0.5
"""Canvas px by which a shot must differ to get a layout of its own."""
SEARCH_FRAMES = 4
ASPECTS = (1.0, 8 / 9, 32 / 27, 16 / 15, 64 / 45, 10 / 11, 40 / 33, 12 / 11, 16 / 11)
"""Sample aspect ratios of DVDs (ITU-R BT.601 by either convention), tried where the tag fails."""


@dataclass(frozen=True, slots=True, eq=False)
class RawFit:
    """A measured map.

    Attributes:
        matrix: decoded-DVD edge coordinates to edge coordinates of the wide, 2x3.
        model: the simplest model that held-out frames justify.
        correlation: band-passed, median over the frames.
        levels: the frames at full size, for per-shot work.
    """

    matrix: Matrix
    model: MapFamily
    correlation: float
    levels: tuple[AlignmentLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Layouts, most used first, the layout of each shot that was given, and the fit's model."""

    layouts: tuple[Layout, ...]
    of_shot: dict[int, int]
    model: str


def measure_geometry(
    pairs: Sequence[tuple[Luma, Luma]],
    *,
    shots: Sequence[int] | None = None,
    aspect: float = 1.0,
    active: Rect | None = None,
    canvas: CanvasMode = "union",
    scale: int | None = None,
    residual: ResidualMode = "auto",
    start: Matrix23 | None = None,
) -> Geometry:
    """Fit the DVD to the wide and plan the layouts.

    Args:
        pairs: matched luma frames (active picture of the wide, whole decoded DVD), any one range.
        shots: number of the shot that each pair is from; None for one shot.
        aspect: the DVD's sample aspect ratio; wrong or missing tags are found out.
        active: active picture of the decoded DVD; None for all of it.
        canvas: "union" or "dvd".
        scale: canvas px a DVD px; None for the nearest integer.
        residual: "auto" or "never", what to do about a misfit beyond half a canvas px.
        start: a first map, decoded DVD px to wide px; it is searched for without, and where this
            one leads nowhere.

    Returns:
        The layouts; shots share one unless their framing differs.

    Raises:
        UsageError: The pictures do not belong together, or cannot be placed.
    """
    if not pairs:
        raise UsageError("vsmeme.measure_geometry: pairs: expected at least one pair, got none")
    dvd_h, dvd_w = pairs[0][1].shape
    wide_h, wide_w = pairs[0][0].shape
    active = active or Rect(x=0, y=0, w=dvd_w, h=dvd_h)
    fit = _fit_from(start, pairs, aspect, active) if start else None
    fit = fit or measure_fit(pairs, aspect=aspect, active=active)
    groups = _groups(fit, list(shots) if shots else [0] * len(pairs))
    layouts: list[Layout] = []
    of_shot: dict[int, int] = {}
    conform = plan_conform(as_tuple(groups[0][0]), active=active, scale=scale)
    for matrix, members in groups:
        layout = plan_layout(
            as_tuple(matrix),
            conform,
            wide_size=(wide_w, wide_h),
            canvas=canvas,
            residual=residual,
            correlation=fit.correlation,
            frame=layouts[0] if layouts else None,
        )
        if layouts and layout.dvd == layouts[0].dvd and layout.corrected == layouts[0].corrected:
            of_shot.update(dict.fromkeys(members, 0))
            continue
        of_shot.update(dict.fromkeys(members, len(layouts)))
        layouts.append(layout)
    return Geometry(layouts=tuple(layouts), of_shot=of_shot, model=fit.model.name)


def measure_fit(
    pairs: Sequence[tuple[Luma, Luma]],
    *,
    aspect: float = 1.0,
    active: Rect | None = None,
    start: Matrix | None = None,
) -> RawFit:
    """Fit one affine map to all pairs, as simple as the frames allow.

    Args:
        pairs: matched luma frames (wide, DVD).
        aspect: the DVD's sample aspect ratio.
        active: active picture of the DVD, DVD px.
        start: first map; None to search for it.

    Raises:
        UsageError: The best correlation found is below 0.5.
    """
    mask = np.zeros(pairs[0][1].shape, bool)
    area = active or Rect(x=0, y=0, w=mask.shape[1], h=mask.shape[0])
    mask[area.y : area.bottom, area.x : area.right] = True
    searched = start is None
    if start is None:
        start = _matrix(search(_spread(pairs), aspect=aspect))
    matrix, levels, normals = _descend(pairs, start, mask)
    found = _correlation(normals)
    if found < LEAST_CORRELATION and searched:
        # the tag may lie: take the aspect that correlates best
        others = [search(_spread(pairs), aspect=a) for a in ASPECTS]
        best = max(others, key=lambda guess: guess.correlation)
        matrix, levels, normals = _descend(pairs, _matrix(best), mask)
        found = max(found, _correlation(normals))
    if _correlation(normals) < LEAST_CORRELATION:
        raise UsageError(
            "the wide and the DVD do not show the same picture: their best correlation is "
            f"{found:.2f}, expected at least {LEAST_CORRELATION:g}"
        )
    size = mask.shape[1], mask.shape[0]
    usable = [n for n in normals if n is not None]
    model, matrix = choose_map(matrix, usable, size, aspect)
    matrix, normals = fine_alignment.refine_map(levels, matrix, model.freedom, level=0, rounds=2)
    return RawFit(matrix, model, _correlation(normals), tuple(levels))


def _fit_from(
    start: Matrix23, pairs: Sequence[tuple[Luma, Luma]], aspect: float, active: Rect
) -> RawFit | None:
    """The fit from a first map; None if it is not what the pictures show."""
    try:
        fit = measure_fit(pairs, aspect=aspect, active=active, start=np.array(start))
    except UsageError:
        return None
    return fit if fit.correlation > RELIABLE else None


def as_tuple(matrix: Matrix) -> Matrix23:
    """The map as plain numbers."""
    (a, b, c), (d, e, f) = ([float(v) for v in row] for row in matrix)
    return (a, b, c), (d, e, f)


def _spread(pairs: Sequence[tuple[Luma, Luma]]) -> list[tuple[Luma, Luma]]:
    picked = np.linspace(0, len(pairs) - 1, min(SEARCH_FRAMES, len(pairs))).round().astype(int)
    return [pairs[i] for i in picked]


def _matrix(guess: Guess) -> Matrix:
    (sx, sy), (x, y) = guess.scale, guess.offset
    return np.array([[sx, 0.0, x], [0.0, sy, y]])


def _descend(
    pairs: Sequence[tuple[Luma, Luma]], matrix: Matrix, mask: npt.NDArray[np.bool_]
) -> tuple[Matrix, list[AlignmentLevel], list[NormalEquations | None]]:
    """Fit six parameters from coarse to fine."""
    levels: list[AlignmentLevel] = []
    normals: list[NormalEquations | None] = []
    coarsest = max(0, int(np.log2(mask.shape[1] / COARSEST_WIDTH_PX)))
    for level in range(coarsest, -1, -1):
        sx, sy = np.hypot(matrix[0, 0], matrix[1, 0]), np.hypot(matrix[0, 1], matrix[1, 1])
        prepare = partial(fine_alignment.prepare_level, scale=(sx, sy), level=level, active=mask)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            levels = list(pool.map(prepare, *zip(*pairs, strict=True)))
        rounds = ROUNDS if level == coarsest else FINE_ROUNDS
        matrix, normals = fine_alignment.refine_map(
            levels, matrix, np.eye(6), level=level, rounds=rounds
        )
        if _correlation(normals) < HOPELESS:
            break
    return matrix, levels, normals


def _correlation(normals: Sequence[NormalEquations | None]) -> float:
    """Median over the frames that can be told; 0 where none can."""
    known = [n.correlation for n in normals if n is not None]
    return float(np.median(known)) if known else 0.0


def _groups(fit: RawFit, shots: Sequence[int]) -> list[tuple[Matrix, list[int]]]:
    """Maps and the shots that use them, most frames first.

    A shot whose frames lie elsewhere by more than half a canvas px, and clearly so, gets its own.
    """
    height, width = fit.levels[0].dvd.shape
    pitch = float(np.sqrt(abs(np.linalg.det(fit.matrix[:, :2]))))
    groups: list[tuple[Matrix, list[int], int]] = []
    order = sorted(set(shots), key=lambda shot: (-shots.count(shot), shot))
    lost = []
    for shot in order:
        frames = [level for level, s in zip(fit.levels, shots, strict=True) if s == shot]
        matrix = _own_map(fit, frames)
        if matrix is None:
            lost.append(shot)
            continue
        for i, (known, members, count) in enumerate(groups):
            if apart(matrix, known, (width, height)) * pitch < REFRAMED_PX:
                groups[i] = (known, [*members, shot], count + len(frames))
                break
        else:
            groups.append((matrix, [shot], len(frames)))
    if not groups:
        return [(fit.matrix, list(order))]
    groups.sort(key=lambda group: -group[2])
    result = []
    for _, members, _ in groups:
        frames = [v for v, s in zip(fit.levels, shots, strict=True) if s in members]
        if len(groups) == 1:
            return [(fit.matrix, list(order))]
        matrix, _ = fine_alignment.refine_map(
            frames, fit.matrix, fit.model.freedom, level=0, rounds=4
        )
        result.append((matrix, members))
    result[0][1].extend(lost)
    return result


def _own_map(fit: RawFit, frames: Sequence[AlignmentLevel]) -> Matrix | None:
    """The map of a shot alone, moved from the film's only as far as is certain."""
    shift = np.eye(6)[:, :2]
    matrix, normals = fine_alignment.refine_map(frames, fit.matrix, shift, level=0, rounds=4)
    known = [n for n in normals if n is not None]
    if not known or _correlation(normals) < RELIABLE:
        return None
    hessian = shift.T @ np.sum([n.hessian for n in known], axis=0) @ shift
    error = INFLATION * float(np.sqrt(np.linalg.inv(hessian).trace()))
    size = frames[0].dvd.shape[1], frames[0].dvd.shape[0]
    return matrix if apart(matrix, fit.matrix, size) > 3 * error else fit.matrix
