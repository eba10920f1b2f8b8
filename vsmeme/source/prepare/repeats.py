"""Whole frames that a stream repeats in a rhythm, to fit a film to its rate: left out."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np

from ..field_plan import FieldPlan
from .cadence import FULL_SAMPLES, MOST, REPEATED, SLOPE
from .cadence_path import Cadences, cadence_states
from .field_signs import FieldSigns

RHYTHMS: tuple[tuple[int, ...], ...] = ((2,), (2, 3), (4,), (5,), (1, 1, 1, 2), (*(1,) * 23, 2))
"""How often a frame is shown, over one cycle."""
KEPT = "kept"
FILM_RATES = Fraction(47, 2), Fraction(61, 2)
"""What may be left, frames a second: animation drawn every second frame stays as it is."""
AROUND_FRAMES = 6
USUAL_PERCENT = 75


def without_repeats(plan: FieldPlan, signs: FieldSigns, fps: Fraction) -> FieldPlan:
    """Leave out whole frames that are repeated in a rhythm that brings the rate to a film's.

    Args:
        plan: Any; only one that takes the frames as they are coded is changed.
        signs: Of every coded frame.
        fps: Rate of the coded frames.

    Returns:
        A plan in which every film frame appears once, or the same one.
    """
    rates = {rhythm: Fraction(len(rhythm), sum(rhythm)) for rhythm in RHYTHMS}
    labels = {
        rhythm: str(rate) if FILM_RATES[0] <= fps * rate <= FILM_RATES[1] else KEPT
        for rhythm, rate in rates.items()
    }
    if not plan.as_coded or set(labels.values()) == {KEPT} or len(signs) < AROUND_FRAMES:
        return plan
    cadences = Cadences.of({(1,): KEPT, **labels})
    cut = _new_pictures(signs)
    states = cadence_states(cadences, cut, np.zeros_like(cut))
    shares = dict.fromkeys(labels.values(), 0)
    for state in states:
        shares[cadences.label[state]] += 1
    rhythm = max(shares, key=lambda label: shares[label])
    if rhythm == KEPT:
        return plan
    kept = np.array([label == KEPT for label in cadences.label])[states]
    last = kept | cadences.cut[np.arange(len(states)) % cadences.period, states]
    starts = [0, *(int(n) + 1 for n in np.flatnonzero(last[:-1])), len(states)]
    runs: list[list[int]] = []
    for start, end in pairwise(starts):
        if runs and end - start == 1 and runs[-1][0] + 2 * runs[-1][2] == 2 * start:
            runs[-1][2] += 1
        else:
            runs.append([2 * start, 2 * start + 1, 1])
    return FieldPlan(
        cadence="repeated frames",
        top_first=plan.top_first,
        runs=tuple((a, b, n) for a, b, n in runs),
        rate=Fraction(rhythm),
    )


def _new_pictures(signs: FieldSigns) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Evidence that each frame's next one shows another moment."""
    change = np.maximum(signs.changes.mean(axis=1), 1e-3)
    reach = min(AROUND_FRAMES, len(change) - 1)
    padded = np.pad(change, reach, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    ratio = change / np.percentile(windows, USUAL_PERCENT, axis=-1)
    told = np.clip(SLOPE * np.log(ratio / REPEATED), -MOST, MOST)
    moves = np.minimum(signs.moving[:, 1] / FULL_SAMPLES, 1)
    found = np.where(told[1:] > 0, told[1:] * moves[:-1], told[1:])
    return np.append(found, 0).astype(np.float32)
