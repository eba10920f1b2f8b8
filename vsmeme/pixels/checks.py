"""Refusing masks, clips and regions that don't fit."""

from __future__ import annotations

import vapoursynth as vs

from ..errors import wrong
from .rect import Rect

MASK_FORMATS = (vs.GRAY8, vs.GRAY16)


def check_mask(function: str, parameter: str, mask: vs.VideoNode, clip: vs.VideoNode) -> None:
    """Refuse a mask that does not fit a clip (``std.MaskedMerge`` would take some in silence).

    Args:
        function: Name of the filter, for the message.
        parameter: Name of its parameter, for the message.
        mask: GRAY8 or GRAY16, full range, 0 is outside.
        clip: What it masks.

    Raises:
        UsageError: Format, size or length differ.
    """
    if mask.format.id not in MASK_FORMATS:
        raise wrong(function, parameter, "GRAY8 or GRAY16 of full range", mask.format.name)
    if (mask.width, mask.height) != (clip.width, clip.height):
        expected = f"{clip.width}x{clip.height} as the clip"
        raise wrong(function, parameter, expected, f"{mask.width}x{mask.height}")
    if mask.num_frames != clip.num_frames:
        raise wrong(function, parameter, f"{clip.num_frames} frames as the clip", mask.num_frames)


def check_working(function: str, clip: vs.VideoNode) -> None:
    """Refuse a clip that is not integer YUV without subsampling.

    Raises:
        UsageError: It is something else.
    """
    kind = clip.format
    if (
        kind.id == vs.NONE
        or kind.color_family != vs.YUV
        or kind.sample_type != vs.INTEGER
        or kind.subsampling_w
        or kind.subsampling_h
    ):
        raise wrong(function, "clip", "integer YUV 4:4:4, such as YUV444P16", kind.name)


def check_masked(
    function: str, clip: vs.VideoNode, mask: vs.VideoNode, *, spare: vs.VideoNode | None = None
) -> None:
    """Refuse a clip outside the working format, or masks that do not fit it.

    Raises:
        UsageError: It is one of these.
    """
    check_working(function, clip)
    check_mask(function, "mask", mask, clip)
    if spare is not None:
        check_mask(function, "spare", spare, clip)


def check_region(function: str, region: Rect | None, clip: vs.VideoNode) -> None:
    """Refuse a region that is empty or leaves the picture.

    Raises:
        UsageError: It does.
    """
    if region is None:
        return
    frame = Rect(x=0, y=0, w=clip.width, h=clip.height)
    if not region.area or not frame.contains(region):
        raise wrong(function, "region", f"a part of {clip.width}x{clip.height}", region.as_list())
