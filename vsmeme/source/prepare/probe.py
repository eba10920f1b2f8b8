"""What a source file holds: size, rate, shape of its pixels, fields, active picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import vapoursynth as vs

from ...errors import UsageError
from ...memory import in_order
from ...pixels.rect import Rect
from ..colour_tags import SourceColour
from ..facts import SourceFacts
from ..fields import film_frames
from ..files import Role, open_video
from .active_picture import measure_active
from .measure_fields import measure_fields
from .measure_light import measure_light


def measure_source(
    path: Path,
    *,
    role: Role,
    crop: str | tuple[int, int, int, int] | None,
    cache: Path,
    colour: SourceColour = "auto",
    trim: tuple[int, int] | None = None,
) -> SourceFacts:
    """Measure a source; decodes a dozen frames, and all of them where its fields are in doubt.

    Args:
        path: The file.
        role: ``wide`` or ``dvd``.
        crop: ``auto``, the active picture as ``(x, y, w, h)``, px, or None for the whole frame.
        cache: Folder for the stream's index.
        colour: What the colours are, where the file's tags are wrong.
        trim: First frame and number of frames that are looked at; None for all.

    Returns:
        What was found.

    Raises:
        UsageError: Unreadable, too short, portrait, Dolby Vision profile 5, or 10 bit without tags
            that look like PQ.
    """
    clip = open_video(path, role=role, cache=cache, colour=colour)
    if trim:
        clip = clip[trim[0] : sum(trim)]
    if clip.num_frames < 2:
        raise UsageError(f"{path}: expected at least 2 frames, got {clip.num_frames}")
    if clip.width < clip.height:
        raise UsageError(f"{path}: expected a landscape picture, got {clip.width}x{clip.height}")
    with clip.get_frame(0) as frame:
        props: dict[str, Any] = dict(frame.props)
    light = measure_light(clip, path=path, role=role, colour=colour)
    sar = Fraction(int(props.get("_SARNum", 1)) or 1, int(props.get("_SARDen", 1)) or 1)
    fields = measure_fields(clip, role=role)
    clip = film_frames(clip, fields) if fields else clip
    squared = role == "wide" and not Fraction(98, 100) < sar < Fraction(102, 100)
    if squared:
        width, height = square_size(clip.width, clip.height, sar)
        clip, sar = vs.core.resize.Spline36(clip, width=width, height=height), Fraction(1)
    if crop == "auto":
        active = measure_active(clip)
    elif crop is None:
        active = Rect(x=0, y=0, w=clip.width, h=clip.height)
    else:
        active = _given_crop(path, role, crop, clip)
    return SourceFacts(
        path=path,
        width=clip.width,
        height=clip.height,
        frames=clip.num_frames,
        fps=_rate(clip),
        sar=sar,
        fields=fields,
        active=active,
        light=light,
        trim=trim,
        squared=squared,
    )


def square_size(width: int, height: int, sar: Fraction) -> tuple[int, int]:
    """Return the size at which a picture's px are square; no side of it shrinks; even numbers."""
    if sar >= 1:
        return 2 * round(width * sar / 2), height
    return width, 2 * round(height / sar / 2)


def _given_crop(
    path: Path, role: Role, crop: str | tuple[int, int, int, int], clip: vs.VideoNode
) -> Rect:
    rect = Rect.from_list(int(v) for v in crop)
    frame = Rect(x=0, y=0, w=clip.width, h=clip.height)
    if not frame.contains(rect) or not rect.area:
        raise UsageError(
            f"sources.{role}_crop: expected (x, y, w, h) inside the {clip.width}x{clip.height} "
            f"of {path}, got {rect.as_list()}"
        )
    return rect


def _rate(clip: vs.VideoNode) -> Fraction:
    if clip.fps.numerator:
        return Fraction(clip.fps.numerator, clip.fps.denominator)
    seconds = Fraction(0)
    for frame in in_order(clip[: min(clip.num_frames, 240)]):
        den = int(frame.props.get("_DurationDen", 24)) or 24
        seconds += Fraction(int(frame.props.get("_DurationNum", 1)), den)
    return (min(clip.num_frames, 240) / seconds).limit_denominator(1001)
