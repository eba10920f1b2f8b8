import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme import Fit, Layout
from vsmeme.pixels.rect import Rect
from vsmeme.placement.placed_runs import PlacedRun
from vsmeme.plate.contact_record import Contact, ContactRecord
from vsmeme.plate.delivered_frame import delivered_frame, even, filled_part, safe_part

CANVAS = Rect(x=0, y=0, w=13, h=10)


def laid_out(dvd: Rect, *, wide: Rect | None = None) -> Layout:
    wide = wide or Rect(x=0, y=73, w=1024, h=430)
    return Layout(
        canvas=(1024, 576),
        scale=4,
        wide=wide,
        wide_crop=Rect(x=0, y=0, w=wide.w, h=wide.h),
        dvd=dvd,
        dvd_size=(dvd.w // 4, dvd.h // 4),
        active=Rect(x=0, y=0, w=dvd.w // 4, h=dvd.h // 4),
        centre_dvd=(dvd.w / 8, dvd.h / 8),
        fit=Fit(matrix=((4.0, 0.0, float(dvd.x)), (0.0, 4.0, float(dvd.y)))),
    )


def run(layout: Layout, first: int = 0, last: int = 9) -> PlacedRun:
    return PlacedRun(first=first, last=last, layout=layout)


LEVEL = Rect(x=128, y=0, w=768, h=576)
LOW = LEVEL.shifted(0, 24)

contacts = st.builds(
    Contact, line=st.integers(1, 9), first=st.integers(0, 9), count=st.integers(1, 4)
)


@settings(max_examples=60, deadline=None)
@given(level=st.lists(contacts, max_size=5), upright=st.lists(contacts, max_size=5))
def test_the_safe_part_is_the_largest_of_all(level: list[Contact], upright: list[Contact]) -> None:
    record = ContactRecord(level=tuple(level), upright=tuple(upright))
    found = safe_part(CANVAS, record)
    assert not record.inside(found) or not found.area
    assert found.w % 2 == 0
    assert found.h % 2 == 0
    assert CANVAS.contains(found)
    every = (
        Rect(x=x, y=y, w=w, h=h)
        for w, h in itertools.product(range(2, 14, 2), range(2, 11, 2))
        for x, y in itertools.product(range(14 - w), range(11 - h))
    )
    assert found.area == max((r.area for r in every if not record.inside(r)), default=0)


def test_contacts_inside_are_seen_pair_by_pair() -> None:
    level = ContactRecord(level=(Contact(line=4, first=3, count=2),))
    assert level.inside(Rect(x=4, y=3, w=1, h=2))
    assert not level.inside(Rect(x=4, y=4, w=1, h=2))  # only one of the two rows
    assert not level.inside(Rect(x=5, y=3, w=4, h=2))
    upright = ContactRecord(upright=(Contact(line=4, first=3, count=2),))
    assert upright.inside(Rect(x=3, y=4, w=2, h=1))
    assert not upright.inside(Rect(x=4, y=4, w=2, h=1))


@pytest.mark.parametrize(
    ("rect", "expected"),
    [
        (Rect(x=0, y=3, w=12, h=7), Rect(x=0, y=2, w=12, h=8)),  # up: the canvas ends below
        (Rect(x=2, y=0, w=7, h=10), Rect(x=2, y=0, w=8, h=10)),  # right: there is room
        (CANVAS, Rect(x=0, y=0, w=12, h=10)),  # odd itself
    ],
)
def test_sizes_are_made_even_without_losing_a_real_row(rect: Rect, expected: Rect) -> None:
    assert even(rect, CANVAS) == expected


def test_auto_cuts_padding_and_nothing_real() -> None:
    choice = delivered_frame("auto", [run(laid_out(LOW))], None)
    assert choice.rect == Rect(x=0, y=24, w=1024, h=552)
    assert choice.lost == 0
    assert choice.told() == (
        "delivered frame: 1024x552 of 1024x576 from (0, 24): padding cut, nothing real lost"
    )
    whole = delivered_frame("full", [run(laid_out(LOW))], None)
    assert whole.rect == Rect(x=0, y=0, w=1024, h=576)


def test_a_strip_that_one_shot_fills_is_no_padding() -> None:
    runs = [run(laid_out(LOW)), run(laid_out(LEVEL), 10, 10)]
    assert filled_part(runs) == Rect(x=0, y=0, w=1024, h=576)
    drifting = PlacedRun(first=0, last=1, layout=laid_out(LOW), drift=((0.0, 0.0), (0.0, -10.0)))
    assert filled_part([drifting]).y == 14


def test_without_a_dvd_the_wide_is_delivered() -> None:
    bare = run(laid_out(LEVEL).without_dvd())
    assert delivered_frame("auto", [bare], None).rect == Rect(x=0, y=73, w=1024, h=430)


def test_safe_says_what_it_gives_up() -> None:
    record = ContactRecord(
        upright=(Contact(line=896, first=520, count=56),), frames=7, frames_filled=7
    )
    runs = [run(laid_out(LEVEL))]
    auto = delivered_frame("auto", runs, record)
    assert auto.cut_off == 7
    assert "in 7 of 10 frames the subject meets missing area" in auto.told()
    assert 'frame = "safe" would deliver 1024x520 and lose 7.8% of the real picture' in auto.told()
    safe = delivered_frame("safe", runs, record)
    assert safe.rect == Rect(x=0, y=0, w=1024, h=520)
    assert safe.cut_off == 0
    real = 1024 * 576 - 4 * 128 * 73
    assert safe.lost == pytest.approx(1 - (1024 * 520 - 2 * 128 * (73 + 17)) / real)
    assert "no cut-off subject in any frame, 7.8% of the real picture lost" in safe.told()
