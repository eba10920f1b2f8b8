"""What a source file holds: size, rate, shape of its pixels, cadence, active picture."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.images import Floats
from ...errors import UsageError
from ...pixels.rect import Rect
from ..facts import Cadence, SourceFacts
from ..files import Role, open_video, undo_telecine

_PLACES, _APART_FRAMES = 6, 12
_WINDOW_FRAMES = 20
_BLACK_MARGIN = 0.045  # of full scale above black: MPEG noise in a bar stays below
_EDGE_STEP = 0.06  # a bar ends in a step at least this high
_MOST_CROP = 0.3  # of a side; a letterboxed 2.39:1 picture in 4:3 loses 22 % on each
_COMB_STEP = 0.06  # of full scale between the lines of two fields
_COMBED_SHARE = 0.004  # of the samples: a frame counts as combed above this
_TRANSFERS = {16: "PQ (SMPTE 2084)", 18: "HLG"}

Profile = NDArray[np.floating[Any]]


def measure_source(
    path: Path, *, role: Role, crop: str | tuple[int, int, int, int] | None, cache: Path
) -> SourceFacts:
    """Measure a source; decodes a dozen frames and, for a DVD, a few runs of neighbours.

    Args:
        path: The file.
        role: ``wide`` or ``dvd``.
        crop: ``auto``, the active picture as ``(x, y, w, h)``, px, or None for the whole frame.
        cache: Folder for the stream's index.

    Returns:
        What was found.

    Raises:
        UsageError: Unreadable, too short, portrait, HDR, anamorphic wide, truly interlaced.
    """
    clip = open_video(path, role=role, cache=cache)
    if clip.num_frames < 2:
        raise UsageError(f"{path}: expected at least 2 frames, got {clip.num_frames}")
    if clip.width < clip.height:
        raise UsageError(f"{path}: expected a landscape picture, got {clip.width}x{clip.height}")
    with clip.get_frame(0) as frame:
        props: dict[str, Any] = dict(frame.props)
    _refuse_hdr(path, props)
    sar = Fraction(int(props.get("_SARNum", 1)) or 1, int(props.get("_SARDen", 1)) or 1)
    if role == "wide" and not Fraction(98, 100) < sar < Fraction(102, 100):
        raise UsageError(f"{path}: expected square pixels in the wide, got a ratio of {sar}")
    cadence: Cadence = "progressive"
    top_field_first = True
    if role == "dvd" and clip.height <= 576:
        cadence, top_field_first = _measure_cadence(clip, path)
    if cadence == "telecine":
        clip = undo_telecine(clip, top_field_first=top_field_first)
    if crop == "auto":
        active = find_active([_luma(clip, n) for n in _picks(clip.num_frames)])
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
        cadence=cadence,
        top_field_first=top_field_first,
        active=active,
    )


def _picks(frames: int) -> list[int]:
    """Frames to look at: pairs some frames apart at a few places, because seeking is slow."""
    places = np.linspace(0, frames - 1, _PLACES).astype(int)
    return sorted({min(int(n) + step, frames - 1) for n in places for step in (0, _APART_FRAMES)})


def find_active(lumas: Sequence[Floats]) -> Rect:
    """Find the active picture: what is left without bars and blanked edges.

    An edge is cut only where the rows or columns beyond it are black in every frame and end in a
    step; a dark but real edge stays.

    Args:
        lumas: Frames, ``h x w``, 0 (black) to 1.

    Returns:
        The picture, px.
    """
    return active_of([edge_profiles(luma) for luma in lumas])


def edge_profiles(luma: Floats) -> tuple[Profile, Profile]:
    """Return how bright each row and each column of a frame gets, 0 (black) to 1."""
    rows, columns = np.percentile(luma, 99, axis=1), np.percentile(luma, 99, axis=0)
    return np.asarray(rows), np.asarray(columns)


def active_of(profiles: Sequence[tuple[Profile, Profile]]) -> Rect:
    """Find the active picture from the profiles of its frames; see ``find_active``."""
    rows = np.maximum.reduce([pair[0] for pair in profiles])
    columns = np.maximum.reduce([pair[1] for pair in profiles])
    top, bottom = _blank(rows), _blank(rows[::-1])
    left, right = _blank(columns), _blank(columns[::-1])
    return Rect(x=left, y=top, w=len(columns) - left - right, h=len(rows) - top - bottom)


def _blank(profile: NDArray[np.floating[Any]]) -> int:
    most = int(len(profile) * _MOST_CROP)
    bright = np.flatnonzero(profile > _BLACK_MARGIN)
    if not len(bright) or not 0 < bright[0] <= most:
        return 0
    edge = int(bright[0])
    inside = float(np.max(profile[edge : edge + 3]))
    return edge if inside - float(np.max(profile[:edge])) > _EDGE_STEP else 0


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


def _refuse_hdr(path: Path, props: dict[str, Any]) -> None:
    transfer = int(props.get("_Transfer", 2))
    if transfer in _TRANSFERS or int(props.get("_Primaries", 2)) == 9:
        kind = _TRANSFERS.get(transfer, "BT.2020")
        raise UsageError(
            f"{path}: {kind} is not accepted; tone-map it to BT.709 SDR first "
            "(libplacebo's tonemap, or the SDR release of the film)"
        )


def _rate(clip: vs.VideoNode) -> Fraction:
    if clip.fps.numerator:
        return Fraction(clip.fps.numerator, clip.fps.denominator)
    seconds = Fraction(0)
    for frame in clip[: min(clip.num_frames, 240)].frames(close=True):
        den = int(frame.props.get("_DurationDen", 24)) or 24
        seconds += Fraction(int(frame.props.get("_DurationNum", 1)), den)
    return (min(clip.num_frames, 240) / seconds).limit_denominator(1001)


def _luma(clip: vs.VideoNode, n: int) -> Floats:
    with clip.get_frame(n) as frame:
        return unit_luma(frame)


def unit_luma(frame: vs.VideoFrame) -> Floats:
    """Return the luma of a frame, 0 (black) to 1."""
    plane = np.asarray(frame[0]).astype(np.float32)
    if frame.format.sample_type == vs.FLOAT:
        return plane
    peak = (1 << frame.format.bits_per_sample) - 1
    full = int(frame.props.get("_Range", 0)) == int(vs.RANGE_FULL)
    if full or frame.format.color_family == vs.RGB:
        return plane / np.float32(peak)
    step = np.float32(1 << (frame.format.bits_per_sample - 8))
    return (plane / step - np.float32(16)) / np.float32(219)


def combed_share(luma: Floats) -> float:
    """Return the share of samples that differ from both neighbour lines in the same direction.

    Lines two apart (of the same field) have to agree, so that fine detail does not count.

    Args:
        luma: One frame, ``h x w``, 0..1.
    """
    above, line, below = luma[1:-3], luma[2:-2], luma[3:-1]
    same_field = np.abs(luma[:-4] - line) + np.abs(luma[4:] - line)
    step = np.float32(_COMB_STEP)
    lower, higher = line - step, line + step
    differs = ((above < lower) & (below < lower)) | ((above > higher) & (below > higher))
    return float(np.mean(differs & (same_field < step)))


def _measure_cadence(clip: vs.VideoNode, path: Path) -> tuple[Cadence, bool]:
    starts = np.linspace(0, max(clip.num_frames - _WINDOW_FRAMES, 0), 4).astype(int)
    parts = [clip[int(start) : int(start) + _WINDOW_FRAMES] for start in starts]
    combed = _combed(parts)
    if combed < 0.1:
        return "progressive", True
    if clip.format.id == vs.YUV420P8 and clip.height % 4 == 0:
        left = {
            top: _combed([vs.core.vivtc.VFM(part, order=int(top)) for part in parts])
            for top in (True, False)
        }
        top_field_first = left[True] <= left[False]
        if left[top_field_first] < combed / 4:
            return "telecine", top_field_first
    raise UsageError(
        f"{path}: truly interlaced ({combed:.0%} of the sampled frames are combed); "
        "deinterlace it first (QTGMC or bwdif, one frame a field pair) and give the result as dvd"
    )


def _combed(parts: Sequence[vs.VideoNode]) -> float:
    flags = [
        combed_share(unit_luma(frame)) > _COMBED_SHARE
        for part in parts
        for frame in part.frames(close=True)
    ]
    return float(np.mean(flags))
