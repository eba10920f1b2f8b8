"""What the path is worth: which frames lack a partner, which pairs are sure, or no match at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from .fingerprint import BLOCK_FRAMES, Film, Floats
from .path import Ints
from .proxyfit import View

Flags = NDArray[np.bool_]

SURE_POSTERIOR = 0.95
SURE_SCORE = 0.8
WORSE_THAN_AROUND = 3.0  # times the local median of 1 - score
AROUND_FRAMES = 24
# a doubled DVD frame differs from its copy by coding alone, the wide by motion
COPY_RATIO = 0.5
# 1 - correlation of neighbours
SAME = 3e-5  # below it a DVD frame is a coded copy
FROZEN = 5e-5  # below it the wide stands still
STILL = 2e-4  # below it the wide hardly moves
CUT = 0.3  # above it a shot begins
OTHER_SHOT = 5.0  # times worse: the frame before belongs to another shot
LEAST_SCORE = 0.5
SHORT_SCORE = 0.9  # a handful of frames has to be this much alike to count as an overlap at all
LEAST_MOTION_SCORE = 0.6  # true pairs stay above 0.8, other moments of a scene below 0.53
LEAST_MOVING = 4  # frames
LEAST_FRAMES = 12
MOTION_FRAMES = 3
MOVING = 0.004  # 1 - correlation over MOTION_FRAMES above which a frame counts as moving


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """How much each film changes from frame to frame: 1 - correlation with the frame before."""

    wide: Floats
    dvd: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the refusal goes by.

    Attributes:
        score: Median correlation over the frames that are alike at all, -1..1.
        motion: Correlation of frame differences along the path over moving frames, -1..1.
        moving: Number of moving frames that it was taken from.
    """

    score: float
    motion: float
    moving: int


def local_level(scores: Floats) -> Floats:
    """Median of 1 - score around each pair, over ``AROUND_FRAMES`` each way."""
    worse = np.maximum(1 - scores.astype(np.float64), 1e-5)
    reach = min(AROUND_FRAMES, max(1, len(worse) // 2))
    padded = np.pad(worse, reach, mode="reflect" if len(worse) > reach else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(np.median(windows, axis=1), np.float32)


def without_partner(dvd: Ints, scores: Floats, change: Neighbours, level: Floats) -> Flags:
    """Find wide frames that the DVD lacks.

    There the path holds a DVD frame, or the DVD stands still itself (a doubled frame) while the
    wide moves. Of the frames that share one picture the best one keeps it (and one that begins a
    shot in both films); what beside them is much worse than the pairs around has lost its own.

    Args:
        dvd: DVD frame per wide frame.
        scores: Correlation per wide frame.
        change: Change from frame to frame along the path.
        level: Usual 1 - score around each frame.
    """
    missing = np.zeros(len(dvd), np.bool_)
    stepped = np.diff(dvd, prepend=dvd[0] - 1)
    copied = (stepped == 1) & (change.dvd < COPY_RATIO * change.wide) & (change.wide > STILL)
    same = copied | ((stepped == 0) & (change.wide > FROZEN))
    same[0] = False
    pinned = (stepped == 1) & (change.wide > CUT) & (change.dvd > CUT)
    edges = np.flatnonzero(~same)
    for first, last in zip(edges, np.append(edges[1:], len(dvd)), strict=True):
        if last - first < 2:
            continue
        run = np.arange(first, last)
        missing[run] = (run != run[int(np.argmax(scores[run]))]) & ~pinned[run]
    worse = 1 - scores > WORSE_THAN_AROUND * level
    beside = missing | np.roll(missing, 1) | np.roll(missing, -1)
    return np.asarray(missing | (worse & beside))


def first_copies(dvd: Ints, change: Floats) -> Ints:
    """Take the first of two DVD frames that are the same picture.

    Args:
        dvd: DVD frame per wide frame.
        change: 1 - correlation of each DVD frame with the one before it, for the whole DVD.
    """
    copy = change < SAME
    copy[1:] &= ~copy[:-1]
    copy[0] = False
    return np.where(copy[dvd], dvd - 1, dvd)


def hold_nearest(dvd: Ints, missing: Flags, scores: Floats, after: Floats) -> Ints:
    """Give frames without a partner the DVD frame of the nearest pair in time, earlier on a tie.

    Args:
        dvd: DVD frame per wide frame.
        missing: Which of them lack a partner.
        scores: Correlation with the pair before each gap, per wide frame.
        after: Correlation with the pair after it.

    Returns:
        DVD frame per wide frame, never falling.
    """
    known = np.flatnonzero(~missing)
    if not len(known):
        return dvd
    rows = np.arange(len(dvd))
    right = np.clip(np.searchsorted(known, rows), 0, len(known) - 1)
    left = np.clip(right - 1, 0, len(known) - 1)
    left = np.where(known[right] == rows, right, left)
    earlier, later = known[left], known[right]
    earlier = np.where(earlier > rows, later, earlier)
    later = np.where(later < rows, earlier, later)
    take_later = later - rows < rows - earlier
    take_later |= (1 - scores) > OTHER_SHOT * np.maximum(1 - after, 1e-4)
    take_later &= ~((1 - after) > OTHER_SHOT * np.maximum(1 - scores, 1e-4))
    return np.maximum.accumulate(np.where(take_later, dvd[later], dvd[earlier]))


def sure(
    posterior: Floats, scores: Floats, change: Neighbours, level: Floats, missing: Flags
) -> Flags:
    """Which pairs are confident.

    Hardly any other path is likely, the pair is about as good as those around it, and the wide
    moves before or after it: in a frozen picture neighbours are interchangeable.
    """
    good = (posterior > SURE_POSTERIOR) & (scores > SURE_SCORE) & ~missing
    after = np.append(change.wide[1:], np.float32(1.0))
    moves = np.minimum(change.wide, after) > FROZEN
    moves[0] = after[0] > FROZEN
    return np.asarray(good & moves & (1 - scores <= WORSE_THAN_AROUND * level))


def weigh(wide: Film, dvd: Film, view: View, path: Ints, scores: Floats, rows: range) -> Evidence:
    """Test the path: the same scene at another moment correlates, but its motion does not.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        view: The refined map.
        path: DVD frame per wide frame.
        scores: Correlation per wide frame.
        rows: Which of them both films show.
    """
    inside = scores[rows.start : rows.stop]
    good = rows.start + np.flatnonzero(inside > LEAST_SCORE)
    picks = good[good < rows.stop - MOTION_FRAMES]
    picks = picks[np.linspace(0, len(picks) - 1, min(len(picks), 400)).astype(np.int64)]
    found = []
    for first in range(0, len(picks), BLOCK_FRAMES):
        now = picks[first : first + BLOCK_FRAMES]
        later = now + MOTION_FRAMES
        w0, w1 = (view.wide_rows(np.stack([wide.proxies[n] for n in s])) for s in (now, later))
        d0, d1 = (view.dvd_rows(np.stack([dvd.proxies[n] for n in path[s]])) for s in (now, later))
        moving = ((w0 * w1).sum(axis=1) < 1 - MOVING) & (path[later] > path[now])
        a, b = (w1 - w0)[moving], (d1 - d0)[moving]
        length = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
        found += list((a * b).sum(axis=1) / np.maximum(length, 1e-6))
    alike = inside[inside > LEAST_SCORE]
    better = alike if len(alike) >= LEAST_FRAMES else np.sort(inside)[len(inside) // 2 :]
    motion = float(np.median(found)) if found else 0.0
    return Evidence(score=float(np.median(better)), motion=motion, moving=len(found))


def refuse(evidence: Evidence, *, matched: int, confident: int) -> None:
    """Refuse a match that is none.

    Args:
        evidence: Result of ``weigh``.
        matched: Number of frames that have a partner.
        confident: Number of pairs that are sure.

    Raises:
        UsageError: Unrelated films, another moment of the same scene, too short an overlap.
    """
    best = f"best score {evidence.score:.3f}, motion {evidence.motion:.3f}"
    unrelated = UsageError(f"the DVD does not show this film: no common passage found ({best})")
    if evidence.score < LEAST_SCORE:
        raise unrelated
    alike_only = evidence.motion < LEAST_MOTION_SCORE or not confident
    if evidence.moving >= LEAST_MOVING and alike_only:
        raise UsageError(
            "the DVD shows the same scene at another moment: pictures are alike, their motion is "
            f"not ({best})"
        )
    if matched >= LEAST_FRAMES:
        return
    if evidence.score < SHORT_SCORE:
        raise unrelated
    raise UsageError(
        f"the overlap is too short: {matched} frames match, at least {LEAST_FRAMES} are needed "
        f"({best})"
    )
