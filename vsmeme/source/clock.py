"""When each frame of a file is shown, on the clock that its sound runs by."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import vapoursynth as vs

from .edit_list import edit_residue
from .files import index_kept
from .media.film_stream import film_track
from .media.script_film import open_script
from .media.script_names import SCRIPT_SUFFIX

core = vs.core
_UNKNOWN = -(1 << 63)  # AV_NOPTS_VALUE


def stream_times(path: Path, *, cache: Path | None = None) -> tuple[float, ...]:
    """Return when each frame of a file's video is shown, in seconds on the file's own clock.

    A disc times few frames; those between lie evenly.

    Args:
        path: What `open_stream` opens; entry n belongs to its frame n, which bears the number in
            the prop ``VsmemeStream``.
        cache: Folder for the index of the stream; without it, it is built again.
    """
    if path.suffix.lower() == SCRIPT_SUFFIX:
        shown = open_script(path)
        return filled_times({}, frames=shown.num_frames, length=1 / float(shown.fps or 24))
    with _quiet():
        told: Any = core.bs.VideoSource(
            str(path),
            track=film_track(path),
            exporttimestamps=1,
            showprogress=False,
            **index_kept(path, cache),
        )
    clip: vs.VideoNode = told["clip"]
    unit, late = told["timebasenum"] / told["timebaseden"], edit_residue(path)
    known = {n: t * unit + late for n, t in enumerate(told["timestamps"]) if t != _UNKNOWN}
    length = 1 / float(clip.fps) if clip.fps else 1 / 24
    return filled_times(known, frames=clip.num_frames, length=length)


def filled_times(known: dict[int, float], *, frames: int, length: float) -> tuple[float, ...]:
    """Fill in the times of frames that bear none.

    Args:
        known: Seconds by frame number, ascending.
        frames: How many frames there are.
        length: Seconds that a frame lasts where fewer than two times are known.
    """
    if not known:
        return tuple(n * length for n in range(frames))
    numbers = list(known)
    first, last = numbers[0], numbers[-1]
    if last > first:
        length = (known[last] - known[first]) / (last - first)
    times = [known[first] - (first - n) * length for n in range(first)]
    for here, there in pairwise(numbers):
        times += _evenly(known[here], known[there], there - here)
    return (*times, *(known[last] + (n - last) * length for n in range(last, frames)))


def _evenly(start: float, end: float, steps: int) -> Sequence[float]:
    return [start + (end - start) * n / steps for n in range(steps)]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back the warning that a function returns more than it declares."""
    logger = logging.getLogger("vapoursynth")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
