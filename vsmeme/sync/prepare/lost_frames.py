"""Wide frames that the DVD lacks: which they are, and what they hold instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays.images import Floats, Ints, Mask
from .band_scores import Scored
from .monotone_path import MOST_COPIES
from .repeated_frames import FROZEN, SAME, STANDS, motion_shown

# Halved and doubled: docs/benchmarks/constants.md.
WORSE_THAN_AROUND = 3.0  # times the local median of 1 - score
# a pair is told apart from its neighbours if they are at least this much worse
DISTINCT_RATIO = 0.5
CLEAR = 8e-4  # 1 - correlation of wide neighbours above which coding does not hide motion
# of the wide's motion, in a copy with little coding noise
STILL, COPY_RATIO, NOTHING = 2e-4, 0.5, 0.1
CAUGHT_UP = 1.35  # share of the wide's motion in the DVD's step over a lost frame
CUT = 0.3  # 1 - correlation of neighbours above which a shot begins
OTHER_SHOT = 5.0  # times worse: the frame before belongs to another shot
# mean luma difference, 8-bit codes, below which two pictures are hardly told apart after MPEG-2
INDISTINCT_CODES = 0.45
CLEARLY_WORSE = 1.3  # times 1 - score
LEAST_ERROR = 1e-4  # 1 - score: rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What a path does from row to row.

    Attributes:
        moves: 1 - correlation of each wide frame with the one before.
        held: Rows on the DVD frame of the row before.
        stands: Rows on another DVD frame that shows the picture of the row before once more.
        shown: Share of the wide's motion that the DVD shows.
    """

    moves: Floats
    held: Mask
    stands: Mask
    shown: Floats


def measure_steps(scored: Scored, path: Ints) -> Steps:
    """Compare what both films do from row to row along a path."""
    rows = np.arange(1, len(path))
    before, after = path[:-1], path[1:]
    shown = np.ones(len(path), np.float32)
    shown[1:], told = motion_shown(scored, path, rows, before, after)
    stepped = np.diff(path, prepend=path[0])
    near = (stepped > 0) & (stepped <= MOST_COPIES + 1)
    stands = np.append([False], told) & near & (shown < STANDS)
    return Steps(
        moves=scored.wide_change,
        held=(stepped == 0) & (np.arange(len(path)) > 0),
        stands=stands,
        shown=shown,
    )


def without_partner(scored: Scored, path: Ints, steps: Steps, level: Floats) -> Mask:
    """Find wide frames that the DVD lacks.

    There the path holds a DVD frame, or the DVD itself stands still, while the wide moves. Of the
    rows that share one picture the best keeps it (and one that begins a shot in both films); what
    beside them is much worse than the pairs around has lost its own.

    Args:
        scored: The band.
        path: DVD frame per wide frame.
        steps: What the path does.
        level: Usual 1 - score around each frame.
    """
    scores = scored.at(path)
    missing = np.zeros(len(path), np.bool_)
    next_held = np.append(steps.held[1:], [False])
    cut = (steps.moves > CUT) & (scored.dvd_change[path] > CUT)
    pinned = cut & ~next_held & (1 - scores < WORSE_THAN_AROUND * level)
    edges = np.flatnonzero(~_one_picture(scored, path, steps))
    for first, last in zip(edges, np.append(edges[1:], len(path)), strict=True):
        if last - first < 2:
            continue
        run = np.arange(first, last)
        # every row against the same pictures, for some are coded better than others
        likeness = sum(scored.at(np.full(len(run), path[at]), run) for at in (first, last - 1))
        missing[run] = (run != run[int(np.argmax(likeness))]) & ~pinned[run]
    beside = missing | np.roll(missing, 1) | np.roll(missing, -1)
    return np.asarray(missing | (worse(scores, steps.moves, level) & beside))


def _one_picture(scored: Scored, path: Ints, steps: Steps) -> Mask:
    """Rows that show the picture of the row before, although the wide has moved.

    In slow passages an encoder leaves motion out; there the DVD has to stand quite still, or to
    catch up with the next frame.
    """
    change = scored.dvd_change[path]
    quite = (steps.moves > STILL) & (change < COPY_RATIO * steps.moves) & (steps.shown < NOTHING)
    catches_up = np.append(steps.shown[1:] > CAUGHT_UP, [False])
    stands = steps.stands & ((steps.moves > CLEAR) | (change < SAME) | quite | catches_up)
    return np.asarray(stands | (steps.held & (steps.moves > FROZEN)))


def worse(scores: Floats, moves: Floats, level: Floats) -> Mask:
    """Pairs much worse than those around, and hardly better than their neighbours would be."""
    error = 1 - scores
    nearest = DISTINCT_RATIO * np.minimum(moves, np.append(moves[1:], np.float32(1.0)))
    return np.asarray((error > WORSE_THAN_AROUND * level) & (error > nearest))


def hold_nearest(scored: Scored, path: Ints, missing: Mask) -> Ints:
    """Give frames without a partner the DVD frame of the nearest pair.

    The nearest in time; on a tie the earlier one, unless only the later one can hardly be told
    from the frame itself; never one of another shot.

    Args:
        scored: The band.
        path: DVD frame per wide frame.
        missing: Which of them lack a partner.

    Returns:
        DVD frame per wide frame, never falling.
    """
    rows = np.arange(len(path))
    earlier, later = _pairs_around(missing)
    before, after = (
        np.maximum(1 - scored.at(path[side]), LEAST_ERROR) for side in (earlier, later)
    )
    total = np.cumsum(scored.wide_codes)
    like_earlier = total[rows] - total[earlier] < INDISTINCT_CODES
    like_later = total[later] - total[rows] < INDISTINCT_CODES
    only_later = like_later & ~like_earlier & (before > CLEARLY_WORSE * after)
    sooner = np.abs(later - rows) - np.abs(rows - earlier)
    cuts = np.cumsum(scored.wide_change > CUT)
    take_later = (sooner < 0) | ((sooner == 0) & only_later)
    take_later |= (before > OTHER_SHOT * after) & (cuts[rows] > cuts[earlier])
    take_later &= ~((after > OTHER_SHOT * before) & (cuts[later] > cuts[rows]))
    return np.maximum.accumulate(np.where(take_later, path[later], path[earlier]))


def _pairs_around(missing: Mask) -> tuple[Ints, Ints]:
    """Rows of the pair before and of the pair after each row; the same where there is only one.

    A row that is no gap is its own, and so is every row if there is no pair at all.
    """
    rows = np.arange(len(missing))
    known = np.flatnonzero(~missing)
    if not len(known):
        return rows, rows
    after = np.searchsorted(known, rows)
    before = np.searchsorted(known, rows, side="right") - 1
    return known[np.maximum(before, 0)], known[np.minimum(after, len(known) - 1)]


def first_copies(scored: Scored, path: Ints, missing: Mask, copies: Mask) -> Ints:
    """Take the first of several DVD frames that are one picture, where a partner shows it first.

    Args:
        scored: The band.
        path: DVD frame per wide frame.
        missing: Which of them lack a partner.
        copies: Which DVD frames are copies of the one before, for the whole DVD.
    """
    original = np.maximum.accumulate(np.where(copies, 0, np.arange(len(copies))))[path]
    known = np.flatnonzero(~missing)
    fresh = known[np.diff(original[known], prepend=-1) > 0]
    # what the row itself would lose by it, against what the wide moves
    loss = scored.at(path) - scored.at(original)
    fresh = fresh[loss[fresh] < DISTINCT_RATIO * np.maximum(scored.wide_change[fresh], SAME)]
    result = path.copy()
    result[fresh] = original[fresh]
    return result
