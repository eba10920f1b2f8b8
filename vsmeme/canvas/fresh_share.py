"""How much of the canvas is not the wide's own picture: all of the bands, some of the feather."""

from __future__ import annotations

from collections.abc import Iterator

import vapoursynth as vs

from ..memory import repeated
from ..pixels.rect import Rect
from ..placement.layout import Layout
from .seam import feather_weight

core = vs.core


def fresh_share(layout: Layout, *, width: int, like: vs.VideoNode) -> vs.VideoNode:
    """Show where fine structure of the wide is missing.

    Where a share w of the wide is mixed into a strip, w² of its energy is there.

    Args:
        layout: Where everything lies.
        width: Rows of overlap at the seams, canvas px.
        like: A clip whose length and frame rate are taken.

    Returns:
        GRAY8, full range, canvas size: 255 outside the wide, 0 where the wide is untouched, and
        255 times the root of what is missing in between.
    """
    wide, size = layout.wide, layout.canvas
    mask = core.std.BlankClip(
        like, format=vs.GRAY8, width=size[0], height=size[1], color=0, length=1, keep=True
    )
    inside = _within(wide)
    code = f"{inside} 0 255 ?"
    for part, row, overlap in _feathers(layout, width):
        share = f"{feather_weight(row, overlap)} W! 1 W@ W@ * - 0 max sqrt 255 *"
        code = f"{_within(part)} {share} {code} ?"
    one = core.akarin.Expr(mask, code).std.SetFrameProps(_Range=int(vs.RANGE_FULL))
    return repeated(one, like.num_frames)


def fresh_parts(layout: Layout, *, width: int) -> tuple[Rect, ...]:
    """Return the rectangles that hold what `fresh_share` marks, canvas px."""
    outside = layout.frame.minus(layout.wide)
    return (*outside, *(part for part, _, _ in _feathers(layout, width)))


def _feathers(layout: Layout, width: int) -> Iterator[tuple[Rect, str, int]]:
    """Each feather's place, the expression that counts from its seam, and its rows."""
    wide = layout.wide
    for strip in layout.strips(width):
        part = strip.intersect(wide)
        if part is None:
            continue
        if strip.y < wide.y:
            yield part, f"Y {part.y} -", part.h
        elif strip.bottom > wide.bottom:
            yield part, f"{part.bottom - 1} Y -", part.h
        elif strip.x < wide.x:
            yield part, f"X {part.x} -", part.w
        else:
            yield part, f"{part.right - 1} X -", part.w


def _within(rect: Rect) -> str:
    return f"X {rect.x} >= X {rect.right} < and Y {rect.y} >= and Y {rect.bottom} < and"
