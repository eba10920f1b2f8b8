"""The picture inside bars, blanked edges and rows of noise, from a few numbers a row and column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.images import Floats
from ...pixels.rect import Rect

_PLACES, _APART_FRAMES = 6, 12
_ENOUGH_PX = 1000  # of a row or column: of longer ones every second, third, ... px is looked at
_BLACK_MARGIN = 0.045  # of full scale above black: MPEG noise in a bar stays below
_EDGE_STEP = 0.06  # a bar ends in a step at least this high
_MOST_CROP = 0.3  # of a side; a letterboxed 2.39:1 picture in 4:3 loses 22 % on each

# rows of noise at an edge, as head switching of tapes leaves them (8 of 576) or a line of captions
_MOST_NOISE = 0.03  # of the rows
_ROWS_BESIDE = 8
# in most frames each of them differs from the next this many times as much as rows of the picture
# beside them do, and by so much of full scale
_NOISE_TIMES, _LEAST_NOISE, _FRAMES_SHARE = 2.5, 0.02, 0.75

Profile = NDArray[np.floating[Any]]


class EdgeProfiles(NamedTuple):
    """What tells the edges of a frame.

    Attributes:
        rows: How bright each row gets, 0 (black) to 1.
        columns: How bright each column gets.
        steps: Mean difference of each row but the first from the one above it.
    """

    rows: Profile
    columns: Profile
    steps: Profile


def measure_active(clip: vs.VideoNode) -> Rect:
    """Decode a dozen frames of a clip and find their active picture, px."""
    lumas = []
    for n in _picks(clip.num_frames):
        with clip.get_frame(n) as frame:
            lumas.append(unit_luma(frame))
    return find_active(lumas)


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


def edge_profiles(luma: Floats) -> EdgeProfiles:
    """Return what tells the edges of a frame: luma of ``h x w``, 0 (black) to 1."""
    down, across = (max(1, side // _ENOUGH_PX) for side in luma.shape)
    narrow = np.ascontiguousarray(luma[:, ::across])
    rows, columns = np.percentile(narrow, 99, axis=1), np.percentile(luma[::down], 99, axis=0)
    steps = np.abs(np.diff(narrow, axis=0)).mean(axis=1)
    return EdgeProfiles(np.asarray(rows), np.asarray(columns), np.asarray(steps))


def active_of(profiles: Sequence[EdgeProfiles], *, tape: bool = False) -> Rect:
    """Find the active picture from the profiles of its frames; see ``find_active``.

    Args:
        profiles: Of some frames.
        tape: Whether rows of noise at the top and at the bottom are no picture either.
    """
    rows = np.maximum.reduce([each.rows for each in profiles])
    columns = np.maximum.reduce([each.columns for each in profiles])
    top, bottom = _blank(rows), _blank(rows[::-1])
    if tape:
        steps = np.stack([each.steps for each in profiles])
        top, bottom = max(top, _noise(steps)), max(bottom, _noise(steps[:, ::-1]))
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


def _noise(steps: Profile) -> int:
    """Rows of noise at the first edge: they are unlike each other, and the picture beside them."""
    most = max(1, int((steps.shape[1] + 1) * _MOST_NOISE))
    for count in range(most, 0, -1):
        own, beside = steps[:, :count], steps[:, count : count + _ROWS_BESIDE]
        least = np.maximum(_NOISE_TIMES * beside.max(axis=1), _LEAST_NOISE)
        if (own.min(axis=1) > least).mean() >= _FRAMES_SHARE:
            return count
    return 0


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
