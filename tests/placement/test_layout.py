"""Rectangles and layouts: the reference numbers pinned, the arithmetic as properties."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Fit, Layout, layouts_from_json, layouts_to_json

IDENTITY_FIT = Fit(matrix=((4.0, 0.0, 480.0), (0.0, 4.0, 0.0)))


def reference(**changes: object) -> Layout:
    values: dict[str, object] = {
        "canvas": (3840, 2160),
        "scale": 4,
        "wide": Rect(x=0, y=275, w=3840, h=1610),
        "wide_crop": Rect(x=0, y=0, w=3840, h=1610),
        "dvd": Rect(x=480, y=0, w=2880, h=2160),
        "dvd_size": (720, 540),
        "active": Rect(x=0, y=0, w=720, h=540),
        "centre_dvd": (360.0, 270.0),
        "fit": IDENTITY_FIT,
    }
    return Layout(**(values | changes))  # type: ignore[arg-type]


def painted(rects: tuple[Rect, ...], canvas: tuple[int, int]) -> np.ndarray:
    counts = np.zeros((canvas[1], canvas[0]), int)
    for rect in rects:
        counts[rect.y : rect.bottom, rect.x : rect.right] += 1
    return counts


def test_reference_numbers() -> None:
    layout = reference()
    assert layout.top == Rect(x=480, y=0, w=2880, h=275)
    assert layout.bottom == Rect(x=480, y=1885, w=2880, h=275)
    assert sorted(layout.missing()) == sorted(
        Rect(x=x, y=y, w=480, h=275) for x in (0, 3360) for y in (0, 1885)
    )
    share = sum(part.area for part in layout.missing()) / layout.frame.area
    assert round(100 * share, 1) == 6.4
    assert layout.to_json()["centre"] == {
        "canvas": [1920, 1080],
        "wide": [1920, 805],
        "dvd": [360, 270],
    }


def test_small_reference() -> None:
    layout = reference(
        canvas=(1024, 576),
        wide=Rect(x=0, y=73, w=1024, h=430),
        wide_crop=Rect(x=0, y=0, w=1024, h=430),
        dvd=Rect(x=128, y=0, w=768, h=576),
        dvd_size=(192, 144),
    )
    assert [band.as_list() for band in layout.bands()] == [[128, 0, 768, 73], [128, 503, 768, 73]]


def test_strips_reach_into_the_wide() -> None:
    top, bottom = reference().strips(16)
    assert top == Rect(x=480, y=0, w=2880, h=291)
    assert bottom == Rect(x=480, y=1869, w=2880, h=291)


@pytest.mark.parametrize(
    ("strip", "rows"),
    [
        (Rect(x=480, y=0, w=2880, h=275), (0, 69, 0)),  # 68.75 rows
        (Rect(x=480, y=1885, w=2880, h=275), (471, 69, 1)),
        (Rect(x=480, y=1869, w=2880, h=291), (467, 73, 1)),
    ],
)
def test_dvd_rows(strip: Rect, rows: tuple[int, int, int]) -> None:
    assert reference().dvd_rows(strip) == rows


def test_json_round_trip() -> None:
    layouts = (
        reference(),
        reference(dvd=Rect(x=484, y=-4, w=2880, h=2160), cut_px=4),
        reference(wide_active=Rect(x=0, y=138, w=3840, h=1610)),
    )
    data = json.loads(json.dumps(layouts_to_json(layouts)))
    assert layouts_from_json(data) == layouts
    assert [entry.get("wide_active") for entry in data["layouts"]] == [
        None,
        None,
        [0, 138, 3840, 1610],
    ]
    assert data["canvas"] == [3840, 2160]


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"Layout: dvd: expected 2880x2160"):
        reference(dvd=Rect(x=480, y=0, w=2880, h=2156))
    with pytest.raises(UsageError, match=r"Layout: wide: expected inside"):
        reference(wide=Rect(x=0, y=600, w=3840, h=1610))
    with pytest.raises(UsageError, match=r"Rect: w, h: expected sizes of 0 or more, got -1x2"):
        Rect(x=0, y=0, w=-1, h=2)


rects = st.builds(
    Rect,
    x=st.integers(-20, 40),
    y=st.integers(-20, 40),
    w=st.integers(0, 40),
    h=st.integers(0, 40),
)


@given(rects, rects)
def test_minus_and_intersect_partition(a: Rect, b: Rect) -> None:
    shared = a.intersect(b)
    parts = a.minus(b)
    assert sum(p.area for p in parts) + (shared.area if shared else 0) == a.area
    for i, p in enumerate(parts):
        assert p.intersect(b) is None
        assert all(p.intersect(q) is None for q in parts[i + 1 :])
        assert a.contains(p)


@given(
    wide_h=st.integers(2, 40),
    margin=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    shift=st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
    size=st.tuples(st.integers(1, 16), st.integers(1, 16)),
)
def test_areas_add_up(
    wide_h: int, margin: tuple[int, int], shift: tuple[int, int], size: tuple[int, int]
) -> None:
    canvas = (64, margin[0] + wide_h + margin[1])
    layout = reference(
        canvas=canvas,
        wide=Rect(x=0, y=margin[0], w=64, h=wide_h),
        wide_crop=Rect(x=0, y=0, w=64, h=wide_h),
        dvd=Rect(x=shift[0], y=shift[1], w=size[0] * 4, h=size[1] * 4),
        dvd_size=size,
    )
    counts = painted((layout.wide, *layout.bands(), *layout.missing()), canvas)
    assert (counts == 1).all()
