import numpy as np

from vsmeme.colour.prepare.fit_colours import MOST, likeness


def cloud(centre: tuple[float, float, float], count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array(centre)[:, None] + rng.normal(size=(3, count)) * 0.02


def test_colours_that_are_common_elsewhere_weigh_more() -> None:
    dark, bright = (-0.5, 0.1, 0.0), (0.5, -0.1, 0.2)
    here = np.concatenate([cloud(dark, 3000, 1), cloud(bright, 1000, 2)], axis=1)
    there = np.concatenate([cloud(dark, 500, 3), cloud(bright, 500, 4)], axis=1)
    found = likeness(here, there)
    assert abs(np.median(found[:3000]) - 0.5 / 0.75) < 0.1
    assert abs(np.median(found[3000:]) - 0.5 / 0.25) < 0.3


def test_weights_are_bounded_and_equal_without_bands() -> None:
    here = cloud((0.0, 0.0, 0.0), 1000, 1)
    far = likeness(here, cloud((2.0, 1.0, -1.0), 50, 2))
    assert far.min() == far.max() == 1 / MOST
    assert np.array_equal(likeness(here, np.empty((3, 0))), np.ones(1000))
