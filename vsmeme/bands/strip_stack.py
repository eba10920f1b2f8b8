"""All strips of a layout in one clip: left and right ones turned, so that every seam lies flat."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import vapoursynth as vs

from ..errors import wrong
from ..pixels.bt709 import BLACK
from ..pixels.rect import Rect
from ..placement.layout import BandSide, Layout

core = vs.core

UPRIGHT: tuple[BandSide, ...] = ("left", "right")
"""Sides whose strips are taller than wide: they lie transposed in the stack."""


def turned_size(side: BandSide, strip: Rect) -> tuple[int, int]:
    """Return width and height of a strip as it lies in the stack."""
    return (strip.h, strip.w) if side in UPRIGHT else (strip.w, strip.h)


def stack_places(layout: Layout, overlap_px: int) -> dict[BandSide, Rect]:
    """Return where each strip lies in the stack, px of it."""
    sizes = {
        side: turned_size(side, strip) for side, strip in layout.side_strips(overlap_px).items()
    }
    rows = accumulate((h for _, h in sizes.values()), initial=0)
    return {
        side: Rect(x=0, y=y, w=w, h=h)
        for (side, (w, h)), y in zip(sizes.items(), rows, strict=False)
    }


def stack_size(layout: Layout, overlap_px: int) -> tuple[int, int]:
    """Return width and height of the stack."""
    places = stack_places(layout, overlap_px).values()
    return max(place.w for place in places), sum(place.h for place in places)


def stack_strips(parts: Sequence[vs.VideoNode], layout: Layout, overlap_px: int) -> vs.VideoNode:
    """Put the strips of a layout one below the other.

    Args:
        parts: One clip a strip, as it lies on the canvas, in the order of ``layout.strips``;
            YUV444P16.
        layout: Where everything lies.
        overlap_px: Rows and columns that each strip reaches into the wide, canvas px.

    Returns:
        YUV444P16, `stack_size`: top, bottom, left and right; the latter two transposed; black
        beside what is narrower than the widest.
    """
    width, _ = stack_size(layout, overlap_px)
    rows = []
    for side, part in zip(layout.side_strips(overlap_px), parts, strict=True):
        lying = core.std.Transpose(part) if side in UPRIGHT else part
        if lying.width < width:
            lying = core.std.AddBorders(lying, right=width - lying.width, color=list(BLACK))
        rows.append(lying)
    return core.std.StackVertical(rows) if len(rows) > 1 else rows[0]


def unstack_strips(
    stack: vs.VideoNode, layout: Layout, overlap_px: int
) -> dict[BandSide, vs.VideoNode]:
    """Cut a stack into its strips, as they lie on the canvas."""
    parts = {}
    for side, place in stack_places(layout, overlap_px).items():
        part = core.std.CropAbs(stack, place.w, place.h, place.x, place.y)
        parts[side] = core.std.Transpose(part) if side in UPRIGHT else part
    return parts


def check_stack(function: str, stack: vs.VideoNode, layout: Layout, overlap_px: int) -> None:
    """Refuse a clip that is not the stack of a layout's strips."""
    size = stack_size(layout, overlap_px)
    if (stack.width, stack.height) != size:
        raise wrong(function, "strips", f"{size[0]}x{size[1]}", f"{stack.width}x{stack.height}")
