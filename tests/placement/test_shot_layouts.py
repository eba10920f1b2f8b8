"""Placement of every shot: its own shift and scale, one layout for those that agree, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.placement.prepare.shot_drift import (
    Drift,
    canvas_drift,
    centred,
    is_moving,
    measure_drift,
    moving_shot,
    own_offsets,
)
from vsmeme.placement.prepare.shot_layouts import ShotLayouts, Wanted, plan_shots
from vsmeme.placement.prepare.shot_placement import ShotPictures, ShotPlacement, place_shot

Array = np.ndarray
WIDE, DVD = (512, 216), (96, 72)
CANVAS_TOP = 36
FILM = Rect(x=0, y=0, w=WIDE[0], h=WIDE[1])
WHOLE = Rect(x=0, y=0, w=DVD[0], h=DVD[1])
Window = tuple[float, float, float, float]
PLAIN: Window = (64, 0, 384, 288)  # what the DVD shows of a canvas of 512x288


def start() -> Array:
    return np.array([[4.0, 0.0, 64.0], [0.0, 4.0, -36.0]])


def canvas(seed: int) -> Array:
    rng = np.random.default_rng(seed)
    picture = np.zeros((288 + 160, 512 + 160), np.float32)
    for size in (2, 4, 8, 24):
        noise = cv2.GaussianBlur(rng.normal(size=picture.shape).astype(np.float32), (0, 0), size)
        picture += noise / noise.std() * 14
    return np.clip(picture + 110, 16, 235)


def pair(seed: int, window: Window = PLAIN) -> tuple[Array, Array]:
    """A wide and a DVD of 96x72 that shows a window of the canvas, exact area averages."""
    picture = canvas(seed)
    x, y, w, h = window
    wide = picture[80 + CANVAS_TOP : 80 + CANVAS_TOP + WIDE[1], 80 : 80 + WIDE[0]]
    fine = 8
    x, y, w, h = (float(value) for value in window)
    u = (np.arange(DVD[0] * fine, dtype=np.float32) + 0.5) * (w / DVD[0] / fine) + x + 79.5
    v = (np.arange(DVD[1] * fine, dtype=np.float32) + 0.5) * (h / DVD[1] / fine) + y + 79.5
    dense = cv2.remap(picture, *np.meshgrid(u, v), interpolation=cv2.INTER_LINEAR)
    dvd = cv2.resize(dense, DVD, interpolation=cv2.INTER_AREA)
    dvd = 20 + 190 * (dvd / 255) ** 0.85
    return wide, dvd + np.random.default_rng(seed).normal(size=dvd.shape).astype(np.float32)


def placed(
    number: int,
    window: Window = PLAIN,
    *,
    pairs: Sequence[tuple[Array, Array]] | None = None,
    dvd_active: Rect = WHOLE,
) -> ShotPlacement:
    frames = pairs or [pair(10 * number + n, window) for n in range(3)]
    pictures = ShotPictures(
        shot=number, length=20, pairs=frames, wide_active=FILM, dvd_active=dvd_active,
        starts=[start()],
    )  # fmt: skip
    return place_shot(pictures)


def plan(placements: Sequence[ShotPlacement]) -> ShotLayouts:
    return plan_shots(placements, film=FILM, aspect=1.0, wanted=Wanted())


def shown(found: ShotLayouts, shot: int) -> Window:
    """What the layout of a shot makes of the whole DVD frame: x, y, w, h on the true canvas."""
    layout = found.layouts[found.of_shot[shot]]
    down = CANVAS_TOP - layout.wide.y
    left, top, width, height = layout.window or (0.0, 0.0, layout.active.w, layout.active.h)
    kx = layout.dvd.w / width
    ky = layout.dvd.h / height
    x, y = float(layout.dvd.x), float(layout.dvd.y)
    if layout.corrected:
        (a, _, x), (_, e, y) = layout.fit.matrix
        kx, ky = a * layout.dvd_size[0] / width, e * layout.dvd_size[1] / height
    x, y = x - kx * (left + layout.active.x), y + down - ky * (top + layout.active.y)
    return x, y, kx * DVD[0], ky * DVD[1]


def test_shots_that_agree_share_one_layout() -> None:
    found = plan([placed(n) for n in range(4)])
    assert len(found.layouts) == 1
    assert found.layouts[0].dvd == Rect(x=64, y=0, w=384, h=288)
    assert found.of_shot == dict.fromkeys(range(4), 0)
    assert not found.lost


@pytest.mark.parametrize(
    "window",
    [
        (64, 8, 384, 288),
        (69, -17, 384, 288),
        (40, -27, 384, 288),
        (100, 30, 308, 231),
        (30, -20, 480, 360),
        (61.3, 4.6, 391.5, 293.6),
    ],
)
def test_a_shot_framed_otherwise_is_found_from_the_films_map(window: Window) -> None:
    found = plan([placed(0), placed(1), placed(2, window)])
    assert found.of_shot[2] != found.of_shot[0]
    for got, true in zip(shown(found, 2), window, strict=True):
        assert got == pytest.approx(true, abs=0.5)
    assert shown(found, 0) == pytest.approx(PLAIN, abs=0.01)
    assert len({layout.canvas for layout in found.layouts}) == 1


def test_a_shot_that_shows_something_else_is_not_placed() -> None:
    foreign = [(pair(n)[0], pair(n + 50)[1]) for n in range(3)]
    found = plan([placed(0), placed(1), placed(2, pairs=foreign)])
    assert [placement.shot for placement in found.lost] == [2]
    assert 2 not in found.of_shot


def test_where_nothing_is_found_the_films_are_refused() -> None:
    foreign = [(pair(n)[0], pair(n + 50)[1]) for n in range(3)]
    with pytest.raises(UsageError, match=r"do not show the same picture: .* is 0\.\d\d in any"):
        plan([placed(0, pairs=foreign)])


def test_a_black_shot_lies_as_the_film_does() -> None:
    dark = [(np.full((216, 512), 16, np.float32), np.full((72, 96), 16, np.float32))]
    found = plan([placed(0), placed(1), placed(2, pairs=dark)])
    assert found.of_shot[2] == 0
    assert not found.lost


def test_a_matted_shot_has_a_layout_without_its_bars() -> None:
    matted = []
    for n in range(3):
        wide, dvd = pair(30 + n)
        dvd[:9] = dvd[-9:] = 16
        matted.append((wide, dvd))
    inner = Rect(x=0, y=9, w=96, h=54)
    found = plan([placed(0), placed(1), placed(2, pairs=matted, dvd_active=inner)])
    plain, inside = found.layouts
    assert plain.bands()
    assert inside.active == inner
    assert inside.dvd == Rect(x=64, y=36, w=384, h=216)
    assert not inside.bands()


def test_no_majority_is_needed() -> None:
    windows = [(64, 8 * n, 384 - 12 * n, 288 - 9 * n) for n in range(5)]
    found = plan([placed(n, window) for n, window in enumerate(windows)])
    for n, window in enumerate(windows):
        assert shown(found, n) == pytest.approx(window, abs=0.5)


def moving_pictures(places: Sequence[tuple[float, float]]) -> ShotPictures:
    """A shot whose DVD lies elsewhere in every frame; the places are shifts from the usual one."""
    x, y, w, h = PLAIN
    return ShotPictures(
        shot=2,
        length=len(places),
        pairs=[pair(40 + n, (x + dx, y + dy, w, h)) for n, (dx, dy) in enumerate(places)],
        wide_active=FILM,
        dvd_active=WHOLE,
        starts=[start()],
    )


def drift_of(pictures: ShotPictures, placement: ShotPlacement, first: Drift) -> list[Window]:
    """What layout and drift of the shot make of each frame, after a film of still shots."""
    frames = ((n, *luma) for n, luma in enumerate(pictures.pairs))
    drift = measure_drift(frames, placement, first)
    assert drift is not None
    placement, drift = centred(placement, drift)
    found = plan([placed(0), placed(1), placement])
    layout = found.layouts[found.of_shot[2]]
    moves = canvas_drift(layout, FILM, placement, drift, range(len(pictures.pairs)))
    x, y, w, h = shown(found, 2)
    return [(x + dx, y + dy, w, h) for dx, dy in moves]


def test_weave_is_measured_frame_by_frame() -> None:
    places = [(2.0 * np.sin(1.7 * n), 2.0 * np.cos(2.3 * n)) for n in range(6)]
    pictures = moving_pictures(places)
    placement = place_shot(pictures)
    assert is_moving(placement)
    first = Drift(range(6), own_offsets(placement))
    for (x, y, _, _), (dx, dy) in zip(drift_of(pictures, placement, first), places, strict=True):
        assert x == pytest.approx(PLAIN[0] + dx, abs=0.3)
        assert y == pytest.approx(PLAIN[1] + dy, abs=0.3)


def test_a_pan_is_followed_where_no_one_map_fits() -> None:
    places = [(12.0 * n - 30, 0.0) for n in range(6)]
    pictures = moving_pictures(places)
    found = moving_shot(pictures, aspect=1.0)
    assert found is not None
    rows = drift_of(pictures, found[0], Drift(range(6), found[1]))
    for (x, y, _, _), (dx, dy) in zip(rows, places, strict=True):
        assert x == pytest.approx(PLAIN[0] + dx, abs=0.3)
        assert y == pytest.approx(PLAIN[1] + dy, abs=0.3)


def test_a_still_shot_has_no_drift() -> None:
    placement = placed(2)
    assert not is_moving(placement)
    still = Drift([0, 1, 2], np.zeros((3, 2)))
    found = plan([placed(0), placed(1), placement])
    assert canvas_drift(found.layouts[0], FILM, placement, still, range(3)) == ()


def test_frames_of_something_else_are_no_pan() -> None:
    foreign = [(pair(n)[0], pair(n + 50)[1]) for n in range(3)]
    pictures = ShotPictures(
        shot=0, length=3, pairs=foreign, wide_active=FILM, dvd_active=WHOLE, starts=[start()]
    )
    assert moving_shot(pictures, aspect=1.0) is None


def test_the_canvas_grows_for_framings_that_enough_frames_have() -> None:
    raised: Window = (64, 20, 384, 288)
    placements = [placed(n) for n in range(3)] + [placed(3, raised)]
    found = plan(placements)
    assert found.grown == (0, 40)
    assert {layout.canvas for layout in found.layouts} == {(512, 328)}
    for number, top in ((0, 20), (3, 40)):
        dvd = found.layouts[found.of_shot[number]].dvd
        assert (dvd.y, dvd.bottom) == (top, top + 288)
    few = plan([*(replace(p, length=80) for p in placements[:3]), placements[3]])
    assert few.grown == (0, 0)
    assert few.layouts[0].canvas == (512, 288)
