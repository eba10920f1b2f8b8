"""Numbers of each frame as frame props, from columns with an entry a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
import vapoursynth as vs

from ..errors import wrong
from .region import spliced

core = vs.core

SMALLEST = float(np.finfo(np.float32).tiny)
LONG_RUN = 24
"""Frames in a row with the same numbers that get a filter of their own: as large as twenty entries
of the other kind, 90 bytes each."""


def number_text(value: float) -> str:
    """Print for akarin: single precision, never the six decimals that it gives a float.

    It refuses numbers below the smallest normal one.
    """
    return format(value if abs(value) > SMALLEST else 0.0, ".9g")


def with_props(clip: vs.VideoNode, columns: Mapping[str, Sequence[str]]) -> vs.VideoNode:
    """Attach numbers to frames, without Python while they are made.

    Memory grows by the frames whose numbers change, not by the length of the film.

    Args:
        clip: Any format.
        columns: By name of the prop, one number as text for each frame; `number_text` writes it.

    Returns:
        The same samples with the props.

    Raises:
        UsageError: A column is not as long as the clip.
    """
    for name, column in columns.items():
        if len(column) != clip.num_frames:
            raise wrong("with_props", name, f"{clip.num_frames} numbers", len(column))
    parts = [
        _told(clip[first:end], {name: column[first:end] for name, column in columns.items()})
        for first, end in _stretches(columns)
    ]
    return spliced(parts) if parts else clip


def _stretches(columns: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Split the frames: long runs that stay the same, and what lies between them."""
    first = at = 0
    for _, run in groupby(zip(*columns.values(), strict=True)):
        length = sum(1 for _ in run)
        if length >= LONG_RUN:
            if at > first:
                yield first, at
            yield at, at + length
            first = at + length
        at += length
    if at > first:
        yield first, at


def _told(clip: vs.VideoNode, columns: Mapping[str, Sequence[str]]) -> vs.VideoNode:
    """Attach columns; one that stays the same is told once."""
    told = {
        name: column[0] if all(value == column[0] for value in column) else list(column)
        for name, column in columns.items()
    }
    return core.akarin.PropExpr(clip, lambda: told)
