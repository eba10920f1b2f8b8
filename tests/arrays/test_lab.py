"""Differences of colours equal those of scikit-image, which the package itself does without."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from vsmeme.arrays.lab import ciede2000, lab_of

# of the table of Sharma, Wu and Dalal: blues, opposite hues, grays, and what an eye just sees
PAIRS = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
]


@pytest.mark.parametrize(("one", "other", "difference"), PAIRS)
def test_the_table_of_the_paper(
    one: tuple[float, ...], other: tuple[float, ...], difference: float
) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(difference, abs=1e-3)


def test_colours_at_random_grays_among_them() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.uniform(-0.1, 1.1, (2, 40, 50, 3))
    one[:5] = one[:5, :, :1]
    labs = [rgb2lab(np.clip(colours, 0, 1)) for colours in (one, other)]
    assert np.abs(lab_of(one) - labs[0]).max() < 1e-3
    assert np.abs(ciede2000(lab_of(one), lab_of(other)) - deltaE_ciede2000(*labs)).max() < 2e-3
