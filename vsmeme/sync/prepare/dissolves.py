"""Dissolves: one picture becomes another over some frames, which are a mixture of both.

Three things tell them from motion and from changes of light (Alattar 1993 for the second): small
pictures go straight from the old to the new one at an even pace; in the middle detail has about
half of its energy; and the pictures before and after have no detail in common. A fade is none: its
one end shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ...arrays.images import Floats, Ints

HALF_WINDOWS = (5, 8, 13, 20, 30)  # frames: dissolves of 4 to some 50
LEAST_CODES = 5.0  # mean difference of the thumbs before and after
MIDDLE_MISS = 0.36  # of that, by which the middle may miss the mean of both
RAMP = (0.2, 0.8)  # shares of the new picture between which the pace is measured
LEAST_RAMP = 3  # frames in it: a cut has none
RAMP_MISS, OFF_MISS = 0.11, 0.42  # RMS off an even pace, and off the straight way, of the change
MOST_ALIKE = 0.5  # correlation of detail before and after
MOST_ENERGY = 0.72  # of detail in the middle, in shares of that before and after
FLAT_CODES = 2.0  # deviation of a thumb that shows nothing: what goes there or comes from it, fades
LEAST_DISSOLVE, MOST_DISSOLVE = 4, 60  # frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissolve:
    """Frames that mix two shots.

    Attributes:
        first: First mixed frame.
        end: First frame of the new shot alone.
        miss: How far it is from an ideal one, 0 for none.
    """

    first: int
    end: int
    miss: float

    def __len__(self) -> int:
        return self.end - self.first


def find_dissolves(thumbs: Floats, detail: Callable[[int], Floats]) -> list[Dissolve]:
    """Find dissolves in a run of frames.

    Args:
        thumbs: Small luma pictures, a row a frame, 8-bit codes.
        detail: Returns the band-passed picture of a frame.

    Returns:
        Those that are most like one, none over another, in order.
    """
    candidates: list[Dissolve] = []
    for half in HALF_WINDOWS:
        for centre in _centres(thumbs, half):
            made = _examined(thumbs, detail, centre, half)
            if made is not None:
                candidates.append(made)
    chosen: list[Dissolve] = []
    for one in sorted(candidates, key=lambda d: d.miss):
        if all(one.end <= other.first or one.first >= other.end for other in chosen):
            chosen.append(one)
    return sorted(chosen, key=lambda d: d.first)


def _centres(thumbs: Floats, half: int) -> Iterator[int]:
    """Frames about halfway between unlike pictures, and near the mean of both."""
    if len(thumbs) <= 2 * half:
        return
    before, after = thumbs[: -2 * half], thumbs[2 * half :]
    change = np.abs(after - before).mean(axis=1)
    miss = np.abs(thumbs[half:-half] - (before + after) / 2).mean(axis=1)
    fits = (change > LEAST_CODES) & (miss < MIDDLE_MISS * change)
    yield from (int(n) + half for n in np.flatnonzero(fits))


def _examined(
    thumbs: Floats, detail: Callable[[int], Floats], centre: int, half: int
) -> Dissolve | None:
    """The dissolve around a frame, if there is one within a window."""
    first, last = centre - half, centre + half
    way = thumbs[last] - thumbs[first]
    length = float(way @ way)
    from_old = thumbs[first : last + 1] - thumbs[first]
    share = (from_old @ way) / length
    inside = np.flatnonzero((share > RAMP[0]) & (share < RAMP[1]))
    if len(inside) < LEAST_RAMP or inside[-1] - inside[0] != len(inside) - 1:
        return None
    pace, start = np.polyfit(inside, share[inside], 1)
    if pace <= 0:
        return None
    begin, end = first + int(np.ceil(-start / pace)), first + int(np.floor((1 - start) / pace)) + 1
    if begin <= first or end > last or not LEAST_DISSOLVE <= end - begin <= MOST_DISSOLVE:
        return None
    if min(thumbs[n].std() for n in (begin - 1, end)) < FLAT_CODES:
        return None
    ideal = np.clip(start + pace * np.arange(len(share)), 0, 1)
    uneven = float(np.sqrt(((share - ideal) ** 2).mean()))
    off = from_old[inside] - share[inside, None] * way
    beside = float(np.sqrt((off**2).sum(axis=1).mean() / length))
    if uneven > RAMP_MISS or beside > OFF_MISS:
        return None
    energy, alike = _compared(detail, np.arange(begin, end), (begin - 1, end))
    if energy > MOST_ENERGY or alike > MOST_ALIKE:
        return None
    return Dissolve(first=begin, end=end, miss=uneven + beside + max(0.0, energy - 0.5))


def _compared(
    detail: Callable[[int], Floats], mixed: Ints, ends: tuple[int, int]
) -> tuple[float, float]:
    """Energy of detail in the middle, in shares of that at both ends; how alike the ends are."""
    old, new = (detail(n).ravel() for n in ends)
    both = float(old @ old), float(new @ new)
    third = len(mixed) // 3
    middle = [float((detail(int(n)) ** 2).sum()) for n in mixed[third : len(mixed) - third]]
    energy = float(np.median(middle)) / max(sum(both) / 2, 1e-6)
    return energy, float(old @ new) / max(float(np.sqrt(both[0] * both[1])), 1e-6)
