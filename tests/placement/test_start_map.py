"""First maps for registration: the true one from proxies and stills, and none from a wrong one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from scenes import films
from scenes.placed_pairs import layout_of

from vsmeme.demo.scene import Scene
from vsmeme.pixels.rect import Rect
from vsmeme.steps.placement_and_colour import map_of_proxies, map_of_still
from vsmeme.sync.prepare.maps.proxy_view import ProxyMap
from vsmeme.sync.prepare.match_films import match_films
from vsmeme.sync.prepare.proxies import FilmProxies
from vsmeme.sync.prepare.stills.reference_still import find_still
from vsmeme.sync.prepare.stills.still_picture import read_still


def test_proxies_of_cropped_pictures() -> None:
    """A DVD px is followed by hand: to its proxy, to the wide's, to the wide's active picture."""
    proxies = np.zeros((1, 54, 128), np.uint8)
    wide = FilmProxies(
        proxies=proxies, active=Rect(x=10, y=40, w=1280, h=540), sar=Fraction(1), fps=Fraction(24)
    )
    dvd = FilmProxies(
        proxies=np.zeros((1, 72, 96), np.uint8),
        active=Rect(x=8, y=4, w=704, h=432),
        sar=Fraction(1),
        fps=Fraction(24),
    )
    place = ProxyMap(sx=1.1, sy=0.9, tx=3.0, ty=-2.0)
    found = map_of_proxies(place, wide, dvd, active=Rect(x=12, y=41, w=1276, h=538))
    u, v = 100.0, 200.0
    x = ((u - 8) / (704 / 96) * 1.1 + 3.0) * (1280 / 128) + 10 - 12
    y = ((v - 4) / (432 / 72) * 0.9 - 2.0) * (540 / 54) + 40 - 41
    assert found[0][0] * u + found[0][2] == pytest.approx(x)
    assert found[1][1] * v + found[1][2] == pytest.approx(y)


def test_both_starts_are_near_the_truth_and_lead_to_one_fit(tmp_path: Path) -> None:
    scene = Scene(seed=6, size="small", frames=24, dvd_offset=(0.0, 1.0))
    wide, dvd = films.scene_films(scene)
    shot = tmp_path / "still.png"
    cv2.imwrite(str(shot), scene.wide(11)[..., ::-1])
    still = read_still(shot)
    match = match_films(wide, dvd)
    starts = (
        map_of_proxies(match.place, wide, dvd, active=wide.active),
        map_of_still(find_still(still, wide).best, find_still(still, dvd).best, active=wide.active),
    )
    pairs = [
        tuple(films.luma(rgb).astype(np.float32) for rgb in (scene.wide(n), scene.dvd(n)))
        for n in (3, 9, 15, 21)
    ]
    plain = layout_of(pairs)
    fit, wide_rect = plain.fit.matrix, plain.wide
    for start in starts:
        # corners of the DVD land within a DVD px of where the final fit puts them
        for u, v in ((0, 0), (192, 144)):
            at = (start[0][0] * u + start[0][2], start[1][1] * v + start[1][2])
            true = (fit[0][0] * u + fit[0][2] - wide_rect.x, fit[1][1] * v + fit[1][2])
            assert at[0] == pytest.approx(true[0], abs=4)
            assert at[1] == pytest.approx(true[1] - wide_rect.y, abs=4)
        seeded = layout_of(pairs, start=start).fit.matrix
        assert np.abs(np.subtract(seeded, fit)).max() < 0.02
    wrong = ((4.0, 0.0, 700.0), (0.0, 4.0, 300.0))
    assert layout_of(pairs, start=wrong).dvd == plain.dvd
