"""Working on a part of a picture: checked masks, a cut-out, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import vapoursynth as vs

from ..memory import shared
from .rect import Rect

core = vs.core


def three(plane: vs.VideoNode) -> vs.VideoNode:
    """Return the first plane of a clip as all three planes of YUV 4:4:4, without a copy."""
    return core.std.ShufflePlanes([shared(plane)] * 3, planes=[0, 0, 0], colorfamily=vs.YUV)


def spliced(parts: Sequence[vs.VideoNode]) -> vs.VideoNode:
    """Return clips one after the other; a single one as it is."""
    return parts[0] if len(parts) == 1 else core.std.Splice(list(parts))


def cut(clip: vs.VideoNode, region: Rect | None) -> vs.VideoNode:
    """Return a part of a clip without subsampling; the whole clip for ``None``."""
    if region is None or (region.w, region.h) == (clip.width, clip.height):
        return clip
    return core.std.CropAbs(clip, region.w, region.h, region.x, region.y)


def surround(clip: vs.VideoNode, region: Rect, *, within: Rect) -> vs.VideoNode:
    """Return what fills a region as a part of a larger one, with 0 around it.

    Args:
        clip: Any format without subsampling, of the region's size.
        region: Where it lies, px.
        within: What to fill, px; it holds the region.

    Returns:
        The clip's format, of the larger region's size.
    """
    if region == within:
        return clip
    sides = region.x - within.x, within.right - region.right
    ends = region.y - within.y, within.bottom - region.bottom
    return core.std.AddBorders(clip, *sides, *ends, color=[0.0] * clip.format.num_planes)


def paste(clip: vs.VideoNode, patch: vs.VideoNode, region: Rect | None) -> vs.VideoNode:
    """Put a part back in its place; every other sample is copied.

    Args:
        clip: Any format without subsampling, ``w x h x n``.
        patch: The same format and length, of the region's size.
        region: Where it goes, px; ``None`` if the patch is the whole picture.

    Returns:
        The clip with the patch, and the clip's props.
    """
    if region is None:
        return patch
    frame = Rect(x=0, y=0, w=clip.width, h=clip.height)
    if region == frame:
        return core.std.CopyFrameProps(patch, clip)
    large = surround(patch, region, within=frame)
    inside = f"X {region.x} >= X {region.right} < and Y {region.y} >= and Y {region.bottom} < and"
    return core.akarin.Expr([shared(clip), large], f"{inside} y x ?")  # half the cost of stacking


def grid(areas: Sequence[Rect]) -> list[list[Rect]]:
    """Return disjoint rectangles that cover the same px, row by row from the top."""
    rows: list[list[Rect]] = []
    for top, bottom in pairwise(sorted({y for area in areas for y in (area.y, area.bottom)})):
        inside = [area for area in areas if area.y <= top and bottom <= area.bottom]
        columns = _joined([(area.x, area.right) for area in inside])
        above = rows[-1] if rows else []
        if above and above[0].bottom == top and columns == [(r.x, r.right) for r in above]:
            top = rows.pop()[0].y
        if columns:
            rows.append([Rect(x=a, y=top, w=b - a, h=bottom - top) for a, b in columns])
    return rows


def replaced(
    clip: vs.VideoNode, areas: Sequence[Rect], make: Callable[[Rect], vs.VideoNode]
) -> vs.VideoNode:
    """Replace parts of a picture; every other sample is copied.

    Args:
        clip: Any format without subsampling, ``w x h x n``.
        areas: What to replace, px.
        make: Called once for each rectangle of their `grid`; returns the clip's format and length,
            of the rectangle's size.

    Returns:
        The clip with its parts replaced, and the clip's props.
    """
    rows: list[vs.VideoNode] = []
    y = 0
    shared(clip)
    for row in grid(areas):
        top, bottom = row[0].y, row[0].bottom
        if top > y:
            rows.append(core.std.CropAbs(clip, clip.width, top - y, 0, y))
        cells, x = [], 0
        for rect in row:
            if rect.x > x:
                cells.append(core.std.CropAbs(clip, rect.x - x, bottom - top, x, top))
            cells.append(make(rect))
            x = rect.right
        if x < clip.width:
            cells.append(core.std.CropAbs(clip, clip.width - x, bottom - top, x, top))
        rows.append(core.std.StackHorizontal(cells) if len(cells) > 1 else cells[0])
        y = bottom
    if not rows:
        return clip
    if y < clip.height:
        rows.append(core.std.CropAbs(clip, clip.width, clip.height - y, 0, y))
    whole = core.std.StackVertical(rows) if len(rows) > 1 else rows[0]
    return core.std.CopyFrameProps(whole, clip)


def _joined(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Intervals in order, touching ones merged."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found
