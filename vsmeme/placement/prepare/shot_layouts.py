"""From the measured maps of all shots to layouts on one canvas."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import UsageError
from ...pixels.rect import Rect, union
from ..layout import Layout
from ..plan_layout import (
    CUT_SHARE,
    EXACT_WITHIN_PX,
    CanvasMode,
    ResidualMode,
    nearest_scale,
    plan_conform,
    plan_layout,
    with_wide_part,
)
from .fine_alignment import Matrix
from .registration import as_tuple
from .shot_groups import ShotGroup, group_shots
from .shot_placement import ShotPlacement
from .simplest_map import apart

SAME_PX = 2.0
"""Px of the wide within which the freer fit says the same as the shots' together."""
GROWING_SHARE, MOST_GROWTH = 0.2, 0.15
"""Share of the frames that must reach beyond the most used framing's canvas for it to grow, and by
which share of a side it may: what it gains there is missing picture in all other shots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user wants.

    Attributes:
        canvas: As `plan_layout` has it.
        scale: Canvas px a DVD px; None for the nearest integer.
        residual: As `plan_layout` has it.
    """

    canvas: CanvasMode = "union"
    scale: int | None = None
    residual: ResidualMode = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotLayouts:
    """Layouts, most used first; the layout of each shot, and the shots that were not placed.

    Attributes:
        layouts: The layouts.
        of_shot: Index of the layout of each placed shot.
        lost: Shots that were not placed.
        grown: By how many px the canvas is larger, for shots that are framed otherwise.
    """

    layouts: tuple[Layout, ...]
    of_shot: dict[int, int]
    lost: tuple[ShotPlacement, ...]
    grown: tuple[int, int] = (0, 0)


def plan_shots(
    placements: Sequence[ShotPlacement],
    *,
    film: Rect,
    aspect: float,
    wanted: Wanted,
    fit: Matrix | None = None,
) -> ShotLayouts:
    """Plan the layouts of all shots.

    Args:
        placements: One a shot.
        film: Active picture of the wide over the whole film, px as decoded.
        aspect: The DVD's sample aspect ratio.
        wanted: What the user wants.
        fit: The largest group's map fitted with more freedom, decoded DVD to decoded wide: used
            where it says the same, for it is the more exact.

    Returns:
        The layouts; equal ones are one.

    Raises:
        UsageError: No shot could be placed.
    """
    groups, lost = group_shots(placements, aspect=aspect)
    if not groups:
        best = max((p.correlation for p in placements), default=0.0)
        raise UsageError(
            "the wide and the DVD do not show the same picture: their best correlation is "
            f"{best:.2f} in any shot"
        )
    corner = np.array([[0.0, 0.0, film.x], [0.0, 0.0, film.y]])
    maps = [group.matrix - corner for group in groups]
    if fit is not None and _same(groups[0].matrix, fit, groups[0]):
        maps[0] = fit - corner
    scale = wanted.scale or _scale(groups, maps)
    ground = _ground(groups[0], maps[0], film, scale, wanted)
    before, ground = ground.canvas, _grown(ground, groups, maps, film, wanted)
    grown = ground.canvas[0] - before[0], ground.canvas[1] - before[1]
    layouts: dict[Layout, int] = {}
    of_shot: dict[int, int] = {}
    for group, matrix in zip(groups, maps, strict=True):
        for member in group.members:
            if group is groups[0] and member.dvd_active == ground.active:
                layout = ground
            else:
                layout = _layout(member, matrix, ground, film, wanted, group.correlation)
            layout = _twin(with_wide_part(layout, member.wide_active, film), layouts)
            of_shot[member.shot] = layouts.setdefault(layout, len(layouts))
    lengths = {p.shot: p.length for p in placements}
    return replace(_most_used_first(tuple(layouts), of_shot, lost, lengths), grown=grown)


def _same(matrix: Matrix, other: Matrix, group: ShotGroup) -> bool:
    pitch = float(np.sqrt(abs(np.linalg.det(other[:, :2]))))
    return apart(matrix, other, group.members[0].dvd_size) * pitch < SAME_PX


def _scale(groups: Sequence[ShotGroup], maps: Sequence[Matrix]) -> int:
    """The integer nearest to the scale of most frames."""
    scales = [float(np.sqrt(abs(np.linalg.det(m[:, :2])))) for m in maps]
    total = sum(group.length for group in groups)
    if 2 * groups[0].length >= total:
        return nearest_scale(scales[0], scales[0])
    count = 0
    for value, group in sorted(zip(scales, groups, strict=True), key=lambda entry: entry[0]):
        count += group.length
        if 2 * count >= total:
            return nearest_scale(value, value)
    return nearest_scale(scales[0], scales[0])


def _ground(group: ShotGroup, matrix: Matrix, film: Rect, scale: int, wanted: Wanted) -> Layout:
    """The layout that gives the canvas: the first group's, with all that the DVD ever shows."""
    active = union(member.dvd_active for member in group.members)
    return plan_layout(
        as_tuple(matrix),
        plan_conform(as_tuple(matrix), active=active, scale=scale),
        wide_size=(film.w, film.h),
        canvas=wanted.canvas,
        residual=wanted.residual,
        correlation=group.correlation,
    )


def _grown(
    ground: Layout,
    groups: Sequence[ShotGroup],
    maps: Sequence[Matrix],
    film: Rect,
    wanted: Wanted,
) -> Layout:
    """The ground on a canvas that holds what enough frames show beyond it, about its centre."""
    reach: list[tuple[int, int, int]] = []  # px beyond the canvas, across and down; frames
    width, height = ground.canvas
    for group, matrix in zip(groups, maps, strict=True):
        for member in group.members:
            dvd = _layout(member, matrix, ground, film, wanted, group.correlation).dvd
            across = max(0, -dvd.x, dvd.right - width)
            down = max(0, -dvd.y, dvd.bottom - height)
            reach.append((across, down, member.length))
    more = []
    for side in range(2):
        own = (ground.dvd.w, ground.dvd.h)[side]
        px = min(_shared_reach(reach, side), int(MOST_GROWTH * ground.canvas[side]))
        wished = px > CUT_SHARE * own and (side == 1 or wanted.canvas == "union")
        more.append(2 * px if wished else 0)
    if not any(more):
        return ground
    canvas = width + more[0], height + more[1]
    matrix = maps[0]
    return plan_layout(
        as_tuple(matrix),
        plan_conform(as_tuple(matrix), active=ground.active, scale=ground.scale),
        wide_size=(film.w, film.h),
        residual=wanted.residual,
        correlation=groups[0].correlation,
        frame=replace(ground, canvas=canvas),
    )


def _shared_reach(reach: Sequence[tuple[int, int, int]], side: int) -> int:
    """Px beyond the canvas that enough frames reach."""
    total, count = sum(entry[2] for entry in reach), 0
    for entry in sorted(reach, key=lambda entry: -entry[side]):
        count += entry[2]
        if count >= GROWING_SHARE * total:
            return entry[side]
    return 0


def _layout(
    member: ShotPlacement,
    matrix: Matrix,
    ground: Layout,
    film: Rect,
    wanted: Wanted,
    correlation: float,
) -> Layout:
    plain = as_tuple(matrix)
    return plan_layout(
        plain,
        plan_conform(plain, active=member.dvd_active, scale=ground.scale, within=EXACT_WITHIN_PX),
        wide_size=(film.w, film.h),
        residual=wanted.residual,
        correlation=correlation,
        frame=ground,
    )


def _twin(layout: Layout, known: dict[Layout, int]) -> Layout:
    """A layout that is there already and places everything on the same px."""
    for other in known:
        same = replace(other, fit=layout.fit, centre_dvd=layout.centre_dvd)
        if same == layout and not layout.corrected and not layout.window:
            return other
    return layout


def _most_used_first(
    layouts: tuple[Layout, ...],
    of_shot: dict[int, int],
    lost: Sequence[ShotPlacement],
    lengths: dict[int, int],
) -> ShotLayouts:
    used = [sum(lengths[s] for s, n in of_shot.items() if n == i) for i in range(len(layouts))]
    order = sorted(range(len(layouts)), key=lambda i: (-used[i], i))
    rank = {old: new for new, old in enumerate(order)}
    return ShotLayouts(
        layouts=tuple(layouts[i] for i in order),
        of_shot={shot: rank[n] for shot, n in of_shot.items()},
        lost=tuple(lost),
    )
