"""Blends of two film frames are told from frames, whatever noise and grade."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vsmeme.arrays.images import Mask
from vsmeme.pixels.rect import Rect
from vsmeme.sync.prepare.blended_frames import find_blends
from vsmeme.sync.prepare.maps.proxy_view import ProxyMap
from vsmeme.sync.prepare.proxies import FilmProxies

SIZE = (96, 72)
SAME = ProxyMap(sx=1.0, sy=1.0, tx=0.0, ty=0.0)


def film(frames: NDArray[np.floating]) -> FilmProxies:
    return FilmProxies(
        proxies=np.clip(np.rint(frames), 0, 255).astype(np.uint8),
        active=Rect(x=0, y=0, w=SIZE[0], h=SIZE[1]),
        sar=Fraction(1),
        fps=Fraction(24),
    )


def scene(count: int, step: int) -> NDArray[np.floating]:
    random = np.random.default_rng(6)
    strip = cv2.GaussianBlur(random.random((SIZE[1], SIZE[0] + 200)) * 900, (0, 0), 2.0) - 330
    return np.stack([strip[:, n * step : n * step + SIZE[0]] for n in range(count)])


def blends(wide: NDArray[np.floating], dvd: NDArray[np.floating]) -> tuple[Mask, Mask]:
    numbers = np.arange(len(wide))
    return find_blends(
        film(wide), film(dvd), [SAME], np.zeros(len(wide), np.int64), numbers, numbers
    )


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_mixes_are_found_and_frames_are_not(share: float) -> None:
    frames = scene(40, 2)
    random = np.random.default_rng(1)
    dvd = 0.8 * frames + 20 + random.normal(0, 1.5, frames.shape)
    odd = np.arange(1, 39, 3)
    later = 0.8 * frames[odd + 1] + 20
    dvd[odd] = (1 - share) * dvd[odd] + share * later
    mixed, told = blends(frames, dvd)
    assert told.all()
    assert sorted(np.flatnonzero(mixed)) == list(odd)


def test_a_still_picture_says_nothing() -> None:
    frames = scene(20, 0)
    noise = np.random.default_rng(2).normal(0, 2, frames.shape)
    mixed, told = blends(frames, frames + noise)
    assert not told.any()
    assert not mixed.any()


def test_weave_is_no_mix() -> None:
    """A frame that lies a third of a px off looks like a bit of its neighbour, but is none."""
    frames = scene(40, 1)
    random = np.random.default_rng(4)
    dvd = []
    for n, frame in enumerate(frames):
        dx, dy = 0.35 * np.sin(1.7 * n), 0.35 * np.cos(2.3 * n)
        moved = cv2.warpAffine(
            frame, np.array([[1, 0, dx], [0, 1, dy]]), SIZE, flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        dvd.append(0.9 * moved + 10 + random.normal(0, 1.0, moved.shape))
    mixed, _ = blends(frames, np.stack(dvd))
    assert mixed.mean() < 0.03
