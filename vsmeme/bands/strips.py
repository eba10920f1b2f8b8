"""Where the strips of a layout lie in a network's output, and how they come to the canvas grid."""

from __future__ import annotations

import vapoursynth as vs

from ..errors import wrong
from ..networks.model import Model
from ..networks.tiles import Grid
from ..pixels.rect import Rect
from ..placement.layout import Layout

core = vs.core

RESAMPLE_MARGIN = 4  # DVD px around a strip that interpolation looks at: two chroma rows of 4:2:0


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
    grid = Grid(
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
