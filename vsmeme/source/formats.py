"""Formats: the working format, RGB, conforming, and back to 4:2:0."""

from __future__ import annotations

from typing import Literal

import vapoursynth as vs

from ..errors import wrong
from ..pixels.rect import Rect
from .files import BT709

core = vs.core
WORKING = vs.YUV444P16
CONTEXT_PX = 12
"""What chroma upsampling looks at beyond a part, px: two samples of chroma, its siting, more."""


def crop(clip: vs.VideoNode, rect: Rect) -> vs.VideoNode:
    """Cut a rectangle out of a clip; a subsampled clip takes only rectangles on its chroma grid.

    Args:
        clip: Any constant format, ``w x h x n``.
        rect: What stays, in px of the clip.

    Returns:
        The same format, ``rect.w x rect.h x n``.
    """
    frame = Rect(x=0, y=0, w=clip.width, h=clip.height)
    if not frame.contains(rect) or not rect.area:
        raise wrong("crop", "rect", f"inside {clip.width}x{clip.height}", rect)
    step = (1 << clip.format.subsampling_w, 1 << clip.format.subsampling_h)
    if rect.x % step[0] or rect.y % step[1] or rect.w % step[0] or rect.h % step[1]:
        raise wrong(
            "crop", "rect", f"multiples of {step[0]}x{step[1]} for {clip.format.name}", rect
        )
    if rect == frame:
        return clip
    return core.std.CropAbs(clip, width=rect.w, height=rect.h, left=rect.x, top=rect.y)


def to_working(clip: vs.VideoNode) -> vs.VideoNode:
    """Bring a source to the working format; the only chroma upsampling of the pipeline.

    Args:
        clip: YUV of any subsampling, 8 to 16 bit, or RGB, with colour props.

    Returns:
        YUV444P16, BT.709 limited. A limited BT.709 source keeps every luma sample; it is only
        shifted to 16 bit.
    """
    return to_working_part(clip, Rect(x=0, y=0, w=clip.width, h=clip.height))


def to_working_part(clip: vs.VideoNode, part: Rect) -> vs.VideoNode:
    """Bring a part of a source to the working format: cut on the way, not afterwards.

    Args:
        clip: As for `to_working`.
        part: What is wanted, px of the clip; need not lie on the chroma grid.

    Returns:
        The same samples as those of `to_working`, ``part.w x part.h x n``.

    Raises:
        UsageError: The part is empty or leaves the picture.
    """
    frame = Rect(x=0, y=0, w=clip.width, h=clip.height)
    if not frame.contains(part) or not part.area:
        raise wrong("to_working_part", "part", f"inside {clip.width}x{clip.height}", part)
    if 4 * part.area < 3 * frame.area:
        # zimg would resample a small part at the source's depth, not at 16 bit
        left, top = (max(0, at - CONTEXT_PX) // 4 * 4 for at in (part.x, part.y))
        size = (-(-(part.right + CONTEXT_PX) // 4) * 4 - left,
                -(-(part.bottom + CONTEXT_PX) // 4) * 4 - top)  # fmt: skip
        near = Rect(x=left, y=top, w=size[0], h=size[1]).intersect(frame) or frame
        return crop(to_working(crop(clip, near)), part.shifted(-near.x, -near.y))
    return core.resize.Bicubic(
        clip,
        width=part.w,
        height=part.h,
        src_left=part.x,
        src_top=part.y,
        src_width=part.w,
        src_height=part.h,
        format=WORKING,
        matrix=BT709,
        transfer=BT709,
        primaries=BT709,
        range=vs.RANGE_LIMITED,
    )


def to_rgb(clip: vs.VideoNode) -> vs.VideoNode:
    """Bring a source to gamma-encoded RGB by its own matrix.

    Args:
        clip: YUV of any subsampling and depth, with colour props.

    Returns:
        RGBS, nominal range 0..1, primaries and transfer as they are.
    """
    return core.resize.Bicubic(clip, format=vs.RGBS)


def conform(
    clip: vs.VideoNode,
    *,
    active: Rect,
    size: tuple[int, int],
    window: tuple[float, float, float, float] | None = None,
) -> vs.VideoNode:
    """Bring the DVD's active picture to its conformed size, with one resample or none.

    Args:
        clip: The DVD as decoded, any YUV format.
        active: Active picture, px of the clip; need not lie on the chroma grid. Nothing outside
            it reaches the result.
        size: Conformed width and height; px become square here.
        window: Part of `active` that is brought to `size`, as x, y, w, h in px from its corner.

    Returns:
        The source's own format where it fits as it is; else YUV444P16 of the source's matrix,
        ``size x n``.
    """
    step = (1 << clip.format.subsampling_w, 1 << clip.format.subsampling_h)
    if active.x % step[0] or active.y % step[1] or active.w % step[0] or active.h % step[1]:
        clip = core.resize.Bicubic(clip, format=WORKING)
    clip = crop(clip, active)
    if (active.w, active.h) == size and window is None:
        return clip
    left, top, width, height = window or (0.0, 0.0, float(active.w), float(active.h))
    return core.resize.Spline36(
        clip,
        width=size[0],
        height=size[1],
        format=WORKING,
        src_left=left,
        src_top=top,
        src_width=width,
        src_height=height,
    ).std.RemoveFrameProps(["_SARNum", "_SARDen"])


def from_working(clip: vs.VideoNode, *, depth: Literal[8, 10] = 8) -> vs.VideoNode:
    """Leave the working format: one chroma subsampling, one dither.

    Args:
        clip: YUV444P16, BT.709 limited; 4:2:0 has no place for an odd last row or column: cut.
        depth: Bits per sample.

    Returns:
        YUV420P8 or YUV420P10, BT.709 limited, chroma sited left, square pixels.
    """
    if clip.format.id != WORKING:
        raise wrong("from_working", "clip", "YUV444P16", clip.format.name)
    even = core.std.Crop(clip, right=clip.width % 2, bottom=clip.height % 2)
    return core.resize.Bicubic(
        even,
        format=vs.YUV420P10 if depth == 10 else vs.YUV420P8,
        dither_type="ordered",
        chromaloc=vs.CHROMA_LEFT,
    ).std.SetFrameProps(_SARNum=1, _SARDen=1)
