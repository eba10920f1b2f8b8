"""The wide on the DVD's grid: only the part that is asked for is read, and it is the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import vapoursynth as vs
from scenes import learn_films

from vsmeme.bands.prepare.learning.film_pair import FramePart, wide_on_grid
from vsmeme.bands.prepare.learning.samples import parts_at
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


@pytest.mark.parametrize("corrected", [False, True])
def test_what_was_read_ahead_is_the_same_and_is_read_once_in_film_order(corrected: bool) -> None:
    (pair,) = learn_films.film(6).sources
    (a, _, tx), (_, d, ty) = pair.layout.fit.matrix
    turned = replace(pair.layout.fit, matrix=((a, 0.02, tx + 0.3), (-0.02, d, ty - 0.4)))
    fit = turned if corrected else pair.layout.fit
    layout = replace(pair.layout, fit=fit, corrected=corrected)
    numbers: list[int] = []

    def noted(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        numbers.append(n)
        return f

    core = pair.core
    left = Rect(x=core.x, y=core.y, w=core.w // 2, h=core.h)
    right = Rect(x=left.right, y=core.y, w=core.right - left.right, h=core.h)
    chosen = [(left, (1, 4)), (right, (0, 3))]
    told = replace(pair, layout=layout, wide=pair.wide.std.ModifyFrame(pair.wide, noted), kept={})
    told.keep([*parts_at(told, chosen), *(FramePart(2, Rect(x=0, y=0, w=8, h=8)),)])
    assert numbers == [0, 1, 2, 3, 4]
    fresh = replace(pair, layout=layout, kept={})
    for at, frames in chosen:
        for n in frames:
            for shift in ((0, 0), (-3, 2), (3, 3)):
                expected = wide_on_grid(fresh, n, at, shift)
                np.testing.assert_array_equal(wide_on_grid(told, n, at, shift), expected)
    assert numbers == [0, 1, 2, 3, 4]
