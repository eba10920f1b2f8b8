"""Frames before and after, moved onto the present one, for networks that look at several."""

from __future__ import annotations

import vapoursynth as vs

from ..errors import MissingError, wrong
from ..host import install_command
from ..source.files import BT601

core = vs.core

BLOCK_PX = 8


def move_neighbours(clip: vs.VideoNode, *, reach: int) -> tuple[vs.VideoNode, ...]:
    """Compensate the motion of the frames before and after.

    Where a block is not found, across a cut and beyond the ends, the present frame is taken.

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
        raise MissingError(f"mvutensils is not installed; run: {install_command()}")
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
