"""Light that differs from frame to frame: measured where it does, nothing where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import cv2
import numpy as np
import pytest

from vsmeme.colour.prepare.light_by_frame import Pairs, ShotLight, measure_light_by_frame
from vsmeme.colour.transform import LUMA
from vsmeme.pixels.rect import Rect
from vsmeme.sync.prepare.maps.proxy_view import ProxyMap
from vsmeme.sync.prepare.proxies import FilmProxies

FRAMES = 40
WIDE, DVD = (128, 54), (96, 72)
PLACE = ProxyMap(sx=1.0, sy=1.0, tx=16.0, ty=-9.0)  # DVD proxy px to wide proxy px


def film(frames: Sequence[np.ndarray]) -> FilmProxies:
    codes = np.clip(np.rint(np.stack(frames)), 0, 255).astype(np.uint8)
    active = Rect(x=0, y=0, w=codes.shape[2], h=codes.shape[1])
    return FilmProxies(proxies=codes, active=active, sar=Fraction(1), fps=Fraction(24))


def films(light: Sequence[tuple[float, float]], *, on: str = "dvd") -> tuple[FilmProxies, ...]:
    """A scene that moves; one side's luma, counted from black, under a gain and an offset."""
    rng = np.random.default_rng(1)
    world = np.zeros((72, 128 + 2 * FRAMES), np.float32)
    for size in (2, 6, 15):
        noise = cv2.GaussianBlur(rng.normal(size=world.shape).astype(np.float32), (0, 0), size)
        world += noise / noise.std() * 18
    world = np.clip(world + 110, 20, 230)
    wide, dvd = [], []
    for n, (gain, offset) in enumerate(light):
        canvas = world[:, 2 * n : 2 * n + 128]
        lit = 16 + gain * (canvas - 16) + offset
        shown, plain = (lit, canvas) if on == "wide" else (canvas, lit)
        wide.append(shown[9:63] + rng.normal(0, 1, (54, 128)))
        own = 16 + 204 * ((np.clip(plain[:, 16:112], 16, 235) - 16) / 219) ** 0.9
        dvd.append(own + rng.normal(0, 2, (72, 96)))
    return film(wide), film(dvd)


def measured(both: tuple[FilmProxies, ...]) -> ShotLight | None:
    return lit(both, [(n, n) for n in range(FRAMES)])


def lit(both: tuple[FilmProxies, ...], pairs: Pairs) -> ShotLight | None:
    return measure_light_by_frame(both[0], both[1], [PLACE], [pairs]).get(0)


def test_constant_light_is_none() -> None:
    assert measured(films([(1.0, 0.0)] * FRAMES)) is None


def test_a_fade_that_both_films_share_is_none() -> None:
    wide = films([(1 - 0.6 * n / FRAMES, 0.0) for n in range(FRAMES)], on="wide")[0]
    dvd = films([(1 - 0.6 * n / FRAMES, 0.0) for n in range(FRAMES)])[1]
    found = measured((wide, dvd))
    rows = np.array(found.rows) if found else np.array([[1.0, 0, 1, 0, 1, 0]])
    # gain and offset move mid grey by next to nothing, whatever the tone curve is
    grey = (100 - LUMA[0] - LUMA[1]) / LUMA[1]
    assert np.abs(rows[:, 0] * grey + rows[:, 1] - grey).max() * LUMA[1] < 4


@pytest.mark.parametrize("kind", ["flicker", "fade"])
def test_gain_and_offset_of_every_frame(kind: str) -> None:
    count = np.arange(FRAMES)
    if kind == "flicker":
        light = [(1.0, float(o)) for o in 8 * np.sin(count / 3)]
    else:
        light = [(float(g), 0.0) for g in np.clip(1.4 - count / FRAMES, 0.4, 1)]
    found = measured(films(light, on="wide"))
    assert found is not None
    rows = np.array(found.rows)
    assert rows.shape == (FRAMES, 6)
    usual = found.usual
    # relative to the frames of usual light, dark, grey and bright codes come out right
    gains, offsets = np.array(light).T
    for code in (40.0, 110.0, 180.0):
        base = float(np.mean(16 + gains[usual] * (code - 16) + offsets[usual]))
        want = 16 + gains * (code - 16) + offsets
        unit = (base - LUMA[0] - LUMA[1]) / LUMA[1]
        got = (rows[:, 0] * unit + rows[:, 1]) * LUMA[1] + LUMA[0] + LUMA[1]
        assert np.abs(got - want).max() < 2.0
    assert np.array_equal(rows[:, 2], rows[:, 0])
    assert np.array_equal(rows[:, 4], rows[:, 0])
    assert not rows[:, [3, 5]].any()


def test_what_differs_in_one_place_is_no_light() -> None:
    wide, dvd = films([(1.0, 0.0)] * FRAMES)
    logo = np.array(dvd.proxies)
    logo[FRAMES // 2 :, 30:44, 40:60] = 235
    assert measured((wide, film(list(logo)))) is None


def test_frames_without_partner_lie_between_their_neighbours() -> None:
    both = films([(1.0, float(o)) for o in 8 * np.sin(np.arange(FRAMES) / 3)], on="wide")
    pairs: Pairs = [None if n in (7, 8) else (n, n) for n in range(FRAMES)]
    found = lit(both, pairs)
    assert found is not None
    assert len(found.rows) == FRAMES
    low, high = sorted((found.rows[6][1], found.rows[9][1]))
    assert low <= found.rows[7][1] <= found.rows[8][1] <= high or (
        low <= found.rows[8][1] <= found.rows[7][1] <= high
    )
