"""Placement of every shot: its own shift and scale, one layout for those that agree, or none."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
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
    x = layout.dvd.x - kx * (left + layout.active.x)
    return x, layout.dvd.y + down - ky * (top + layout.active.y), kx * DVD[0], ky * DVD[1]


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
