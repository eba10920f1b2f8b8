"""Where the strips of a layout lie in a network's output, and how they come to the canvas grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import vapoursynth as vs

from ..errors import wrong
from ..memory import held
from ..networks.model import Model
from ..networks.motion_compensation import move_neighbours
from ..networks.tiles import TileGrid
from ..pixels.rect import Rect
from ..placement.layout import Layout

core = vs.core

RESAMPLE_MARGIN = 4  # DVD px around a strip that interpolation looks at: two chroma rows of 4:2:0
CHROMA_MARGIN = 4  # DVD px beyond a part that chroma upsampling looks at: two samples of 4:2:0


def network_windows(
    layout: Layout,
    model: Model,
    *,
    overlap_px: int = 0,
    tile: tuple[int, int] | None = None,
) -> tuple[tuple[int, int], ...]:
    """Return the sizes in which pictures enter the network; an engine is built for each.

    Args:
        layout: Where everything lies.
        model: The network.
        overlap_px: Rows that each strip reaches into the wide, canvas px.
        tile: Largest width and height, DVD px.

    Returns:
        Width and height, DVD px, the largest first: one size for the bands above and below, one
        for those beside the wide.
    """
    grid = TileGrid(
        scale=model.scale, radius=model.radius, multiple=model.multiple, size=layout.dvd_size
    )
    exact = model.scale == layout.scale
    strips = layout.strips(overlap_px)
    targets = [place_target(strip, layout, model.scale, exact=exact) for strip in strips]
    sizes = {grid.window_size(group, tile) for group in alike_parts(targets)}
    return tuple(sorted(sizes, key=lambda size: size[0] * size[1], reverse=True))


def alike_parts(targets: Sequence[Rect]) -> tuple[tuple[Rect, ...], ...]:
    """Group parts that fit into windows of one size: flat ones, and upright ones."""
    flat = tuple(target for target in targets if target.w >= target.h)
    upright = tuple(target for target in targets if target.w < target.h)
    return tuple(group for group in (flat, upright) if group)


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
        raise wrong(function, "layout", "a band beyond the wide", "none")
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


def interpolated(
    part: vs.VideoNode,
    strip: Rect,
    layout: Layout,
    *,
    scale: int = 1,
    corner: tuple[int, int] = (0, 0),
) -> vs.VideoNode:
    """Interpolate a strip out of a part of the DVD's picture (Catmull-Rom), edge on edge.

    Args:
        part: Of the picture at ``scale`` px per DVD px, without subsampling.
        strip: What is wanted, canvas px.
        layout: Where everything lies.
        scale: That of the picture.
        corner: Where the part lies in the picture, px of it.
    """
    ratio = scale / layout.scale
    return core.resize.Bicubic(
        part,
        strip.w,
        strip.h,
        src_left=(strip.x - layout.dvd.x) * ratio - corner[0],
        src_top=(strip.y - layout.dvd.y) * ratio - corner[1],
        src_width=strip.w * ratio,
        src_height=strip.h * ratio,
        filter_param_a=0,
        filter_param_b=0.5,
    )


def needed_parts(layout: Layout, targets: Sequence[Rect], model: Model) -> tuple[Rect, ...]:
    """Return what the network needs of the DVD for each part of its output.

    Args:
        layout: Where everything lies.
        targets: Parts of the network's output, as `place_target` returns them.
        model: The network.

    Returns:
        Rectangles of the conformed DVD, DVD px: the part itself, and the context that the network
        looks at.
    """
    frame = Rect(x=0, y=0, w=layout.dvd_size[0], h=layout.dvd_size[1])
    parts = []
    for target in targets:
        left, top = (v // model.scale - model.radius for v in (target.x, target.y))
        right, bottom = (-(-v // model.scale) + model.radius for v in (target.right, target.bottom))
        part = frame.intersect(Rect(x=left, y=top, w=right - left, h=bottom - top))
        parts.append(part or frame)
    return tuple(parts)


def hold_core(dvd: vs.VideoNode, parts: Sequence[Rect]) -> vs.VideoNode:
    """Take what nothing needs out of the picture, before anything looks at it.

    Args:
        dvd: The conformed DVD, any YUV format.
        parts: What is needed, DVD px.

    Returns:
        The same clip, but for the largest rectangle beyond all parts and the samples that their
        chroma is upsampled from: there the nearest row outside goes on, or the nearest column
        where the rectangle is as high as the picture.
    """
    frame = Rect(x=0, y=0, w=dvd.width, h=dvd.height)
    hole = frame
    for part in parts:
        size = part.w + 2 * CHROMA_MARGIN, part.h + 2 * CHROMA_MARGIN
        grown = Rect(x=part.x - CHROMA_MARGIN, y=part.y - CHROMA_MARGIN, w=size[0], h=size[1])
        empty = Rect(x=0, y=0, w=0, h=0)
        hole = max(hole.minus(grown), key=lambda rest: rest.area, default=empty)
    # on the chroma grid
    left, top = hole.x + hole.x % 2, hole.y + hole.y % 2
    right = hole.right - (hole.right % 2 if hole.right < frame.w else 0)
    bottom = hole.bottom - (hole.bottom % 2 if hole.bottom < frame.h else 0)
    if right <= left or bottom <= top or not parts:
        return dvd
    hole = Rect(x=left, y=top, w=right - left, h=bottom - top)
    chroma = (dvd.format.subsampling_w, dvd.format.subsampling_h)
    return core.akarin.Expr(dvd, [_held(hole, frame, step) for step in ((0, 0), chroma, chroma)])


def _held(hole: Rect, frame: Rect, step: tuple[int, int]) -> str:
    """Expression for a plane, subsampled by powers of two: a hole shows what lies beside it."""
    x, right, w = (v >> step[0] for v in (hole.x, hole.right, frame.w))
    y, bottom, h = (v >> step[1] for v in (hole.y, hole.bottom, frame.h))
    inside = f"X {x} >= X {right} < and Y {y} >= and Y {bottom} < and"
    if hole.h < frame.h:
        return f"{inside} X {_nearest('Y', y, bottom, h)} x[] x ?"
    return f"{inside} {_nearest('X', x, right, w)} Y x[] x ?"


def _nearest(axis: str, first: int, last: int, size: int) -> str:
    """Expression for the row or column outside of a range that is nearest."""
    before = first - 1 if first else last
    after = last if last < size else before
    return f"{axis} {(first + last) // 2} < {before} {after} ?"


def band_neighbours(
    clip: vs.VideoNode, parts: Sequence[Rect], *, reach: int
) -> tuple[vs.VideoNode, ...]:
    """Compensate the frames before and after in the rows that the network needs.

    Nothing else is looked at: motion that points beyond these rows finds their edge, held.

    Args:
        clip: RGBS, the whole conformed DVD.
        parts: What the network needs, DVD px.
        reach: Frames before and after, each.

    Returns:
        As `move_neighbours`; rows that no part needs are black.
    """
    rows = sorted({(part.y, part.bottom) for part in parts})
    if any(lower < end for (_, end), (lower, _) in pairwise(rows)):
        return move_neighbours(clip, reach=reach)
    moved = [
        move_neighbours(core.std.CropAbs(clip, clip.width, end - y, 0, y), reach=reach)
        for y, end in rows
    ]
    return tuple(held(_put_back(clips, rows, clip.height)) for clips in zip(*moved, strict=True))


def _put_back(
    clips: Sequence[vs.VideoNode], places: Sequence[tuple[int, int]], height: int
) -> vs.VideoNode:
    """Stack rows of a picture where they begin and end, black between them."""
    rows: list[vs.VideoNode] = []
    at = 0
    for clip, (y, end) in zip(clips, places, strict=True):
        rows.append(core.std.AddBorders(clip, top=y - at) if y > at else clip)
        at = end
    stacked = core.std.StackVertical(rows) if len(rows) > 1 else rows[0]
    return core.std.AddBorders(stacked, bottom=height - at) if height > at else stacked


def crop_core(dvd: vs.VideoNode, layout: Layout) -> vs.VideoNode:
    """Cut out what lies wholly under the wide.

    Args:
        dvd: conformed DVD, any format; subsampled chroma is brought to 4:4:4 where a row or a
            column is odd.
        layout: where it lies.

    Returns:
        The DVD's format, only the covered rows, and the covered columns where a band lies beside
        the wide.
    """
    check_dvd("crop_core", dvd, layout)
    core, sides = layout.core, layout.sides()
    left = core.x if "left" in sides else 0
    right = core.right if "right" in sides else layout.dvd_size[0]
    if not core.h or right <= left:
        raise wrong("crop_core", "layout", "a DVD under the wide", layout.dvd)
    return _part(dvd, Rect(x=left, y=core.y, w=right - left, h=core.h))


def crop_bands(
    dvd: vs.VideoNode, layout: Layout, *, context_rows: int = 0, overlap_px: int = 0
) -> tuple[vs.VideoNode, ...]:
    """Cut out what the visible bands need, in whole DVD px.

    Args:
        dvd: conformed DVD, any format; subsampled chroma is brought to 4:4:4 where a row or a
            column is odd.
        layout: where it lies.
        context_rows: further DVD rows (columns, beside the wide) towards the core, for what looks
            at neighbours.
        overlap_px: canvas px that each band reaches into the wide.

    Returns:
        One clip a band in the order of ``layout.bands()``. Above and below the wide: the DVD's
        width, the band's rows and the context; a band of 275 canvas px at scale 4 is 69 rows and
        the context. Beside the wide: the band's columns and the context, the covered rows.
    """
    check_dvd("crop_bands", dvd, layout)
    clips = []
    width, height = layout.dvd_size
    for side, strip in layout.side_strips(overlap_px).items():
        part = layout.dvd_part(strip)
        left, right, top, bottom = part.x, part.right, part.y, part.bottom
        if side == "top":
            bottom = min(bottom + context_rows, height)
        elif side == "bottom":
            top = max(0, top - context_rows)
        elif side == "left":
            right = min(right + context_rows, width)
        else:
            left = max(0, left - context_rows)
        if side in ("top", "bottom"):
            left, right = 0, width
        clips.append(_part(dvd, Rect(x=left, y=top, w=right - left, h=bottom - top)))
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


def _part(dvd: vs.VideoNode, part: Rect) -> vs.VideoNode:
    down, across = 1 << dvd.format.subsampling_h, 1 << dvd.format.subsampling_w
    if part.y % down or part.h % down or part.x % across or part.w % across:
        full = dvd.format.replace(subsampling_w=0, subsampling_h=0)
        dvd = core.resize.Bicubic(dvd, format=full.id)
    return core.std.CropAbs(dvd, part.w, part.h, part.x, part.y)
