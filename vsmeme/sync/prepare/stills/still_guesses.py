"""How a still may lie on a film's frames, and how much each frame looks like it then.

A frame is described by a small grid over its middle; the still by the same grid under many guesses
of which part of the frame it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from ....arrays.images import Floats, Image
from ....pixels.rect import Rect
from ....source.prepare.active_picture import find_active
from ..maps.proxy_view import ProxyMap
from ..proxies import BLOCK_FRAMES, FilmProxies, unit

GRID = (16, 12)
DENSE = (48, 36)
DENSE_BROAD_PX = 6.0
BLANK_CODES = 0.6
CORE = 0.6  # of the frame's width and height: a still has to show this middle part
SHOWN = (1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.76, 0.72, 0.68, 0.64, 1.06, 1.13, 1.2, 1.28, 1.36)
STEP = 0.06  # between guesses of its place, as a share of the frame's width and height


@dataclass(frozen=True, slots=True, kw_only=True)
class StillGuess:
    """The still at the proxies' density, and where a frame lies on it."""

    still: Image
    place: ProxyMap


@dataclass(frozen=True, slots=True, kw_only=True)
class StillGuesses:
    """A still, and how it may lie on frames of one size.

    Attributes:
        picture: Luma codes without black borders, ``h x w``.
        active: The part of the still that it is.
        guesses: How it may lie.
        rows: What each guess looks like, one a row.
    """

    picture: Floats
    active: Rect
    guesses: tuple[StillGuess, ...]
    rows: Floats

    def likeness(self, film: FilmProxies) -> Floats:
        """Return the correlation of every guess (rows) with every frame (columns), -1..1."""
        return np.asarray(self.rows @ _film_rows(film).T, np.float32)

    def ranked(self, film: FilmProxies) -> list[int]:
        """Return a film's frames, those first that look most like it, coarsely, unregistered."""
        best = self.likeness(film).max(axis=0)
        return [int(n) for n in np.argsort(-best, kind="stable")]


def guess_still(still: Floats, film: FilmProxies) -> StillGuesses:
    """List how a still may lie on frames of the size of a film's.

    Args:
        still: Luma codes, ``h x w``.
        film: Proxies; only their size and shape count.
    """
    active = find_active([still / np.float32(255)])
    picture = still[active.y : active.bottom, active.x : active.right]
    guesses = tuple(_guesses(picture, film))
    rows = np.concatenate([_still_row(guess, film) for guess in guesses])
    return StillGuesses(picture=picture, active=active, guesses=guesses, rows=rows)


def _film_rows(film: FilmProxies) -> Floats:
    """Grid rows of the middle of every frame."""
    middle = _core(ProxyMap(sx=1, sy=1, tx=0, ty=0), *film.size)
    parts = []
    for first in range(0, len(film), BLOCK_FRAMES):
        frames = film.block(first, first + BLOCK_FRAMES)
        cells = [_cells(f.astype(np.float32), middle) for f in frames]
        parts.append(unit(np.stack(cells), floor=BLANK_CODES))
    return np.concatenate(parts)


def _core(place: ProxyMap, width: int, height: int) -> ProxyMap:
    """From the dense grid over a frame's middle to a picture that shows the frame at a place."""
    left, top = (1 - CORE) / 2 * width, (1 - CORE) / 2 * height
    step_x, step_y = CORE * width / DENSE[0], CORE * height / DENSE[1]
    return ProxyMap(
        sx=place.sx * step_x,
        sy=place.sy * step_y,
        tx=place.sx * left + place.tx,
        ty=place.sy * top + place.ty,
    )


def _cells(image: Floats, place: ProxyMap) -> Floats:
    matrix = np.array(
        [
            [place.sx, 0.0, place.tx + 0.5 * place.sx - 0.5],
            [0.0, place.sy, place.ty + 0.5 * place.sy - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    dense = cv2.warpAffine(image, matrix, DENSE, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    passed = dense - cv2.GaussianBlur(dense, (0, 0), DENSE_BROAD_PX)
    return np.asarray(cv2.resize(passed, GRID, interpolation=cv2.INTER_AREA), np.float32)


def _guesses(still: Floats, film: FilmProxies) -> Iterator[StillGuess]:
    """The still at the proxies' density, and where it may lie, wherever it shows the core."""
    width, height = film.size
    stored = float(film.sar) * still.shape[0] / still.shape[1]
    aspects = {1.0, float(film.sar)} if stored else {1.0}
    for shown, aspect in product(SHOWN, aspects):
        across = round(shown * width)
        down = round(across * still.shape[0] / still.shape[1] / aspect)
        if down < CORE * height or across < CORE * width:
            continue
        exact = cv2.resize(still, (across, down), interpolation=cv2.INTER_AREA)
        small: Image = np.asarray(np.clip(np.rint(exact), 0, 255), np.uint8)
        slack = (across - CORE * width) / 2 / width, (down - CORE * height) / 2 / height
        steps = [int(side / STEP) for side in slack]
        for i, j in product(*(range(-min(n, 4), min(n, 4) + 1) for n in steps)):
            tx = (across - width) / 2 + i * STEP * width
            ty = (down - height) / 2 + j * STEP * height
            yield StillGuess(still=small, place=ProxyMap(sx=1.0, sy=1.0, tx=tx, ty=ty))


def _still_row(guess: StillGuess, film: FilmProxies) -> Floats:
    cells = _cells(guess.still.astype(np.float32), _core(guess.place, *film.size))
    return unit(cells[None], floor=BLANK_CODES)
