"""The subject's own colour where its soft edge is mixed with the background."""

from __future__ import annotations

import math

import vapoursynth as vs

from ..errors import wrong
from ..pixels.box_blur import box_blur
from ..pixels.checks import check_masked
from ..pixels.region import three

core = vs.core

PURE = 0.97  # of the mask: the subject alone is seen
STEPS = 6  # the window's reach in pixels of the size that means are made at
LEAST = 0.02  # of the window: with less of the subject in it, its colour is not known there


def edge_colour(clip: vs.VideoNode, mask: vs.VideoNode, *, reach_px: int) -> vs.VideoNode:
    """Give soft edges the mean colour of the subject nearby, for `recolour`'s ``own``.

    Args:
        clip: YUV444P8 to P16, ``w x h x n``.
        mask: GRAY8 or GRAY16, full range, ``w x h x n``.
        reach_px: How far from an edge the subject's colour is looked for, canvas px; 1 or more.

    Returns:
        The clip's format, size, length and props. Where the mask is full, the clip's samples; where
        it is soft, the mean of those within reach; where there are none, the clip's.

    Raises:
        UsageError: A format, size, length or value is not accepted.
    """
    check_masked("edge_colour", clip, mask)
    if reach_px < 1:
        raise wrong("edge_colour", "reach_px", "1 or more canvas px", reach_px)
    step = max(1, reach_px // STEPS)
    radius = max(1, reach_px // step)
    width, height = max(1, clip.width // step), max(1, clip.height // step)
    small = core.resize.Bilinear(clip, width, height, format=vs.YUV444P16)
    level = core.resize.Bilinear(mask, width, height, format=vs.GRAY16, range=vs.RANGE_FULL)
    inside = core.akarin.Expr(level, f"x {round(PURE * 65535)} >= 65535 0 ?")
    part = core.akarin.Expr([small, three(inside)], "y 0 > x 0 ?")
    shares, sums = (
        box_blur(one, across=min(radius, width - 1), down=min(radius, height - 1))
        for one in (inside, part)
    )
    known = three(shares)
    mean = core.akarin.Expr([sums, known, small], "y 0 > x 65535 * y / z ?")
    mean = core.resize.Bilinear(mean, clip.width, clip.height, format=clip.format.id)
    known = core.resize.Bilinear(known, clip.width, clip.height)
    pure = f"a {math.ceil(PURE * ((1 << mask.format.bits_per_sample) - 1))} >="
    seen = f"z {round(LEAST * 65535)} >="
    return core.akarin.Expr([clip, mean, known, three(mask)], f"{pure} x {seen} y x ? ?")
