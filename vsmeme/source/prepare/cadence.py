"""Which fields belong to one moment: the cadence of a stream, in runs, from combs and repeats.

Every cadence says of each pair of neighbouring fields whether it belongs to one moment or to two,
and which fields repeat the one before the last. The signs of the fields speak for or against it;
the sequence of cadences with the most evidence wins, where every change costs. So a still passage,
which says nothing, keeps the cadence of what surrounds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from ...arrays.images import Floats, Ints, Mask
from ..field_plan import FieldPlan, Run
from .cadence_path import Cadences, cadence_states
from .field_signs import FieldSigns

COMBED = 1.2
"""Combing from which fields show two moments. Measured on MPEG-2 films of 144 to 576 lines: up to
0.6 for one moment, from 1.7 for two, from 3.4 for two a 50th of a second apart."""
SLOPE, MOST = 1.5, 3.0  # evidence of a comb: times its logarithm, and at most
FULL_SAMPLES = 150  # moving samples from which a comb counts in full
REPEATED = 0.4  # of the changes around it: a field that changes less repeats
ORDER_SHARE = 0.1  # of a unit of logarithm a field: below it the claimed order stays
AROUND_FRAMES = 3  # each way
LEAST_SHARE = 0.02  # of the fields, for a cadence to be named
INTERLACED = "interlaced"
FIELDS = Cadences.of(
    {
        (2,): "progressive",
        (2, 3): "telecine",
        (2, 3, 3, 2): "telecine",
        (*(2,) * 11, 3): "24-in-25 pulldown",
        (1,): INTERLACED,
    }
)
SHIFTED = 1  # the position at which a frame of two fields begins with the later one
RATES = {"telecine": Fraction(4, 5), "24-in-25 pulldown": Fraction(24, 25)}


def find_cadence(signs: FieldSigns, *, top_first: bool = True) -> FieldPlan:
    """Decide which fields make which film frame.

    Args:
        signs: Of every frame of the stream.
        top_first: The order that the stream claims; another one is found where the signs say so.

    Returns:
        The plan: no field is left out that shows a moment of its own.
    """
    top_first = _earlier_top(signs, claimed=top_first)
    seen = _Evidence.of(signs, top_first=top_first)
    states = cadence_states(FIELDS, seen.cut, seen.repeat)
    cut = FIELDS.cut[np.arange(len(states)) % FIELDS.period, states]
    single = np.array([label == INTERLACED for label in FIELDS.label])[states]
    runs = _runs(seen, cut, single)
    cadence, rate = _named(states)
    return FieldPlan(cadence=cadence, top_first=top_first, runs=runs, rate=rate)


def _earlier_top(signs: FieldSigns, *, claimed: bool) -> bool:
    """The field order: fields that follow one another comb less than those three apart."""
    told = np.minimum(signs.moving[:, 1] / FULL_SAMPLES, 1)
    apart = np.log(np.maximum(signs.combs[:, 2], 1e-3) / np.maximum(signs.combs[:, 1], 1e-3))
    balance = float((apart * told).sum())
    unclear = abs(balance) < ORDER_SHARE * float(told.sum())
    return claimed if unclear else balance > 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Evidence:
    """What speaks for a cut behind each of 2n fields, and for a repeat of it; 0: nothing.

    Attributes:
        cut: Positive where the field and the next show two moments.
        repeat: Positive where the field after the next repeats it.
        combs: Combing of the field with the next, share of the motion.
    """

    cut: Floats
    repeat: Floats
    combs: Floats

    @classmethod
    def of(cls, signs: FieldSigns, *, top_first: bool) -> _Evidence:
        later = 1 if top_first else 2
        combs = signs.combs[:, [0, later]].reshape(-1)
        moving = signs.moving[:, [0, later]].reshape(-1)
        weight = np.minimum(moving / FULL_SAMPLES, 1)
        told = np.clip(SLOPE * np.log(np.maximum(combs, 1e-3) / COMBED), -MOST, MOST) * weight
        # that nothing combs says something only where the other neighbour would
        beside = np.pad(told, 1)
        beside = np.clip(np.maximum(beside[:-2], beside[2:]) / (MOST / 2), 0, 1)
        order = slice(None) if top_first else slice(None, None, -1)
        told_apart = np.minimum(signs.moving[:, :1] / FULL_SAMPLES, 1)
        repeats = _repeats(signs.changes[:, order])
        repeats = np.where(repeats < 0, repeats * told_apart, repeats)
        repeat = np.concatenate((repeats[1:], np.zeros((1, 2), np.float32)))
        return cls(
            cut=np.where(told < 0, told * beside, told).astype(np.float32),
            repeat=repeat.reshape(-1),
            combs=combs,
        )


def _repeats(changes: Floats) -> Floats:
    """Evidence that each field repeats that of the frame before, ``n x 2``."""
    reach = min(AROUND_FRAMES, len(changes) - 1)
    padded = np.pad(changes, ((reach, reach), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    usual = np.median(windows, axis=-1)
    # where the other field stands still as well, the whole frame does
    least = np.maximum(np.minimum(usual, changes[:, ::-1]), 1e-3)
    ratio = np.maximum(changes, 1e-3) / least
    return np.asarray(np.clip(-SLOPE * np.log(ratio / REPEATED), -MOST, MOST), np.float32)


def _runs(seen: _Evidence, cut: Mask, single: Mask) -> tuple[Run, ...]:
    """Choose two neighbouring fields of every moment.

    A field without a partner is interpolated if it is new; of truly interlaced fields that happens
    to the earlier one of every coded frame.
    """
    ends = np.flatnonzero(cut) + 1
    edges = [0, *(int(end) for end in ends if end < len(cut)), len(cut)]
    runs: list[list[int]] = []
    for start, end in pairwise(edges):
        if end - start == 1 and (start % 2 if single[start] else not _new(seen, start)):
            continue
        first = start
        if end - start > 2:
            first += int(np.argmin(seen.combs[start : end - 1]))
        second = first + (end - start > 1)
        last = runs[-1] if runs else None
        if last and (last[0] + 2 * last[2], last[1] + 2 * last[2]) == (first, second):
            last[2] += 1
        else:
            runs.append([first, second, 1])
    return tuple((a, b, n) for a, b, n in runs)


def _new(seen: _Evidence, field: int) -> bool:
    """Whether a field of its own is no repeat of one that lies two before or after it."""
    before = seen.repeat[field - 2] if field >= 2 else 0.0
    return max(float(before), float(seen.repeat[field])) <= 0


def _named(states: Ints) -> tuple[str, Fraction]:
    """What to call the whole, and how many film frames a coded frame holds."""
    share: dict[str, int] = {}
    for state, count in zip(*np.unique(states, return_counts=True), strict=True):
        label = "shifted fields" if state == SHIFTED else FIELDS.label[int(state)]
        share[label] = share.get(label, 0) + int(count)
    major = max(share, key=lambda label: share[label])
    parts = sorted(label for label in share if share[label] >= LEAST_SHARE * len(states))
    name = major if len(parts) < 2 else "hybrid: " + ", ".join(parts)
    return name, RATES.get(major, Fraction(1))
