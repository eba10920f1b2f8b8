"""The field plan of an opened stream: what is looked at, and when a look at all of it is due."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import vapoursynth as vs

from ...memory import in_order
from ...progress import bar
from ..field_plan import FieldPlan
from ..fields import splits
from ..files import CODED_FIELDS, Role
from .cadence import find_cadence
from .field_signs import measure_signs
from .repeats import without_repeats

SD_LINES, MOST_LINES = 576, 1088  # beyond the second nothing is interlaced
FAST = Fraction(45)  # frames a second from which frames are looked at for repeats
_PLACES, _WINDOW_FRAMES = 3, 24


def measure_fields(clip: vs.VideoNode, *, role: Role) -> FieldPlan | None:
    """Decide which coded fields make the film's frames.

    A DVD is looked at as a whole, once. A wide and a DVD of more lines are, too, where the stream
    calls itself interlaced, runs fast, or combs in one of a few places.

    Args:
        clip: As `open_video` returns it.
        role: ``wide`` or ``dvd``.

    Returns:
        The plan; None where every coded frame is one of the film's.
    """
    if not _doubtful(clip, role):
        return None
    signs = measure_signs(_all(clip, role))
    top_first = _claim(clip) != int(vs.FIELD_BOTTOM)
    plan = find_cadence(signs, top_first=top_first) if splits(clip) else _as_coded(len(signs))
    plan = without_repeats(plan, signs, Fraction(clip.fps))
    return None if plan.as_coded and len(plan) == len(signs) else plan


def _as_coded(frames: int) -> FieldPlan:
    return FieldPlan(cadence="progressive", top_first=True, runs=((0, 1, frames),))


def _all(clip: vs.VideoNode, role: Role) -> Iterator[vs.VideoFrame]:
    frames = in_order(clip)
    yield from bar(frames, label=f"fields {role}", total=clip.num_frames)


def _claim(clip: vs.VideoNode) -> int:
    """What the stream says of its first frame."""
    with clip.get_frame(0) as frame:
        return int(str(frame.props.get(CODED_FIELDS, 0)))


def _doubtful(clip: vs.VideoNode, role: Role) -> bool:
    """Whether all of a stream has to be looked at."""
    if clip.fps and Fraction(clip.fps) > FAST:
        return True
    if clip.height > MOST_LINES or not splits(clip):
        return False
    if (role == "dvd" and clip.height <= SD_LINES) or _claim(clip):
        return True
    starts = np.linspace(0, max(clip.num_frames - _WINDOW_FRAMES, 0), _PLACES + 2)[1:-1]
    windows = [clip[int(start) : int(start) + _WINDOW_FRAMES] for start in starts]
    return any(not find_cadence(measure_signs(in_order(window))).as_coded for window in windows)
