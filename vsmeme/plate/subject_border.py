"""The subject's new colours at the border of missing area: kept up to it, and carried beyond.

A mask ends where picture ends, and a soft mask would fade there. Continued straight into the
missing area it does not; what the subject's colours change at the border then lights that area,
as smoothly as everything else beside it does.
"""

from __future__ import annotations

from collections.abc import Sequence

import vapoursynth as vs

from ..canvas.bilinear import Side
from ..pixels.bt709 import LIMITS
from ..pixels.rect import Rect
from ..pixels.region import cut, replaced
from .area_membrane import Border, Run, area_membranes, outer_line, outer_strip, plan_borders

core = vs.core


def continued_mask(mask: vs.VideoNode, areas: Sequence[Rect], *, px: int) -> vs.VideoNode:
    """Continue a mask straight into missing area.

    Args:
        mask: GRAY8, full range, canvas size.
        areas: What is missing, canvas px.
        px: How far.

    Returns:
        The mask; outside the areas its own samples.
    """
    borders = plan_borders(areas, (mask.width, mask.height))
    sides = {border.area: border.sides for border in borders}

    def continued(area: Rect) -> vs.VideoNode:
        patch = core.std.BlankClip(mask, width=area.w, height=area.h, color=0, keep=True)
        depths = {
            "left": "X",
            "right": f"{area.w - 1} X -",
            "top": "Y",
            "bottom": f"{area.h - 1} Y -",
        }
        for side, runs in sides[area].items():
            for run in runs:
                if run.beside != -1:
                    continue
                line = cut(mask, outer_strip(area, side, run, 1))
                upright = side in ("left", "right")
                first = run.first - (area.y if upright else area.x)
                size = (area.w, run.count) if upright else (run.count, area.h)
                wide = core.resize.Point(line, width=size[0], height=size[1])
                ends = (0, 0, first, area.h - first - run.count)
                ends = ends if upright else (*ends[2:3], area.w - first - run.count, 0, 0)
                wide = core.std.AddBorders(wide, *ends)
                patch = core.akarin.Expr([patch, wide], f"{depths[side]} {px} < y 0 ? x max")
        return patch

    return replaced(mask, [border.area for border in borders], continued)


def carried_light(clip: vs.VideoNode, under: vs.VideoNode, areas: Sequence[Rect]) -> vs.VideoNode:
    """Let missing area take part in what was changed beside it.

    Args:
        clip: The changed picture, YUV444P16, canvas size.
        under: The picture before, the same format and size.
        areas: What is missing, canvas px.

    Returns:
        The clip; in the areas ``under``, and the change at their border carried into it.
    """
    borders = plan_borders(areas, (clip.width, clip.height))

    def change(border: Border, side: Side, run: Run, depth: int) -> vs.VideoNode:
        lines = [outer_line(each, border.area, side, run, depth) for each in (clip, under)]
        return core.akarin.Expr(lines, "x y -")

    added = dict(
        zip(
            [border.area for border in borders],
            area_membranes(borders, (clip.width, clip.height), change),
            strict=True,
        )
    )

    def lit(area: Rect) -> vs.VideoNode:
        more = added[area]
        base = cut(under, area)
        if more is None:
            return base
        words = [f"x y + {low} {high} clamp" for low, high in LIMITS]
        return core.akarin.Expr([base, more], words)

    return replaced(clip, [border.area for border in borders], lit)
