"""Where the strips of a layout lie in a network's output, and how they come to the canvas grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import vapoursynth as vs

from ..errors import wrong
from ..networks.model import Model
from ..networks.motion_compensation import move_neighbours
from ..networks.tiles import TileGrid
from ..pixels.rect import Rect
from ..placement.layout import Layout

core = vs.core

RESAMPLE_MARGIN = 4  # DVD px around a strip that interpolation looks at: two chroma rows of 4:2:0


SEARCH_MARGIN_ROWS = 16  # DVD rows around a strip in which motion is looked for


def network_window(
    layout: Layout,
    model: Model,
    *,
    overlap_px: int = 0,
    tile: tuple[int, int] | None = None,
) -> tuple[int, int]:
    """Return the one size in which every picture enters the network.

    Args:
        layout: Where everything lies.
        model: The network.
        overlap_px: Rows that each strip reaches into the wide, canvas px.
        tile: Largest width and height, DVD px.

    Returns:
        Width and height, DVD px; an engine is built for them.
    """
    grid = TileGrid(
        scale=model.scale, radius=model.radius, multiple=model.multiple, size=layout.dvd_size
    )
    exact = model.scale == layout.scale
    strips = layout.strips(overlap_px)
    targets = [place_target(strip, layout, model.scale, exact=exact) for strip in strips]
    return grid.window_size(targets, tile)


def band_strips(
    dvd: vs.VideoNode, layout: Layout, overlap_px: int, function: str
) -> tuple[Rect, ...]:
    """Return the strips of a layout; refuse another DVD than the layout's, or no band."""
    got = "a variable format" if dvd.format.id == vs.NONE else dvd.format.name
    if dvd.format.color_family != vs.YUV or (dvd.width, dvd.height) != layout.dvd_size:
        size = f"{layout.dvd_size[0]}x{layout.dvd_size[1]}"
        raise wrong(function, "dvd", f"a YUV DVD of {size}", f"{dvd.width}x{dvd.height} {got}")
    strips = layout.strips(overlap_px)
    if not strips:
        raise wrong(function, "layout", "a band above or below the wide", "none")
    return strips


def place_target(strip: Rect, layout: Layout, scale: int, *, exact: bool) -> Rect:
    """Place a strip in the network's output: to the pixel, or with room for resampling."""
    local = strip.shifted(-layout.dvd.x, -layout.dvd.y)
    if exact:
        return local
    left, top = local.x // layout.scale, local.y // layout.scale
    right, bottom = -(-local.right // layout.scale), -(-local.bottom // layout.scale)
    left, top = max(0, left - RESAMPLE_MARGIN), max(0, top - RESAMPLE_MARGIN)
    right = min(layout.dvd_size[0], right + RESAMPLE_MARGIN)
    bottom = min(layout.dvd_size[1], bottom + RESAMPLE_MARGIN)
    return Rect(x=left, y=top, w=right - left, h=bottom - top).scaled(scale)


def resampled(
    part: vs.VideoNode, target: Rect, strip: Rect, layout: Layout, scale: int
) -> vs.VideoNode:
    """Bring a network's result of another scale to the canvas grid, edge on edge."""
    ratio = scale / layout.scale
    return core.resize.Bicubic(
        part,
        strip.w,
        strip.h,
        src_left=(strip.x - layout.dvd.x) * ratio - target.x,
        src_top=(strip.y - layout.dvd.y) * ratio - target.y,
        src_width=strip.w * ratio,
        src_height=strip.h * ratio,
        filter_param_a=0,
        filter_param_b=0.5,
    )


def interpolated(clip: vs.VideoNode, strip: Rect, layout: Layout) -> vs.VideoNode:
    """Interpolate a strip out of the DVD (Catmull-Rom), edge on edge: RGBS."""
    scale = layout.scale
    return core.resize.Bicubic(
        clip,
        strip.w,
        strip.h,
        format=vs.RGBS,
        src_left=(strip.x - layout.dvd.x) / scale,
        src_top=(strip.y - layout.dvd.y) / scale,
        src_width=strip.w / scale,
        src_height=strip.h / scale,
        filter_param_a=0,
        filter_param_b=0.5,
        filter_param_a_uv=0,
        filter_param_b_uv=0.5,
    )


def band_neighbours(
    clip: vs.VideoNode, layout: Layout, *, reach: int, context_rows: int, overlap_px: int = 0
) -> tuple[vs.VideoNode, ...]:
    """Compensate the frames before and after near the bands only.

    Args:
        clip: RGBS, the whole conformed DVD.
        layout: Where everything lies.
        reach: Frames before and after, each.
        context_rows: DVD rows beyond each strip that the network looks at.
        overlap_px: Rows that each strip reaches into the wide, canvas px.

    Returns:
        As `move_neighbours`; rows that no strip needs are black.
    """
    margin = context_rows + SEARCH_MARGIN_ROWS
    places = []
    for strip in layout.strips(overlap_px):
        first, count, _ = layout.dvd_rows(strip)
        top = max(0, first - margin)
        bottom = min(clip.height, first + count + margin)
        places.append(Rect(x=0, y=top, w=clip.width, h=bottom - top))
    if not places or any(b.y < a.bottom for a, b in pairwise(places)):
        return move_neighbours(clip, reach=reach)
    parts = [
        move_neighbours(core.std.CropAbs(clip, at.w, at.h, at.x, at.y), reach=reach)
        for at in places
    ]
    return tuple(_put_back(clips, places, clip.height) for clips in zip(*parts, strict=True))


def _put_back(clips: Sequence[vs.VideoNode], places: Sequence[Rect], height: int) -> vs.VideoNode:
    """Stack parts of a picture at their rows, black between them."""
    rows: list[vs.VideoNode] = []
    at = 0
    for clip, place in zip(clips, places, strict=True):
        rows.append(core.std.AddBorders(clip, top=place.y - at) if place.y > at else clip)
        at = place.bottom
    stacked = core.std.StackVertical(rows) if len(rows) > 1 else rows[0]
    return core.std.AddBorders(stacked, bottom=height - at) if height > at else stacked


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
