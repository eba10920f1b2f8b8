"""Bands on any side of the wide: geometry, strips, seams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from canvas.test_composite import BLACK, noise, planes
from hypothesis import given
from hypothesis import strategies as st
from placement.test_layout import painted
from scenes.bands import dvd_clip, pixels

import vsmeme
from vsmeme.bands.strip_stack import stack_places, stack_size, stack_strips, unstack_strips
from vsmeme.bands.strips import network_windows
from vsmeme.bands.upscale_bands import upscale_fast
from vsmeme.networks.model import Model
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Fit, Layout
from vsmeme.source.formats import to_working

core = vs.core


def layout_around(
    *,
    canvas: tuple[int, int] = (224, 160),
    wide: Rect = Rect(x=20, y=24, w=176, h=104),  # noqa: B008 - frozen
    dvd: tuple[int, int] = (0, 0),
    size: tuple[int, int] = (56, 40),
    scale: int = 4,
) -> Layout:
    """A DVD that shows more on all four sides, if nothing else is said."""
    return Layout(
        canvas=canvas,
        scale=scale,
        wide=wide,
        wide_crop=Rect(x=0, y=0, w=wide.w, h=wide.h),
        dvd=Rect(x=dvd[0], y=dvd[1], w=size[0] * scale, h=size[1] * scale),
        dvd_size=size,
        active=Rect(x=0, y=0, w=size[0], h=size[1]),
        centre_dvd=(size[0] / 2, size[1] / 2),
        fit=Fit(matrix=((scale, 0.0, dvd[0]), (0.0, scale, dvd[1]))),
    )


SHAPES = {
    "four sides": layout_around(),
    "left alone": layout_around(wide=Rect(x=20, y=0, w=204, h=160)),
    "sides alone": layout_around(wide=Rect(x=20, y=0, w=180, h=160)),
    "top and right": layout_around(wide=Rect(x=0, y=24, w=200, h=136)),
    "dvd lower and narrower than the canvas": layout_around(dvd=(8, 44), size=(50, 24)),
    "canvas beyond both": layout_around(canvas=(240, 180), dvd=(6, 10), size=(50, 40)),
    "dvd beyond the canvas": layout_around(dvd=(-10, -6), size=(62, 44)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_px_belongs_to_one(name: str) -> None:
    layout = SHAPES[name]
    counts = painted((layout.wide, *layout.bands(), *layout.missing()), layout.canvas)
    assert (counts == 1).all()
    assert list(layout.to_json()["bands"].values()) == [b.as_list() for b in layout.bands()]


def test_corners_that_only_the_dvd_reaches_are_its_own() -> None:
    layout = SHAPES["four sides"]
    assert list(layout.sides()) == ["top", "bottom", "left", "right"]
    assert layout.missing() == ()
    assert layout.top == Rect(x=0, y=0, w=224, h=24)
    assert layout.left == Rect(x=0, y=24, w=20, h=104)


@given(
    x=st.integers(-30, 40),
    y=st.integers(-30, 40),
    w=st.integers(20, 60),
    h=st.integers(20, 60),
    overlap=st.integers(0, 30),
)
def test_strips_stay_inside_the_dvd_and_reach_into_the_wide(
    x: int, y: int, w: int, h: int, overlap: int
) -> None:
    layout = layout_around(dvd=(x, y), size=(w, h))
    bands = layout.sides()
    for side, strip in layout.side_strips(overlap).items():
        assert layout.dvd.contains(strip)
        assert strip.contains(bands[side])
        over = [part.area for part in strip.minus(bands[side])]
        assert sum(over) <= overlap * max(strip.w, strip.h)
        assert layout.dvd_part(strip).scaled(4).shifted(x, y).contains(strip)


@pytest.mark.parametrize("name", SHAPES)
def test_a_stack_comes_apart_as_it_was_put_together(name: str) -> None:
    layout = SHAPES[name]
    parts = [noise(vs.YUV444P16, s.w, s.h, 1) for s in layout.strips(8)]
    stack = stack_strips(parts, layout, 8)
    assert (stack.width, stack.height) == stack_size(layout, 8)
    apart = unstack_strips(stack, layout, 8)
    assert list(apart) == list(layout.sides()) == list(stack_places(layout, 8))
    for part, again in zip(parts, apart.values(), strict=True):
        assert np.array_equal(planes(part), planes(again))


def weight(width: int) -> np.ndarray:
    t = (np.arange(width) + 0.5) / width
    return np.asarray(t * t * (3 - 2 * t))


def fed(layout: Layout, wide: np.ndarray, strips: dict[str, np.ndarray], px: int) -> np.ndarray:
    """The composite by slices: sides first, then above and below, each with a feather."""
    canvas = np.tile(BLACK, (1, layout.canvas[1], layout.canvas[0])).astype(float)
    home = layout.wide
    canvas[:, home.y : home.bottom, home.x : home.right] = wide
    areas, bands = layout.side_strips(px), layout.sides()
    for side in ("left", "right", "top", "bottom"):
        if side not in areas:
            continue
        area, band = areas[side], bands[side]  # type: ignore[index]
        under = canvas[:, area.y : area.bottom, area.x : area.right]
        share = np.zeros((area.h, area.w))
        over = area.w - band.w if side in ("left", "right") else area.h - band.h
        ramp = weight(over) if over else np.zeros(0)
        if side == "left":
            share[:, band.w :] = ramp
        elif side == "right":
            share[:, :over] = ramp[::-1]
        elif side == "top":
            share[band.h :] = ramp[:, None]
        else:
            share[:over] = ramp[::-1, None]
        mixed = np.rint(under * share + strips[side] * (1 - share))
        canvas[:, area.y : area.bottom, area.x : area.right] = mixed
    return canvas


@pytest.mark.parametrize("px", [0, 8])
@pytest.mark.parametrize("name", SHAPES)
def test_the_composite_is_what_slices_make_of_it(name: str, px: int) -> None:
    layout = SHAPES[name]
    wide = noise(vs.YUV444P16, layout.wide.w, layout.wide.h, 1)
    parts = [noise(vs.YUV444P16, s.w, s.h, 1) for s in layout.strips(px)]
    stack = stack_strips(parts, layout, px)
    got = planes(vsmeme.composite(wide, stack, layout, blend="feather", width=px))
    named = dict(zip(layout.sides(), map(planes, parts), strict=True))
    expected = fed(layout, planes(wide), named, px)  # type: ignore[arg-type]
    assert got.shape == expected.shape
    # where two feathers meet, the first is rounded before the second
    assert np.abs(got - expected).max() <= 1
    mask = np.asarray(vsmeme.missing_mask(layout, like=wide).get_frame(0)[0]) == 255
    for part in layout.missing():
        assert (got[:, part.y : part.bottom, part.x : part.right] == BLACK).all()
    assert mask.sum() == sum(part.area for part in layout.missing())


def test_the_membrane_takes_a_constant_difference_away_on_every_side() -> None:
    layout = SHAPES["four sides"]
    colour = [30000, 33000, 32000]
    wide = core.std.BlankClip(format=vs.YUV444P16, width=176, height=104, length=1, color=colour)
    width, height = stack_size(layout, 16)
    stack = core.std.BlankClip(wide, width=width, height=height, color=[28000, 32000, 33000])
    got = planes(vsmeme.composite(wide, stack, layout))
    assert np.abs(got - np.array(colour)[:, None, None]).max() <= 3


def test_the_membrane_leaves_no_step_where_corners_meet_the_sides() -> None:
    layout = layout_around(canvas=(448, 320), wide=Rect(x=60, y=48, w=328, h=224), size=(112, 80))
    ramp = "30000 X 12 * + Y 8 * +"
    wide = core.akarin.Expr(
        core.std.BlankClip(format=vs.YUV444P16, width=328, height=224, length=1), [ramp, "32768"]
    )
    width, height = stack_size(layout, 16)
    stack = core.std.BlankClip(wide, width=width, height=height, color=[31000, 32768, 32768])
    got = planes(vsmeme.composite(wide, stack, layout))[0].astype(float)
    for y in (layout.wide.y, layout.wide.bottom):
        step = np.abs(got[y] - got[y - 1])[:60]
        assert step.max() < 260  # one code of 8 bits
    inside = got[layout.wide.y + 20 : layout.wide.bottom - 20]
    assert np.abs(inside[:, layout.wide.x] - inside[:, layout.wide.x - 1]).max() < 260


@pytest.mark.parametrize("name", SHAPES)
def test_fast_strips_are_the_whole_dvd_interpolated(name: str) -> None:
    layout = SHAPES[name]
    dvd = dvd_clip(*layout.dvd_size)
    whole = core.resize.Bicubic(
        to_working(dvd), layout.dvd.w, layout.dvd.h, filter_param_a=0, filter_param_b=0.5
    )
    parts = unstack_strips(upscale_fast(dvd, layout, overlap_px=8), layout, 8)
    for strip, part in zip(layout.strips(8), parts.values(), strict=True):
        local = strip.shifted(-layout.dvd.x, -layout.dvd.y)
        expected = pixels(whole)[:, local.y : local.bottom, local.x : local.right]
        assert np.abs(pixels(part) - expected).max() <= 2


def test_crops_of_bands_beside_the_wide() -> None:
    layout = SHAPES["four sides"]
    dvd = dvd_clip(56, 40)
    top, bottom, left, right = vsmeme.crop_bands(dvd, layout, context_rows=3)
    assert [(c.width, c.height) for c in (top, bottom)] == [(56, 9), (56, 11)]
    assert [(c.width, c.height) for c in (left, right)] == [(8, 26), (10, 26)]
    core_part = vsmeme.crop_core(dvd, layout)
    assert (core_part.width, core_part.height) == (44, 26)


def test_upright_strips_have_windows_of_their_own() -> None:
    layout = layout_around(
        canvas=(2240, 1600), wide=Rect(x=80, y=96, w=2080, h=1408), size=(560, 400)
    )
    model = Model(name="any", path=Path("any.onnx"), scale=4, radius=4)
    windows = network_windows(layout, model, overlap_px=16)
    assert windows == ((560, 32), (28, 360))
    area = sum(w * h for w, h in windows)
    assert area * 2 < 0.4 * 560 * 400
