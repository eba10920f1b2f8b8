"""The monotone path against enumeration of all paths on tiny bands."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme.prepare import path as room
from vsmeme.prepare.path import Band, best_path, evidence, posterior


def step_cost(band: Band, before: int, after: int, *, repeat: float, jump: float) -> float:
    """Nats from one DVD frame to the next; infinite backwards."""
    if after < before:
        return float("inf")
    if after == before:
        return 0.0 if after in (0, band.frames - 1) else repeat
    if after == before + 1:
        return 0.0
    return jump + band.jump_frame_cost * (after - before - 1)


def all_paths(band: Band) -> list[tuple[int, ...]]:
    rows = [range(int(a), int(a + w)) for a, w in zip(band.low, band.width, strict=True)]
    return [p for p in product(*rows) if all(b >= a for a, b in pairwise(p))]


def value(band: Band, gain: np.ndarray, path: tuple[int, ...], **costs: float) -> float:
    total = sum(
        gain[start + d - low]
        for start, d, low in zip(band.starts[:-1], path, band.low, strict=True)
    )
    steps = pairwise(path)
    return float(total) - sum(step_cost(band, a, b, **costs) for a, b in steps)


@st.composite
def bands(draw: st.DrawFn) -> tuple[Band, np.ndarray]:
    rows = draw(st.integers(1, 5))
    moves = draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows))
    low = np.cumsum(moves) - moves[0]
    width = np.array(draw(st.lists(st.integers(1, 5), min_size=rows, max_size=rows)))
    high = np.maximum.accumulate(low + width)
    band = Band(low=low, width=high - low, frames=int(high.max()) + draw(st.integers(0, 2)))
    seed = draw(st.integers(0, 2**31))
    gain = np.random.default_rng(seed).normal(0, 6, int(band.starts[-1]))
    return band, gain


@settings(max_examples=60, deadline=None)
@given(bands())
def test_best_of_all_paths(case: tuple[Band, np.ndarray]) -> None:
    band, gain = case
    costs = {"repeat": room.REPEAT_COST, "jump": room.JUMP_COST}
    best = max(value(band, gain, p, **costs) for p in all_paths(band))
    found = best_path(band, gain)
    assert value(band, gain, tuple(int(d) for d in found), **costs) == pytest.approx(best)


@settings(max_examples=60, deadline=None)
@given(bands())
def test_posterior_is_the_share_of_all_paths(case: tuple[Band, np.ndarray]) -> None:
    band, gain = case
    costs = {"repeat": room.OPEN_REPEAT_COST, "jump": room.OPEN_JUMP_COST}
    paths = all_paths(band)
    weights = np.exp([value(band, gain, p, **costs) for p in paths])
    found = best_path(band, gain)
    likely = posterior(band, gain, found)
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
    found = best_path(band, gain.ravel())
    assert np.array_equal(found, truth)
    assert posterior(band, gain.ravel(), found).min() > 0.99


def test_equal_pictures_are_not_sure() -> None:
    """In a still passage every neighbour is as likely."""
    rows, frames = 30, 40
    band = Band(low=np.zeros(rows, np.int64), width=np.full(rows, frames), frames=frames)
    gain = np.full(rows * frames, 30.0)
    assert posterior(band, gain, best_path(band, gain)).max() < 0.9
