"""The likeliest sequence of cadences through a stream, where every change costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import lcm
from typing import Self

import numpy as np

from ...arrays.images import Floats, Ints, Mask

CHANGE_COST, START_COST = 9.0, 4.0  # of another cadence, and of one that is not as coded


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cadences:
    """Every cadence at every position, by the number of a field or frame modulo the period.

    Attributes:
        period: Of all of them together.
        cut: ``period x s``: the field is the last of its moment.
        repeat: ``period x s``: the field after the next repeats it.
        label: What each is called. The first is the stream as coded.
    """

    period: int
    cut: Mask
    repeat: Mask
    label: tuple[str, ...]

    @classmethod
    def of(cls, lengths: Mapping[tuple[int, ...], str]) -> Self:
        """Lay out cadences that are given by how many fields each moment lasts, over one cycle."""
        period = lcm(*(sum(cycle) for cycle in lengths))
        fields = np.arange(period)
        cuts, repeats, labels = [], [], []
        for cycle, label in lengths.items():
            whole = sum(cycle)
            ends = np.cumsum(cycle)
            last = np.isin(np.arange(whole), ends - 1)
            long = [end - n for end, n in zip(ends, cycle, strict=True) if n > 2]
            again = np.isin(np.arange(whole), long)
            for position in range(whole):
                at = (fields + position) % whole
                cuts.append(last[at])
                repeats.append(again[at])
                labels.append(label)
        return cls(
            period=period, cut=np.array(cuts).T, repeat=np.array(repeats).T, label=tuple(labels)
        )


def cadence_states(cadences: Cadences, cut: Floats, repeat: Floats) -> Ints:
    """Find the cadence at each of n fields or frames.

    Args:
        cadences: What there is to choose from.
        cut: Evidence that the field is the last of its moment; negative against it, 0 none.
        repeat: Evidence that the field after the next repeats it.

    Returns:
        Column of ``cadences`` per field.
    """
    length, count = len(cut), cadences.cut.shape[1]
    sign = np.where(cadences.cut, 1.0, -1.0).astype(np.float32)
    weight = cadences.repeat.astype(np.float32)
    came = np.empty((length, count), np.uint8)
    own = np.arange(count, dtype=np.uint8)
    score = np.full(count, -START_COST, np.float32)
    score[0] = 0
    for n in range(length):
        at = n % cadences.period
        best = int(np.argmax(score))
        changed = score < score[best] - CHANGE_COST
        came[n] = np.where(changed, best, own)
        score = np.maximum(score, score[best] - CHANGE_COST)
        score += sign[at] * cut[n] + weight[at] * repeat[n]
        score -= score.max()
    states = np.empty(length, np.int64)
    state = int(np.argmax(score))
    for n in range(length - 1, -1, -1):
        states[n] = state
        state = int(came[n, state])
    return states
