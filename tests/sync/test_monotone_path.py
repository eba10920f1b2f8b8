"""The monotone path against enumeration of all paths on tiny bands."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme.sync.prepare import monotone_path as room
from vsmeme.sync.prepare.monotone_path import Band, best_path, evidence, posterior


@dataclass(frozen=True)
class Costs:
    """Nats of a repeat, of a jump and of a copy left out; which DVD frames are copies."""

    repeat: float
    jump: float
    copy: float
    copies: np.ndarray

    def of(self, band: Band, before: int, after: int) -> list[float]:
        """Nats of every way from one DVD frame to the next; none backwards."""
        if after < before:
            return []
        if after == before:
            return [0.0 if after in (0, band.frames - 1) else self.repeat]
        if after == before + 1:
            return [0.0]
        skipped = after - before - 1
        ways = [self.jump + band.jump_frame_cost * skipped]
        if self.copies[before + 1 : after].all():
            ways.append(self.copy * skipped)
        return ways


def all_paths(band: Band) -> list[tuple[int, ...]]:
    rows = [range(int(a), int(a + w)) for a, w in zip(band.low, band.width, strict=True)]
    return [p for p in product(*rows) if all(b >= a for a, b in pairwise(p))]


def evidence_of(band: Band, gain: np.ndarray, path: tuple[int, ...]) -> float:
    rows = zip(band.starts[:-1], path, band.low, strict=True)
    return float(sum(gain[start + d - low] for start, d, low in rows))


def value(band: Band, gain: np.ndarray, path: tuple[int, ...], costs: Costs) -> float:
    steps = (min(costs.of(band, a, b)) for a, b in pairwise(path))
    return evidence_of(band, gain, path) - sum(steps)


def weight(band: Band, gain: np.ndarray, path: tuple[int, ...], costs: Costs) -> float:
    ways = (sum(np.exp(-c) for c in costs.of(band, a, b)) for a, b in pairwise(path))
    return float(np.exp(evidence_of(band, gain, path)) * np.prod([1.0, *ways]))


@st.composite
def bands(draw: st.DrawFn) -> tuple[Band, np.ndarray, np.ndarray]:
    rows = draw(st.integers(1, 5))
    moves = draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows))
    low = np.cumsum(moves) - moves[0]
    width = np.array(draw(st.lists(st.integers(1, 5), min_size=rows, max_size=rows)))
    high = np.maximum.accumulate(low + width)
    band = Band(low=low, width=high - low, frames=int(high.max()) + draw(st.integers(0, 2)))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    copies = rng.random(band.frames) < draw(st.sampled_from((0.0, 0.3, 0.8)))
    return band, rng.normal(0, 6, int(band.starts[-1])), copies


@settings(max_examples=80, deadline=None)
@given(bands())
def test_best_of_all_paths(case: tuple[Band, np.ndarray, np.ndarray]) -> None:
    band, gain, copies = case
    costs = Costs(repeat=room.REPEAT_COST, jump=room.JUMP_COST, copy=room.COPY_COST, copies=copies)
    best = max(value(band, gain, p, costs) for p in all_paths(band))
    found = best_path(band, gain, copies)
    assert value(band, gain, tuple(int(d) for d in found), costs) == pytest.approx(best)


@settings(max_examples=80, deadline=None)
@given(bands())
def test_posterior_is_the_share_of_all_paths(case: tuple[Band, np.ndarray, np.ndarray]) -> None:
    band, gain, copies = case
    costs = Costs(
        repeat=room.OPEN_REPEAT_COST,
        jump=room.OPEN_JUMP_COST,
        copy=room.OPEN_COPY_COST,
        copies=copies,
    )
    paths = all_paths(band)
    weights = np.array([weight(band, gain, p, costs) for p in paths])
    found = best_path(band, gain, copies)
    likely = posterior(band, gain, found, copies)
    for row, dvd in enumerate(found):
        through = sum(w for p, w in zip(paths, weights, strict=True) if p[row] == dvd)
        assert likely[row] == pytest.approx(through / weights.sum(), abs=1e-5)


def test_evidence_grows_with_correlation_and_ignores_negatives() -> None:
    found = evidence(np.array([-0.9, 0.0, 0.5, 0.9, 0.99, 1.0], np.float32))
    assert found[0] == found[1] == 0
    assert np.all(np.diff(found[1:]) > 0)
    assert np.isfinite(found).all()


def test_long_jumps_stay_finite() -> None:
    """A band of thousands of columns neither overflows nor loses the path."""
    rows, frames = 40, 6000
    band = Band(low=np.zeros(rows, np.int64), width=np.full(rows, frames), frames=frames)
    gain = np.zeros((rows, frames))
    truth = np.where(np.arange(rows) < 20, np.arange(rows), 5000 + np.arange(rows))
    gain[np.arange(rows), truth] = 40.0
    none = np.zeros(frames, np.bool_)
    found = best_path(band, gain.ravel(), none)
    assert np.array_equal(found, truth)
    assert posterior(band, gain.ravel(), found, none).min() > 0.99


def test_equal_pictures_are_not_sure() -> None:
    """In a still passage every neighbour is as likely."""
    rows, frames = 30, 40
    band = Band(low=np.zeros(rows, np.int64), width=np.full(rows, frames), frames=frames)
    gain = np.full(rows * frames, 30.0)
    none = np.zeros(frames, np.bool_)
    assert posterior(band, gain, best_path(band, gain, none), none).max() < 0.9
