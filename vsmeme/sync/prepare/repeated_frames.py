"""DVD frames that show one picture twice, told by coding or by the motion that they lack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Floats, Ints, Mask
from .band_scores import Scored

LEVEL_FRAMES = 24
# 1 - correlation of neighbours
SAME = 3e-5  # below it a DVD frame is a coded copy
FROZEN = 5e-5  # below it the wide stands still
# a copy is told from its neighbours where they move: this much less than these many around it
RATIO_AROUND, AROUND_FRAMES = 0.15, 4
# Share of the wide's motion that the DVD shows. Measured with MPEG-2 noise: 0.9 to 1.1 from frame
# to frame, -0.05 to 0.05 for a copy, 1.4 to 2 for the step after a lost frame; coarsely coded slow
# motion goes down to 0.25.
STANDS, MOVES = 0.2, 0.65
COPY = 0.35  # skipping a frame that is no copy costs less than keeping a copy
# independent samples in a frame of proxies, for how far coding noise moves that share
SAMPLES = 300.0
MOST_NOISE = 0.25
# two coded copies differ no more than this many times what pairs do
MOST_CHANGE = 2.5
MOST_STEPS = 4  # DVD frames between two wide frames, beyond which the share of one says nothing


def local_median(values: NDArray[np.floating], reach: int) -> Floats:
    """Median around each value, over ``reach`` each way."""
    reach = min(reach, max(1, len(values) // 2))
    padded = np.pad(values, reach, mode="reflect" if len(values) > reach else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(np.median(windows, axis=1), np.float32)


def local_level(scores: Floats) -> Floats:
    """Median of 1 - score around each pair, over ``LEVEL_FRAMES`` each way."""
    return local_median(np.maximum(1 - scores.astype(np.float64), 1e-5), LEVEL_FRAMES)


def coded_copies(change: Floats) -> Mask:
    """Find DVD frames that hardly differ from the one before, before anything is known of time.

    Args:
        change: 1 - correlation of each DVD frame with the one before it.
    """
    around = local_median(change, AROUND_FRAMES)
    copies = change < np.maximum(SAME, RATIO_AROUND * around)
    copies[0] = False
    return np.asarray(copies)


def motion_shown(
    scored: Scored, path: Ints, rows: Ints, before: Ints, after: Ints
) -> tuple[Floats, Mask]:
    """How much of the wide's motion into some rows the DVD shows between two of its frames.

    With unit pictures w and d it is (w1 - w0)(d1 - d0) / (w1 - w0)^2: noise of neither film counts.

    Args:
        scored: The band.
        path: DVD frame per wide frame, for how much pairs differ.
        rows: Wide frames; the motion is that from the frame before each.
        before: The DVD frame to start from, per row.
        after: The DVD frame to end at, later.

    Returns:
        The shares, about 1 where both films move alike, 0 where the DVD stands still; and which of
        them say something: the wide moves, more than coding noise could hide.
    """
    motion = np.maximum(scored.wide_change[rows], 1e-7)
    corners = (scored.at(after, rows), scored.at(before, rows - 1))
    crossed = (scored.at(before, rows), scored.at(after, rows - 1))
    shares = (corners[0] + corners[1] - crossed[0] - crossed[1]) / (2 * motion)
    change = scored.dvd_change[after]
    told = (motion > FROZEN) & (change - motion < MOST_NOISE**2 * SAMPLES * motion)
    told &= np.all([score != 0 for score in (*corners, *crossed)], axis=0)
    # a DVD that changes more than pairs differ does not stand still, wherever it goes
    level = local_level(scored.at(path))[rows]
    other = (shares < STANDS) & (change > np.maximum(MOST_CHANGE * level, STANDS * motion))
    return np.asarray(shares, np.float32), np.asarray(told & ~other)


def copies_along(scored: Scored, path: Ints) -> Mask:
    """Find copies by the motion that they lack where a path crosses them.

    Args:
        scored: The band.
        path: DVD frame per wide frame.

    Returns:
        Per DVD frame; by coding alone where the wide stands still or leaves frames out.
    """
    copies = coded_copies(scored.dvd_change)
    frames = np.arange(1, len(copies))
    rows = np.searchsorted(path, frames)
    crossed = (rows > 0) & (rows < len(path))
    frames, rows = frames[crossed], rows[crossed]
    steps = path[rows] - path[rows - 1]
    shares, told = motion_shown(scored, path, rows, frames - 1, frames)
    told &= steps <= MOST_STEPS
    copies[frames[told & (shares * steps < COPY)]] = True
    copies[frames[told & (shares * steps > MOVES)]] = False
    return copies
