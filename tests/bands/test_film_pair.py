"""The wide on the DVD's grid: only the part that is asked for is read, and it is the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scenes import learn_films

from vsmeme.bands.prepare.learning.film_pair import wide_on_grid
from vsmeme.pixels.rect import Rect


@pytest.mark.parametrize("shift", [(0, 0), (2, -3)])
def test_a_part_is_the_part_of_the_whole(shift: tuple[int, int]) -> None:
    (pair,) = learn_films.film(2).sources
    whole = wide_on_grid(pair, 1, pair.core, shift)
    scale, core = pair.layout.scale, pair.core
    left, width = core.w // 4, core.w // 2
    at = Rect(x=core.x + left, y=core.y, w=width, h=core.h)
    part = wide_on_grid(pair, 1, at, shift)
    np.testing.assert_array_equal(part, whole[..., left * scale : (left + width) * scale])


def test_a_corrected_layout_reads_what_its_map_reaches() -> None:
    (pair,) = learn_films.film(2).sources
    (a, _, tx), (_, d, ty) = pair.layout.fit.matrix
    turned = ((a, 0.02, tx + 0.3), (-0.02, d, ty - 0.4))
    fit = replace(pair.layout.fit, matrix=turned)
    pair = replace(pair, layout=replace(pair.layout, fit=fit, corrected=True))
    whole = wide_on_grid(pair, 0, pair.core)
    scale, core = pair.layout.scale, pair.core
    at = Rect(x=core.x + 4, y=core.y, w=core.w // 2, h=core.h)
    part = wide_on_grid(pair, 0, at)
    np.testing.assert_allclose(part, whole[..., 4 * scale : (4 + at.w) * scale], atol=2e-3)
