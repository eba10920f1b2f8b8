"""The monotone path through a band of similarities, and how sure each step of it is.

Rows are wide frames, columns are DVD frames. The band is ragged: row t covers DVD frames
`low[t]` to `low[t] + width[t] - 1`, and all rows lie one after the other in one flat array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Doubles, Floats, Ints, Mask

# Costs in nats. Measured on nine real pairs: a repeat is likelier than a jump.
# Halved and doubled: docs/benchmarks/constants.md.
REPEAT_COST = 4.0
JUMP_COST = 8.0
JUMP_FRAME_COST = 0.02
# A DVD frame that is a copy of the one before it shows nothing new: leaving it out is no jump.
COPY_COST = 2.0
MOST_COPIES = 8
# Confidence uses a weaker prior than the path itself; with the path's prior every still passage
# would look certain.
OPEN_REPEAT_COST = 2.0
OPEN_JUMP_COST = 4.0
OPEN_COPY_COST = 0.5
# A frame has thousands of pixels but MPEG noise is no Gaussian: above 150 it causes mistakes.
SAMPLES = 60.0
FLOOR = 1e-300
PAD = 2  # columns; a jump comes from two before the row's own first, or further back


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Which DVD frames each wide frame is compared with.

    Attributes:
        low: First DVD frame of each row, never falling.
        width: Number of DVD frames of each row.
        frames: Number of DVD frames in all.
    """

    low: Ints
    width: Ints
    frames: int

    @property
    def starts(self) -> Ints:
        """Where each row begins in a flat array, and the end of the last one."""
        return np.concatenate(([0], np.cumsum(self.width)))

    @property
    def jump_frame_cost(self) -> float:
        """Nats per frame jumped over; bounded so that no sum over a row overflows."""
        return min(JUMP_FRAME_COST, 300.0 / float(self.width.max()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From the columns of a row to those of the next; all count from the first row's first.

    Attributes:
        first: DVD frame of that first column.
        count: Columns of the first row.
        shift: Where the next row begins.
        width: Columns of the next row.
    """

    first: int
    count: int
    shift: int
    width: int

    @classmethod
    def into(cls, band: Band, row: int) -> Move:
        """Return the move into a row of a band from the row before it."""
        first = int(band.low[row - 1])
        return cls(
            first=first,
            count=int(band.width[row - 1]),
            shift=int(band.low[row]) - first,
            width=int(band.width[row]),
        )

    @property
    def length(self) -> int:
        """Columns of both rows together, and the padding."""
        return max(self.count, self.shift + self.width) + PAD

    def padded(self, value: Doubles, fill: float) -> Doubles:
        """Return the first row's values on all columns, behind the padding."""
        columns = np.full(self.length, fill)
        columns[PAD : PAD + self.count] = value
        return columns

    def before(self, frames: int) -> slice:
        """Return the padded columns that lie so many frames before those of the next row."""
        start = PAD + self.shift - frames
        return slice(start, start + self.width)

    def copies(self, copies: Mask) -> Mask:
        """Return which columns, without padding, are copies of the one before."""
        return copies[self.first : self.first + self.length - PAD]


def evidence(scores: Floats, *, samples: float = SAMPLES) -> Doubles:
    """Turn correlations into tempered log likelihoods against 'unrelated'.

    Args:
        scores: Normalised correlations, -1..1.
        samples: Effective number of independent samples in a frame.

    Returns:
        Nats, 0 for no correlation.
    """
    clipped = np.clip(scores.astype(np.float64), 0.0, 0.99999)
    return -0.5 * samples * np.log1p(-clipped * clipped)


def best_path(band: Band, gain: Doubles, copies: Mask) -> Ints:
    """Viterbi: the monotone path of the greatest evidence.

    Args:
        band: The rows.
        gain: Flat evidence in nats.
        copies: Which DVD frames are copies of the one before.

    Returns:
        DVD frame per row.
    """
    starts = band.starts
    rows = len(band.low)
    back = np.zeros(int(starts[-1]), np.int32)
    value = gain[starts[0] : starts[1]].copy()
    for row in range(1, rows):
        best, back[starts[row] : starts[row + 1]] = _step(band, row, value, copies)
        value = best + gain[starts[row] : starts[row + 1]]
    path = np.zeros(rows, np.int64)
    path[-1] = band.low[-1] + int(np.argmax(value))
    for row in range(rows - 1, 0, -1):
        path[row - 1] = back[starts[row] + path[row] - band.low[row]]
    return path


def _step(band: Band, row: int, value: Doubles, copies: Mask) -> tuple[Doubles, NDArray[np.int32]]:
    """Value and DVD frame of the best predecessor of every column of a row."""
    move, slope = Move.into(band, row), band.jump_frame_cost
    padded = move.padded(value, -np.inf)
    ramp = padded + slope * np.arange(len(padded))
    running = np.maximum.accumulate(ramp)
    fresh = np.zeros(len(padded), np.int64)
    risen = np.flatnonzero(running[1:] > running[:-1]) + 1
    fresh[risen] = risen
    leader = np.maximum.accumulate(fresh)
    here, step, jump = (move.before(frames) for frames in (0, 1, 2))
    best = running[jump] - (JUMP_COST + slope * np.arange(step.start, step.stop))
    source = leader[jump]
    stay = padded[here] - _repeat_costs(band, row, REPEAT_COST)
    bridged, origin = _best_over_copies(padded, move.copies(copies))
    held = np.arange(here.start, here.stop)
    for candidate, back in ((bridged[step], origin[step]), (stay, held)):
        better = candidate > best
        best = np.where(better, candidate, best)
        source = np.where(better, back, source)
    return best, (source - PAD + move.first).astype(np.int32)


def _best_over_copies(padded: Doubles, copies: Mask) -> tuple[Doubles, Ints]:
    """Best value at each column or before the copies that end there, and where it was."""
    best, origin = padded.copy(), np.arange(len(padded))
    at = np.flatnonzero(copies) + PAD
    for _ in range(MOST_COPIES):
        over = best[at - 1] - COPY_COST
        better = over > best[at]
        if not better.any():
            break
        here = at[better]
        best[here], origin[here] = over[better], origin[here - 1]
    return best, origin


def _sum_over_copies(values: Doubles, copies: Mask) -> Doubles:
    """Sum of each column and those before the copies that end there."""
    total = values.copy()
    at = np.flatnonzero(copies)
    at = at[at > 0]
    for _ in range(MOST_COPIES if len(at) else 0):
        total[at] = values[at] + np.exp(-OPEN_COPY_COST) * total[at - 1]
    return total


def _repeat_costs(band: Band, row: int, cost: float) -> Doubles:
    """Holding a frame costs, but not the first or the last of the film."""
    low, width = int(band.low[row]), int(band.width[row])
    costs = np.full(width, cost)
    if low == 0:
        costs[0] = 0.0
    if low + width == band.frames:
        costs[-1] = 0.0
    return costs


def posterior(band: Band, gain: Doubles, path: Ints, copies: Mask) -> Floats:
    """Forward-backward: how much of all likely paths goes through each pair of one path.

    Args:
        band: The rows.
        gain: Flat evidence in nats.
        path: DVD frame per row.
        copies: Which DVD frames are copies of the one before.

    Returns:
        0..1 per row.
    """
    starts = band.starts
    rows = len(band.low)
    ahead = np.zeros(int(starts[-1]))
    ahead[: starts[1]] = _weights(gain[: starts[1]])
    for row in range(1, rows):
        moved = _forward(band, row, ahead[starts[row - 1] : starts[row]], copies)
        part = moved * _weights(gain[starts[row] : starts[row + 1]])
        ahead[starts[row] : starts[row + 1]] = part / max(part.sum(), FLOOR)
    result = np.zeros(rows, np.float32)
    behind = np.ones(int(band.width[-1]))
    for row in range(rows - 1, -1, -1):
        both = ahead[starts[row] : starts[row + 1]] * behind
        result[row] = both[path[row] - band.low[row]] / max(both.sum(), FLOOR)
        if row:
            part = behind * _weights(gain[starts[row] : starts[row + 1]])
            behind = _backward(band, row, part / max(part.sum(), FLOOR), copies)
    return result


def _weights(gain: Doubles) -> Doubles:
    """Likelihoods of one row, the greatest 1."""
    return np.exp(np.maximum(gain - gain.max(), -600.0))


def _forward(band: Band, row: int, value: Doubles, copies: Mask) -> Doubles:
    """Sum over all predecessors of every column of a row."""
    move = Move.into(band, row)
    padded = move.padded(value, 0.0)
    here, step, jump = (move.before(frames) for frames in (0, 1, 2))
    stay = padded[here] * np.exp(-_repeat_costs(band, row, OPEN_REPEAT_COST))
    jumps = _decayed(padded, band.jump_frame_cost)
    steps = padded.copy()
    steps[PAD:] = _sum_over_copies(padded[PAD:], move.copies(copies))
    moved: Doubles = jumps[jump] + steps[step] + stay
    return moved


def _backward(band: Band, row: int, value: Doubles, copies: Mask) -> Doubles:
    """Sum over all successors of every column of the row before."""
    move = Move.into(band, row)
    own = slice(move.shift, move.shift + move.width)
    padded = np.zeros(move.length)  # the padding lies behind: successors come later
    padded[own] = value
    stay = padded.copy()
    stay[own] *= np.exp(-_repeat_costs(band, row, OPEN_REPEAT_COST))
    jumps = _decayed(padded[::-1], band.jump_frame_cost)[::-1]
    flags = np.zeros(len(padded), np.bool_)
    inside = copies[move.first : move.first + move.length]
    flags[: len(inside)] = inside
    steps = _sum_over_copies(padded[::-1], flags[::-1])[::-1]
    here, step, jump = (slice(frames, frames + move.count) for frames in (0, 1, 2))
    moved: Doubles = stay[here] + steps[step] + jumps[jump]
    return moved


def _decayed(values: Doubles, cost: float) -> Doubles:
    """Sum of all values up to each one, every frame of distance at a cost, plus the jump's own."""
    ramp = np.exp(cost * np.arange(len(values)))
    result: Doubles = np.cumsum(values * ramp) / ramp * np.exp(-OPEN_JUMP_COST - cost)
    return result
