"""The bands warped from the integer placement onto the measured fit, where that is needed."""

from __future__ import annotations

import vapoursynth as vs

from ..pixels.matrix import Matrix33, compose, translation
from ..pixels.warp import warp
from ..placement.layout import Layout
from .strip_stack import check_stack, stack_strips, unstack_strips

core = vs.core


CORRECTION_MARGIN_PX = 12
"""Canvas px that a warped strip may reach beyond its own: the largest misfit and the kernel."""


def overlap_to_upscale(layout: Layout, overlap_px: int) -> int:
    """Canvas px into the wide that upscaled strips need so that `correct_bands` can trim them."""
    return overlap_px + CORRECTION_MARGIN_PX if layout.corrected else overlap_px


def correct_bands(strips: vs.VideoNode, layout: Layout, *, overlap_px: int = 0) -> vs.VideoNode:
    """Move the strips from the integer placement onto the fit, where the layout says so.

    Args:
        strips: the stack of `layout.strips(overlap_to_upscale(layout, overlap_px))`, YUV444P16.
        layout: where everything lies; a layout that is not corrected returns the strips as they
            are.
        overlap_px: rows and columns that the result reaches into the wide, canvas px.

    Returns:
        YUV444P16, the stack of `layout.strips(overlap_px)`. Beyond the DVD's edge its border
        samples go on, at most 8 px.
    """
    if not layout.corrected:
        return strips
    reach = overlap_to_upscale(layout, overlap_px)
    check_stack("correct_bands", strips, layout, reach)
    parts = unstack_strips(strips, layout, reach)
    given, wanted = layout.side_strips(reach), layout.side_strips(overlap_px)
    out = []
    for side, strip in parts.items():
        source, target = given[side], wanted[side]
        matrix = compose(
            translation(-target.x, -target.y),
            placed_to_fitted(layout),
            translation(source.x, source.y),
        )
        real = core.resize.Point(strip, format=vs.YUV444PS)
        moved = warp(real, matrix, size=(target.w, target.h))
        out.append(core.resize.Point(moved, format=vs.YUV444P16, dither_type="none"))
    return core.std.CopyFrameProps(stack_strips(out, layout, overlap_px), strips)


def placed_to_fitted(layout: Layout) -> Matrix33:
    """Return the map from canvas px of the integer placement to canvas px of the fit."""
    (a, b, c), (d, e, f) = layout.fit.matrix
    k = layout.scale
    to_dvd: Matrix33 = ((1 / k, 0, -layout.dvd.x / k), (0, 1 / k, -layout.dvd.y / k), (0, 0, 1))
    return compose(((a, b, c), (d, e, f), (0.0, 0.0, 1.0)), to_dvd)
