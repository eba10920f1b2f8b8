import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes.lacking import CASES, SIZE, as_clip, lack_mask, missing_beside, planes, smooth_picture

from vsmeme.pixels.rect import Rect
from vsmeme.plate.area_membrane import joined_areas, plan_borders, strip_px
from vsmeme.plate.background import background


@pytest.mark.parametrize("case", CASES)
def test_every_area_is_planned_once_and_best_known_first(case: str) -> None:
    areas = missing_beside(CASES[case])
    borders = plan_borders(areas, SIZE)
    assert sorted(border.area for border in borders) == sorted(areas)
    assert all(border.sides for border in borders)
    for n, border in enumerate(borders):
        beside = {run.beside for runs in border.sides.values() for run in runs}
        assert all(other is None or other < n for other in beside)


def test_a_padding_strip_is_joined_to_picture_and_corners() -> None:
    borders = plan_borders(missing_beside(CASES["strip"]), SIZE)
    strip = next(border for border in borders if border.area.h == 8)
    (runs,) = strip.sides.values()
    assert [(run.first, run.count) for run in runs] == [(0, 40), (40, 240), (280, 40)]
    assert runs[1].beside == -1
    assert {borders[run.beside or 0].area.x for run in (runs[0], runs[2])} == {0, 280}


def test_area_with_nothing_beside_it_is_left_alone() -> None:
    (border,) = plan_borders([Rect(x=0, y=0, w=320, h=180)], SIZE)
    assert not border.sides
    clip = as_clip([smooth_picture(1)])
    assert joined_areas(clip, [border], [clip]) == [None]


@pytest.mark.parametrize("case", ["corners", "strip", "whole bands"])
def test_no_edge_is_left_and_no_real_sample_touched(case: str) -> None:
    areas = missing_beside(CASES[case])
    picture, plate = smooth_picture(2), smooth_picture(3, blur=4.0, mean=22000.0)
    lack = np.zeros(SIZE[::-1], np.bool_)
    for area in areas:
        lack[area.y : area.bottom, area.x : area.right] = True
    clip, mask = as_clip([np.where(lack, 4096, picture).astype(np.uint16)]), lack_mask(areas, 1)
    out = planes(background(clip, as_clip([plate]), mask, areas=areas), 0)
    assert (out == picture)[:, ~lack].all()
    bare = np.where(lack, plate, picture)
    for change, mask_pair in (
        (1, lack[:, 1:] & ~lack[:, :-1] | ~lack[:, 1:] & lack[:, :-1]),
        (0, lack[1:] & ~lack[:-1] | ~lack[1:] & lack[:-1]),
    ):
        if not mask_pair.any():
            continue
        before = np.diff(bare.astype(float), axis=1 + change)[:, mask_pair]
        after = np.diff(out.astype(float), axis=1 + change)[:, mask_pair]
        assert np.abs(before).mean() > 4000
        assert np.abs(after).mean() < 0.15 * np.abs(before).mean()


def test_frames_are_the_same_in_any_order() -> None:
    areas = missing_beside(CASES["strip"])
    clip = as_clip([smooth_picture(seed) for seed in range(3)])
    plate = as_clip([smooth_picture(9)])

    def render(order: list[int]) -> dict[int, bytes]:
        out = background(clip, plate, lack_mask(areas, 3), areas=areas)
        return {n: planes(out, n).tobytes() for n in order}

    assert render([0, 1, 2]) == render([2, 0, 1])


rects = st.builds(
    lambda x, y, w, h: Rect(x=x, y=y, w=min(w, 64 - x), h=min(h, 64 - y)),
    st.integers(0, 60), st.integers(0, 60), st.integers(1, 64), st.integers(1, 64),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(areas=st.lists(rects, min_size=1, max_size=4))
def test_any_rectangles_are_covered_once(areas: list[Rect]) -> None:
    mask = np.zeros((64, 64), np.bool_)
    for area in areas:
        mask[area.y : area.bottom, area.x : area.right] = True
    borders = plan_borders(areas, (64, 64))
    covered = np.zeros((64, 64), int)
    for border in borders:
        covered[border.area.y : border.area.bottom, border.area.x : border.area.right] += 1
    assert (covered == mask).all()


def test_the_strip_grows_with_the_canvas() -> None:
    assert strip_px((1024, 576)) == 3
    assert strip_px((3840, 2160)) == 11
