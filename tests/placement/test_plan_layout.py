import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsmeme.errors import UsageError
from vsmeme.pixels.matrix import Matrix23
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Layout
from vsmeme.placement.plan_layout import plan_conform, plan_layout

Size = tuple[int, int]


def planned(matrix: Matrix23, size: Size, wide: Size, **options: Any) -> Layout:  # noqa: ANN401
    active = Rect(x=0, y=0, w=size[0], h=size[1])
    return plan_layout(matrix, plan_conform(matrix, active=active), wide_size=wide, **options)


def scaled(
    sx: float, sy: float, size: Size, wide: Size, dx: float = 0.0, dy: float = 0.0
) -> Matrix23:
    """The map that puts the DVD's centre (dx, dy) px beside the wide's."""
    return (
        (sx, 0.0, wide[0] / 2 - sx * size[0] / 2 + dx),
        (0.0, sy, wide[1] / 2 - sy * size[1] / 2 + dy),
    )


def test_reference_numbers() -> None:
    size, wide = (720, 540), (3840, 1610)
    layout = planned(scaled(4, 4, size, wide), size, wide)
    assert layout.canvas == (3840, 2160)
    assert layout.wide == Rect(x=0, y=275, w=3840, h=1610)
    assert layout.dvd == Rect(x=480, y=0, w=2880, h=2160)
    assert layout.top == Rect(x=480, y=0, w=2880, h=275)
    assert layout.bottom == Rect(x=480, y=1885, w=2880, h=275)
    assert [part.as_list() for part in layout.missing()] == [
        [0, 0, 480, 275],
        [3360, 0, 480, 275],
        [0, 1885, 480, 275],
        [3360, 1885, 480, 275],
    ]
    assert layout.centre_dvd == (360, 270)
    assert layout.fit.max_misfit_px == 0
    assert not layout.corrected
    assert Layout.from_json(layout.to_json()) == layout


def test_dvd_canvas() -> None:
    size, wide = (720, 540), (3840, 1610)
    layout = planned(scaled(4, 4, size, wide), size, wide, canvas="dvd")
    assert layout.canvas == (2880, 2160)
    assert layout.wide == Rect(x=0, y=275, w=2880, h=1610)
    assert layout.wide_crop == Rect(x=480, y=0, w=2880, h=1610)
    assert layout.missing() == ()


@pytest.mark.parametrize(
    ("size", "sx", "sy"),
    [
        ((720, 480), 4, 4.5),
        ((720, 576), 4, 3.75),
        ((640, 480), 4.5, 4.5),
        ((768, 576), 3.75, 3.75),
        ((720, 540), 4.004, 3.997),
    ],
)
def test_conforming_ends_at_720x540(size: Size, sx: float, sy: float) -> None:
    wide = (3840, 1610)
    layout = planned(scaled(sx, sy, size, wide), size, wide)
    assert layout.dvd_size == (720, 540)
    assert layout.scale == 4
    assert layout.window is None
    assert layout.canvas == (3840, 2160)


def test_an_odd_scale_is_conformed_through_a_window_without_misfit() -> None:
    size, wide = (720, 480), (3840, 1610)
    layout = planned(scaled(4.1234, 4.6111, size, wide, dx=3.3, dy=-2.7), size, wide)
    assert layout.window is not None
    assert layout.fit.max_misfit_px < 1e-9
    assert Layout.from_json(layout.to_json()) == layout


def test_a_little_is_cut_and_more_grows_the_canvas() -> None:
    size, wide = (720, 540), (3840, 1610)
    cut = planned(scaled(4, 4, size, wide, dy=43), size, wide)
    assert (cut.canvas, cut.cut_px, cut.dvd.y) == ((3840, 2160), 43, 43)
    assert len(cut.missing()) == 5
    grown = planned(scaled(4, 4, size, wide, dy=44), size, wide)
    assert (grown.canvas, grown.cut_px) == ((3840, 2248), 0)
    assert grown.wide.y * 2 + grown.wide.h == 2248


def test_misfit_is_corrected_then_refused() -> None:
    size, wide = (720, 540), (3840, 1610)
    small = planned(scaled(4.002, 4.002, size, wide), size, wide)
    assert small.corrected
    assert small.fit.max_misfit_px == pytest.approx(0.002 * math.hypot(360, 270), abs=1e-6)
    assert not planned(scaled(4.002, 4.002, size, wide), size, wide, residual="never").corrected
    c, s = 4 * math.cos(math.radians(1)), 4 * math.sin(math.radians(1))
    with pytest.raises(UsageError, match=r"rotation 1\.000 degrees"):
        planned(((c, -s, 480.0), (s, c, -275.0)), size, wide)


def test_a_dvd_wider_than_the_wide_makes_the_canvas_wider() -> None:
    size, wide = (720, 540), (2400, 1000)
    grown = planned(scaled(4, 4, size, wide), size, wide)
    assert grown.canvas == (2880, 2160)
    assert (grown.wide.x, grown.wide.w, grown.dvd.x) == (240, 2400, 0)
    aside = planned(scaled(4, 4, size, wide, 30, 0), size, wide)
    assert aside.canvas[0] == 2880 + 2 * 30
    cropped = planned(scaled(4, 4, size, wide), size, wide, canvas="wide")
    assert (cropped.canvas, cropped.wide.x, cropped.dvd.x) == ((2400, 2160), 0, -240)
    little = planned(scaled(4, 4, size, (2840, 1000)), size, (2840, 1000))
    assert (little.canvas[0], little.wide.x) == (2880, 20)
    less_than_a_px = planned(scaled(4, 4, size, (2876, 1000)), size, (2876, 1000))
    assert less_than_a_px.canvas[0] == 2876


@given(
    w=st.integers(8, 40).map(lambda v: 2 * v),
    h=st.integers(8, 40).map(lambda v: 2 * v),
    k=st.integers(1, 5),
    wide_w=st.integers(0, 60),
    wide_h=st.integers(4, 200),
    dx=st.floats(-6, 6),
    dy=st.floats(-30, 30),
    mode=st.sampled_from(["union", "dvd"]),
)
def test_areas_add_up_and_centres_coincide(
    w: int, h: int, k: int, wide_w: int, wide_h: int, dx: float, dy: float, mode: str
) -> None:
    wide = (w * k + wide_w, wide_h)
    layout = planned(scaled(k, k, (w, h), wide, dx, dy), (w, h), wide, canvas=mode)
    parts = [layout.wide, *layout.bands(), *layout.missing()]
    assert sum(part.area for part in parts) == layout.frame.area
    assert all(layout.frame.contains(part) for part in parts)
    assert not any(a.intersect(b) for i, a in enumerate(parts) for b in parts[i + 1 :])
    assert layout.canvas[0] % 2 == layout.canvas[1] % 2 == 0
    x = layout.dvd.x + k * layout.centre_dvd[0] - (layout.wide.x - layout.wide_crop.x)
    y = layout.dvd.y + k * layout.centre_dvd[1] - (layout.wide.y - layout.wide_crop.y)
    assert abs(x - wide[0] / 2) <= 0.5 + 1e-9
    assert abs(y - wide[1] / 2) <= 0.5 + 1e-9
