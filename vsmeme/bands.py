"""The DVD's three regions: the core that the wide covers, and the bands beyond it."""

from __future__ import annotations

import vapoursynth as vs

from .errors import wrong
from .geometry import Layout

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
