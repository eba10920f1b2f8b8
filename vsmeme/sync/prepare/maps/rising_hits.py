"""Which of many comparisons hold together: in both films, time only goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ....arrays.images import Doubles, Ints, Mask
from ..monotone_path import evidence
from .masked_search import MaskedHit

PIECE_FRAMES = 24  # of a long shot, one of which is compared
SAMPLES, LEAST_SIGHT = 30.0, 0.6  # independent samples in a frame; correlation that counts

Span = tuple[int, int]


def middle_frames_of(pieces: Sequence[Span], low: int, high: int) -> Iterator[tuple[int, Span]]:
    """Yield the DVD frames to compare with between two limits, and the shot of each."""
    for first, last in pieces:
        a, b = max(first, low), min(last, high + 1)
        if b - a >= min(3, last - first):
            for n in middle_frames((a, b)):
                yield n, (first, last)


def middle_frames(span: Span) -> list[int]:
    """Return the frame in the middle of a shot, or of each of its parts where it is long."""
    parts = np.array_split(np.arange(*span), max(1, round((span[1] - span[0]) / PIECE_FRAMES)))
    return [int(part[len(part) // 2]) for part in parts]


def rising_hits(rows: Sequence[Sequence[MaskedHit | None]]) -> list[int | None]:
    """Choose rising columns, one a row or ``None``, so that their evidence is greatest."""
    count = len(rows[0])
    value = np.zeros(count + 1)  # column 0: nothing yet
    backs: list[Ints] = []
    taken: list[Mask] = []
    for row in rows:
        gains = np.array([_gain(sight) for sight in row])
        running, back = _running_best(value)
        fresh = running[1:] + gains
        better = fresh > value[1:]
        backs.append(np.concatenate(([0], back[1:])))
        taken.append(np.concatenate(([False], better)))
        value = np.concatenate((value[:1], np.where(better, fresh, value[1:])))
    at = int(np.argmax(value))
    chosen: list[int | None] = []
    for back, better in zip(reversed(backs), reversed(taken), strict=True):
        if better[at]:
            chosen.append(at - 1)
            at = int(back[at])
        else:
            chosen.append(None)
    return chosen[::-1]


def _gain(sight: MaskedHit | None) -> float:
    if sight is None or sight.score < LEAST_SIGHT:
        return -np.inf
    least = evidence(np.array([LEAST_SIGHT], np.float32), samples=SAMPLES)[0]
    return float(evidence(np.array([sight.score], np.float32), samples=SAMPLES)[0] - least)


def _running_best(value: Doubles) -> tuple[Doubles, Ints]:
    """Best value at or before each column, and where it was."""
    running = np.maximum.accumulate(value)
    fresh = np.where(value >= running, np.arange(len(value)), 0)
    return running, np.maximum.accumulate(fresh)


def longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of some pairs in which the DVD never steps back."""
    best: list[int] = []
    back: list[int] = []
    for i, (_, dvd) in enumerate(pairs):
        before = [j for j in range(max(0, i - 64), i) if pairs[j][1] <= dvd]
        link = max(before, key=lambda j: best[j], default=-1)
        best.append(1 + (best[link] if link >= 0 else 0))
        back.append(link)
    at = int(np.argmax(best)) if best else -1
    chosen = []
    while at >= 0:
        chosen.append(pairs[at])
        at = back[at]
    return chosen[::-1]
