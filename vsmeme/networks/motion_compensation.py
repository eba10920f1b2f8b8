"""Frames before and after, moved onto the present one, for networks that look at several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import vapoursynth as vs

from ..errors import MissingError, wrong
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..source.files import BT601

core = vs.core

BLOCK_PX = 8
SEARCH_MARGIN_ROWS = 16  # DVD rows around a strip in which motion is looked for


def move_neighbours(clip: vs.VideoNode, *, reach: int) -> tuple[vs.VideoNode, ...]:
    """Compensate the motion of the frames before and after.

    Blocks that are not found again, and frames across a cut or beyond the ends, are those of the
    present frame.

    Args:
        clip: RGBS, w x h x n.
        reach: Frames before and after, each.

    Returns:
        ``2 * reach`` clips like ``clip``: one frame before, one after, two before, and so on.

    Raises:
        UsageError: Another format, or a reach below 1.
        MissingError: The motion plugin is not installed.
    """
    if clip.format.id != vs.RGBS:
        raise wrong("move_neighbours", "clip", "RGBS", clip.format.name)
    if reach < 1:
        raise wrong("move_neighbours", "reach", "1 or more", reach)
    if not hasattr(core, "mvu"):
        raise MissingError("mvutensils is not installed; run: uv sync")
    size = [BLOCK_PX, BLOCK_PX]
    half = [BLOCK_PX // 2, BLOCK_PX // 2]
    plain = core.resize.Point(clip, format=vs.YUV444P16, matrix=BT601, range=vs.RANGE_LIMITED)
    levels = core.mvu.Super(plain, blksize=size, overlap=half, pel=2)
    moved = []
    for step in range(1, reach + 1):
        for delta in (-step, step):
            vectors = core.mvu.Analyse(levels, blksize=size, overlap=half, delta=delta)
            there = core.mvu.Compensate(plain, levels, vectors)
            rgb = core.resize.Point(there, format=vs.RGBS)
            moved.append(core.std.CopyFrameProps(rgb, clip))
    return tuple(moved)


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
