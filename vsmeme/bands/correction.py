"""The DVD's three regions: the core that the wide covers, and the bands beyond it."""

from __future__ import annotations

import vapoursynth as vs

from ..errors import wrong
from ..pixels.matrix import Matrix33, compose, translation
from ..pixels.warp import warp
from ..placement.layout import Layout

core = vs.core


def crop_core(dvd: vs.VideoNode, layout: Layout) -> vs.VideoNode:
    """Cut out the rows that lie wholly under the wide.

    Args:
        dvd: conformed DVD, any format without vertical subsampling, or rows on the chroma grid.
        layout: where it lies.

    Returns:
        The DVD's format and width, only the covered rows.
    """
    check_dvd("crop_core", dvd, layout)
    k = layout.scale
    first = max(0, -(-(layout.wide.y - layout.dvd.y) // k))
    last = min(layout.dvd_size[1], (layout.wide.bottom - layout.dvd.y) // k)
    if last <= first:
        raise wrong("crop_core", "layout", "a DVD under the wide", layout.dvd)
    return _rows(dvd, first, last - first)


def crop_bands(
    dvd: vs.VideoNode, layout: Layout, *, context_rows: int = 0, overlap_px: int = 0
) -> tuple[vs.VideoNode, ...]:
    """Cut out the rows that the visible bands need, in whole DVD rows.

    Args:
        dvd: conformed DVD, any format; subsampled chroma is brought to 4:4:4 where a row is odd.
        layout: where it lies.
        context_rows: further DVD rows towards the core, for what looks at neighbours.
        overlap_px: canvas rows that each band reaches into the wide.

    Returns:
        One clip a band, top first: the DVD's width, the band's rows and the context. A band of
        275 canvas px at scale 4 is 69 rows and the context.
    """
    check_dvd("crop_bands", dvd, layout)
    clips = []
    for strip in layout.strips(overlap_px):
        first, count, _ = layout.dvd_rows(strip)
        if strip.y < layout.wide.y:
            count = min(count + context_rows, layout.dvd_size[1] - first)
        else:
            more = min(context_rows, first)
            first, count = first - more, count + more
        clips.append(_rows(dvd, first, count))
    return tuple(clips)


def check_dvd(function: str, dvd: vs.VideoNode, layout: Layout) -> None:
    """Refuse a clip that is not the layout's conformed DVD."""
    if (dvd.width, dvd.height) != layout.dvd_size:
        raise wrong(
            function,
            "layout",
            f"a DVD of {dvd.width}x{dvd.height}",
            "{}x{}".format(*layout.dvd_size),
        )


def _rows(dvd: vs.VideoNode, first: int, count: int) -> vs.VideoNode:
    step = 1 << dvd.format.subsampling_h
    if first % step or count % step:
        full = dvd.format.replace(subsampling_w=0, subsampling_h=0)
        dvd = core.resize.Bicubic(dvd, format=full.id)
    return core.std.CropAbs(dvd, dvd.width, count, 0, first)


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
