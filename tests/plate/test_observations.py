"""One sample from many observations."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from vsmeme.plate.prepare import observations as module
from vsmeme.plate.prepare.observations import Observations, consensus, nearest


def observations(values: list[float], *, noise: float = 0.0, pixels: int = 200) -> np.ndarray:
    rng = np.random.default_rng(2)
    luma = np.array(values)[:, None] + rng.normal(0, noise, (len(values), pixels))
    planes = np.stack([luma, 30000 + luma / 10, 34000 - luma / 10])
    return np.rint(planes).astype(np.uint16)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([20000], 20000),
        ([20000, 20200], 20100),
        # One of three is off.
        ([20000, 41000, 20010], 20005),
        # A subject that the mask let through in five of nine frames, wherever it was.
        ([31000, 20000, 34000, 20002, 44000, 20004, 38000, 20006, 27000], 20003),
    ],
)
def test_what_agrees_best_counts(values: list[float], expected: float) -> None:
    samples = observations(values)
    middle, spread = consensus(samples, np.ones(samples.shape[1:], np.bool_))
    assert np.abs(middle[0] - expected).max() <= 1
    assert np.abs(middle[1] - 30000 - expected / 10).max() <= 1
    assert spread.max() <= 400


def test_what_does_not_count_is_left_out() -> None:
    samples = observations([20000, 20000, 20000, 50000, 50000])
    use = np.ones(samples.shape[1:], np.bool_)
    use[:3, 7] = False
    middle, _ = consensus(samples, use)
    assert middle[0, 7] == 50000
    assert (np.delete(middle[0], 7) == 20000).all()


def test_noise_is_averaged() -> None:
    samples = observations([20000] * 21, noise=256.0, pixels=4000)
    middle, _ = consensus(samples, np.ones(samples.shape[1:], np.bool_))
    assert abs(float(middle[0].mean()) - 20000) < 10
    assert float(middle[0].std()) < 0.75 * 256


def test_long_rows_are_merged_in_pieces() -> None:
    samples = observations([20000, 20001, 40000], pixels=(1 << 16) + 3)
    middle, spread = consensus(samples, np.ones(samples.shape[1:], np.bool_))
    assert np.abs(middle[0] - 20000.5).max() < 1
    assert spread.max() <= 1


def test_the_nearest_frame_in_time() -> None:
    samples = observations([100, 200, 300], pixels=3)
    use = np.ones((3, 3), np.bool_)
    use[0, 0] = False
    frames = np.array([10, 20, 30], np.float32)
    when = np.array([9, 9, 26], np.float32)
    shown = nearest(samples, use, frames=frames, when=when)
    assert shown[0].tolist() == [200, 100, 300]


def test_what_frames_show_comes_back_as_it_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 32)  # several pieces, the last one shorter
    rng = np.random.default_rng(5)
    frames, px = 4, 150
    values = rng.uniform(0, 65534, (frames, 3, px)).astype(np.float32)
    clear, edge = rng.random((2, frames, px)) < 0.3
    clear[:, :40] = edge[:, :40] = False  # what nobody shows
    seen = Observations()
    for own in zip(values, clear, edge, strict=True):
        seen.add(*own)
    at, samples, use = (np.concatenate(p, -1) for p in zip(*seen.by_chunks(), strict=True))
    assert_array_equal(at, np.flatnonzero((clear | edge).any(axis=0)))
    assert_array_equal(use, np.where(clear.any(axis=0), clear, edge)[:, at])
    kept = np.rint(values.transpose(1, 0, 2)[:, :, at])
    assert_array_equal(samples[:, use], kept[:, use])
