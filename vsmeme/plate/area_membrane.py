"""Missing area joined to the picture beside it: the difference at its border, carried inwards.

For each rectangle of missing area a harmonic surface takes up, along every side where picture
begins, how much that picture differs from what was laid into the area. Rectangles are joined one
after the other: one that borders another meets what that one was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import vapoursynth as vs

from ..canvas.bilinear import SIDES, Side
from ..canvas.harmonic import smoothing, surface
from ..pixels.rect import Rect
from ..pixels.region import cut, grid

core = vs.core

SMOOTH_SHARE = 1 / 400
"""Deviation of the Gaussian along a border, of the canvas width: finer detail stays at home."""
STRIP_SHARE = 1 / 340
"""Depth of the strip beside a border in which differences are taken, of the canvas width."""
SPACING = 0.8
"""Samples along a border: one for so many deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A part of a side.

    Attributes:
        first: First px, canvas px along the side.
        count: How many.
        beside: Number of the area that lies beside it; -1 for real picture, ``None`` for nothing.
    """

    first: int
    count: int
    beside: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """An area and what is known along its sides; sides where nothing is known are left out."""

    area: Rect
    sides: Mapping[Side, tuple[Run, ...]]


type Step = Callable[[Border, Side, Run, int], vs.VideoNode]


def strip_px(canvas: tuple[int, int]) -> int:
    """Return the depth of the strips in which differences are taken, canvas px."""
    return max(2, round(canvas[0] * STRIP_SHARE))


def plan_borders(areas: Sequence[Rect], canvas: tuple[int, int]) -> list[Border]:
    """Order areas so that each is joined to as much as possible.

    Args:
        areas: Missing area, canvas px.
        canvas: Width and height.

    Returns:
        One entry for each rectangle of their ``grid``, best known first; a run's ``beside`` counts
        in this list. Areas that border nothing known come last and without sides.
    """
    left = [rect for row in grid(areas) for rect in row]
    done: list[Border] = []
    while left:
        options = [_border(area, done, left, canvas) for area in left]
        best = max(options, key=_known_share)
        done.append(best)
        left.remove(best.area)
    return done


def area_membranes(
    borders: Sequence[Border], canvas: tuple[int, int], step: Step
) -> list[vs.VideoNode | None]:
    """What to add to what was laid into each area.

    Args:
        borders: From ``plan_borders``.
        canvas: Width and height.
        step: Called with a border, a side, a run of it with real picture, and the depth of the
            strips to compare, px; returns what the area lacks there: a row of YUV444PS, a sample
            for each px of the run.

    Returns:
        YUV444PS of each area's size, in the order of the borders; ``None`` where an area borders
        nothing that is known.
    """
    deviation = canvas[0] * SMOOTH_SHARE
    surfaces: list[vs.VideoNode | None] = []
    for border in borders:
        area = border.area
        if not border.sides:
            surfaces.append(None)
            continue
        depth = min(strip_px(canvas), area.w, area.h)
        longest = max(area.w, area.h)
        nodes = max(4, round(longest / (SPACING * smoothing(longest, deviation))))
        rows = {}
        for side, runs in border.sides.items():
            parts: list[tuple[int, vs.VideoNode | None]] = []
            for run in runs:
                part = None
                if run.beside == -1:
                    part = step(border, side, run, depth)
                elif run.beside is not None:
                    part = _beside(surfaces[run.beside], borders[run.beside].area, area, side, run)
                parts.append((run.count, part))
            rows[side] = _row(parts, nodes)
        surfaces.append(surface((area.w, area.h), rows, deviation=deviation))
    return surfaces


def joined_areas(
    clip: vs.VideoNode, borders: Sequence[Border], laid: Sequence[vs.VideoNode]
) -> list[vs.VideoNode | None]:
    """What to add to each area so that it meets the picture beside it.

    Args:
        clip: The picture around the areas, YUV444P16, canvas size.
        borders: From ``plan_borders``.
        laid: What is laid into the area of each border, YUV444P16 of its size.

    Returns:
        As ``area_membranes``, in 16-bit codes.
    """
    inner = {border.area: node for border, node in zip(borders, laid, strict=True)}

    def step(border: Border, side: Side, run: Run, depth: int) -> vs.VideoNode:
        area = border.area
        inside = _strip_inside(area, side, run, depth).shifted(-area.x, -area.y)
        lines = [outer_line(clip, area, side, run, depth), _line(cut(inner[area], inside), side)]
        return core.akarin.Expr(lines, "x y -")

    return area_membranes(borders, (clip.width, clip.height), step)


def outer_line(clip: vs.VideoNode, area: Rect, side: Side, run: Run, depth: int) -> vs.VideoNode:
    """Return the mean of a clip over a strip outside a part of a side: a row of its own codes."""
    strip = outer_strip(area, side, run, depth)
    outside = strip.intersect(Rect(x=0, y=0, w=clip.width, h=clip.height))
    return _line(cut(clip, outside or strip), side)


def _beside(
    known: vs.VideoNode | None, other: Rect, area: Rect, side: Side, run: Run
) -> vs.VideoNode | None:
    """What was added to another area along the side that it shares: a row."""
    part = outer_strip(area, side, run, 1)
    return known and _line(cut(known, part.shifted(-other.x, -other.y)), side)


def _known_share(border: Border) -> tuple[float, int]:
    """How well an area is known: real px around it, then px of joined areas."""
    runs = [run for runs in border.sides.values() for run in runs]
    real = sum(run.count for run in runs if run.beside == -1)
    joined = sum(run.count for run in runs if run.beside not in (-1, None))
    around = 2 * (border.area.w + border.area.h)
    return (real + joined) / around, real


def _border(
    area: Rect, done: Sequence[Border], left: Sequence[Rect], canvas: tuple[int, int]
) -> Border:
    sides: dict[Side, tuple[Run, ...]] = {}
    for side in SIDES:
        runs = _runs(area, side, done, left, canvas)
        known = sum(run.count for run in runs if run.beside is not None)
        if 2 * known >= sum(run.count for run in runs):
            sides[side] = runs
    return Border(area=area, sides=sides)


def _runs(
    area: Rect,
    side: Side,
    done: Sequence[Border],
    left: Sequence[Rect],
    canvas: tuple[int, int],
) -> tuple[Run, ...]:
    """What lies beside a side, from its first px to its last."""
    upright = side in ("left", "right")
    first, last = (area.y, area.bottom) if upright else (area.x, area.right)
    whole = Run(first=first, count=last - first, beside=None)
    line = outer_strip(area, side, whole, 1)
    if line.intersect(Rect(x=0, y=0, w=canvas[0], h=canvas[1])) is None:
        return (whole,)
    beside = [
        *((part, n) for n, part in enumerate(border.area for border in done)),
        *((part, None) for part in left),
    ]
    cuts = {first, last}
    for part, _ in beside:
        if part.intersect(line):
            ends = (part.y, part.bottom) if upright else (part.x, part.right)
            cuts |= {end for end in ends if first < end < last}
    runs = []
    for a, b in pairwise(sorted(cuts)):
        piece = outer_strip(area, side, Run(first=a, count=b - a, beside=None), 1)
        what = next((n for part, n in beside if part.intersect(piece)), -1)
        runs.append(Run(first=a, count=b - a, beside=what))
    return tuple(runs)


def outer_strip(area: Rect, side: Side, run: Run, depth: int) -> Rect:
    """The strip of canvas outside an area along a part of a side; may lie beyond the canvas."""
    if side in ("left", "right"):
        x = area.x - depth if side == "left" else area.right
        return Rect(x=x, y=run.first, w=depth, h=run.count)
    y = area.y - depth if side == "top" else area.bottom
    return Rect(x=run.first, y=y, w=run.count, h=depth)


def _strip_inside(area: Rect, side: Side, run: Run, depth: int) -> Rect:
    """The strip inside an area along a part of a side."""
    strip = outer_strip(area, side, run, depth)
    to = {"left": (depth, 0), "right": (-depth, 0), "top": (0, depth), "bottom": (0, -depth)}
    return strip.shifted(*to[side])


def _row(parts: Sequence[tuple[int, vs.VideoNode | None]], nodes: int) -> vs.VideoNode:
    """A side's values as one row of samples; unknown parts take their neighbour's end."""
    lines = [line for _, line in parts]
    whole = []
    for i, ((count, _), line) in enumerate(zip(parts, lines, strict=True)):
        if line is None:
            before = next((k for k in lines[i::-1] if k), None)
            after = next((k for k in lines[i:] if k), None)
            if before:
                line = core.std.CropAbs(before, 1, 1, before.width - 1, 0)
            else:
                assert after is not None
                line = core.std.CropAbs(after, 1, 1)
            line = core.resize.Point(line, width=count, height=1)
        whole.append(line)
    row = core.std.StackHorizontal(whole) if len(whole) > 1 else whole[0]
    return core.resize.Bilinear(row, width=nodes, height=1)


def _line(strip: vs.VideoNode, side: Side) -> vs.VideoNode:
    """The mean of a strip across its depth: a row of YUV444PS, in the strip's own codes."""
    strip = core.akarin.Expr(strip, "x", format=vs.YUV444PS)
    if side in ("left", "right"):
        thin = core.resize.Bilinear(strip, width=1, height=strip.height)
        return core.std.Transpose(thin)
    return core.resize.Bilinear(strip, width=strip.width, height=1)
