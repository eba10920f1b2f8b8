"""The DVD's three regions: the core that the wide covers, and the bands beyond it."""

from __future__ import annotations

import vapoursynth as vs

from ..errors import wrong
from ..pixels.matrix import Matrix33, compose, translation
from ..pixels.warp import warp
from ..placement.layout import Layout

core = vs.core


CORRECTION_MARGIN_PX = 12
"""Rows that a warped strip may reach beyond its own: the largest misfit and the kernel."""


def overlap_to_upscale(layout: Layout, overlap_px: int) -> int:
    """Rows into the wide that the upscaled strips need so that `correct_bands` can trim them."""
    return overlap_px + CORRECTION_MARGIN_PX if layout.corrected else overlap_px


def correct_bands(strips: vs.VideoNode, layout: Layout, *, overlap_px: int = 0) -> vs.VideoNode:
    """Move the strips from the integer placement onto the fit, where the layout says so.

    Args:
        strips: `layout.strips(overlap_to_upscale(layout, overlap_px))`, stacked, YUV444P16.
        layout: where everything lies; a layout that is not corrected returns the strips as they
            are.
        overlap_px: rows that the result reaches into the wide, canvas px.

    Returns:
        YUV444P16, `layout.strips(overlap_px)` stacked. Beyond the DVD's edge its border samples
        go on, at most 8 px.
    """
    if not layout.corrected:
        return strips
    given = layout.strips(overlap_to_upscale(layout, overlap_px))
    if (strips.width, strips.height) != (given[0].w, sum(part.h for part in given)):
        size = f"{given[0].w}x{sum(part.h for part in given)}"
        raise wrong("correct_bands", "strips", size, f"{strips.width}x{strips.height}")
    out, row = [], 0
    for source, target in zip(given, layout.strips(overlap_px), strict=True):
        strip = core.std.CropAbs(strips, source.w, source.h, 0, row)
        row += source.h
        matrix = compose(
            translation(-target.x, -target.y),
            _placed_to_fitted(layout),
            translation(source.x, source.y),
        )
        real = core.resize.Point(strip, format=vs.YUV444PS)
        moved = warp(real, matrix, size=(target.w, target.h))
        out.append(core.resize.Point(moved, format=vs.YUV444P16, dither_type="none"))
    whole = core.std.StackVertical(out) if len(out) > 1 else out[0]
    return core.std.CopyFrameProps(whole, strips)


def _placed_to_fitted(layout: Layout) -> Matrix33:
    """Canvas px of the integer placement to canvas px of the fit."""
    (a, b, c), (d, e, f) = layout.fit.matrix
    k = layout.scale
    to_dvd: Matrix33 = ((1 / k, 0, -layout.dvd.x / k), (0, 1 / k, -layout.dvd.y / k), (0, 0, 1))
    return compose(((a, b, c), (d, e, f), (0.0, 0.0, 1.0)), to_dvd)
