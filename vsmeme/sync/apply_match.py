"""Apply a match table to clips, and show a match for the eye."""

from __future__ import annotations

from typing import Literal

import vapoursynth as vs

from ..errors import wrong
from ..pixels.frame_props import number_text, with_props
from ..source.fields import select_frames
from .timeline import Timeline

core = vs.core

WIDE_FRAME = "VsmemeWideFrame"
DVD_FRAME = "VsmemeDvdFrame"
SCORE = "VsmemeMatchScore"
CONFIDENT = "VsmemeMatchConfident"


def apply_match(
    clip: vs.VideoNode, table: Timeline, *, side: Literal["wide", "dvd"]
) -> vs.VideoNode:
    """Bring one source onto the common timeline: frame ``n`` is the frame of pair ``n``.

    Frames are only chosen, by native filters; any access order gives the same frames.

    Args:
        clip: Any constant or variable format, ``w x h x n``, with at least the frames that the
            table names.
        table: The match table.
        side: Which of the two sources the clip is.

    Returns:
        The same format, one frame per pair, at the frame rate of the wide, with the props
        ``VsmemeWideFrame``, ``VsmemeDvdFrame``, ``VsmemeMatchScore`` (-1..1) and
        ``VsmemeMatchConfident`` (0 or 1).

    Raises:
        UsageError: The clip is shorter than the table says, or the side is unknown.
    """
    if side not in ("wide", "dvd"):
        raise wrong("apply_match", "side", "wide or dvd", side)
    frames = table.frames(side)
    if frames[-1] >= clip.num_frames:
        raise wrong(
            "apply_match", "clip", f"at least {frames[-1] + 1} frames of {side}", clip.num_frames
        )
    chosen = select_frames(clip, frames)
    chosen = core.std.AssumeFPS(chosen, fpsnum=table.fps.numerator, fpsden=table.fps.denominator)
    return with_match_props(chosen, table)


def show_match(
    wide: vs.VideoNode, dvd: vs.VideoNode, table: Timeline, *, height: int = 360
) -> vs.VideoNode:
    """Lay the frames of each pair side by side with their numbers, for the eye.

    Args:
        wide: The wide as decoded, YUV or RGB with colour props, ``w x h x n``.
        dvd: The DVD as decoded, likewise.
        table: The match table.
        height: Height of both pictures, px.

    Returns:
        RGB24, ``height`` high, one frame per pair: the wide left, the DVD right.

    Raises:
        UsageError: A clip is shorter than the table says.
    """
    sides: list[vs.VideoNode] = []
    pairs: tuple[tuple[vs.VideoNode, Literal["wide", "dvd"]], ...] = ((wide, "wide"), (dvd, "dvd"))
    for clip, side in pairs:
        matched = apply_match(clip, table, side=side)
        width = max(2, round(clip.width * height / clip.height))
        small = core.resize.Bicubic(matched, width=width, height=height, format=vs.RGB24)
        sides.append(core.text.FrameProps(small, [WIDE_FRAME, DVD_FRAME, SCORE, CONFIDENT]))
    return core.std.StackHorizontal(sides)


def with_match_props(clip: vs.VideoNode, table: Timeline) -> vs.VideoNode:
    """Attach each pair's frames, score and confidence; frame ``n`` of the clip is pair ``n``."""
    # what stays the same for long goes by itself: both films' frames rise, mostly by one a pair
    told = with_props(clip, {SCORE: [number_text(pair.score) for pair in table.pairs]})
    told = with_props(told, {CONFIDENT: [str(int(pair.confident)) for pair in table.pairs]})
    told = with_props(told, {DVD_FRAME: [str(p.dvd - n) for n, p in enumerate(table.pairs)]})
    numbers = {WIDE_FRAME: f"N {table.pairs[0].wide} +", DVD_FRAME: f"N x.{DVD_FRAME} +"}
    return core.akarin.PropExpr(told, lambda: numbers)
