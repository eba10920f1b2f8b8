"""Global search: how the DVD lies on the wide, before anything is known of time.

Some frames of the wide are compared with every DVD frame on a coarse grid, under several guesses of
scale and place; the best guess is refined on the proxies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

import cv2
import numpy as np

from ...arrays.images import Floats, Image, Ints
from .maps.lens import Lens, axis_filter
from .maps.proxy_fit import fit_films
from .maps.proxy_view import ProxyMap
from .monotone_path import evidence
from .proxies import BLOCK_FRAMES, FilmProxies, unit

GRID = (16, 8)
DENSE = (64, 32)
DENSE_BROAD_PX = 8.0
BLANK_CODES = 1.0
# the part of the DVD that every plausible wide shows, as fractions of its width and height
CORE = (0.06, 0.25, 0.94, 0.75)
# width of the wide in DVD widths: 4/3 is the common open matte, 1 the full width, and slack
WIDTHS = (1.333, 1.29, 1.375, 1.25, 1.42, 1.21, 1.165, 1.125, 1.085, 1.05, 1.015, 0.98, 1.47, 1.52)
SHIFTS = (0.0, -0.03, 0.03)  # of the DVD's width and height
PROBES, FIT_PROBES = 24, 8
CENTRED_SCORE = 0.9  # on the coarse grid; above it no other shift is tried
SEARCH_BLOCK = 4096  # DVD frames
SAMPLES = 30.0
KEPT_LENSES = 256  # as many as there are guesses


def guess_place(
    wide: FilmProxies, dvd: FilmProxies, *, width: float, shift: tuple[float, float]
) -> ProxyMap:
    """A map from how much wider the wide is than the DVD, centres ``shift`` DVD sizes apart."""
    dvd_w, dvd_h = dvd.size
    source_px = wide.active.w / width / (dvd.active.w * float(dvd.sar))  # wide px per square DVD px
    sx = source_px * float(dvd.sar) * dvd.px[0] / wide.px[0]
    sy = source_px * dvd.px[1] / wide.px[1]
    return ProxyMap(
        sx=sx,
        sy=sy,
        tx=wide.size[0] / 2 - sx * dvd_w * (0.5 + shift[0]),
        ty=wide.size[1] / 2 - sy * dvd_h * (0.5 + shift[1]),
    )


def coarse_rows(frames: Image, place: ProxyMap, dvd_size: tuple[int, int]) -> Floats:
    """Unit rows of the core of the DVD's picture on the coarse grid.

    Args:
        frames: Proxies.
        place: From DVD proxies to these.
        dvd_size: Width and height of a DVD proxy.
    """
    cells = _coarse_lens(place, dvd_size, frames.shape[1:]).see(frames)
    return unit(cells, floor=BLANK_CODES)


@lru_cache(maxsize=KEPT_LENSES)
def _coarse_lens(place: ProxyMap, dvd_size: tuple[int, int], shape: tuple[int, ...]) -> Lens:
    """Build what shows the core of a picture on the coarse grid, less its surroundings."""
    left, top, right, bottom = (side * dvd_size[i % 2] for i, side in enumerate(CORE))

    def cells(axis: int, first: float, last: float, sigma: float) -> Floats:
        scale, shift = ((place.sy, place.ty), (place.sx, place.tx))[axis]
        dense, coarse = DENSE[1 - axis], GRID[1 - axis]
        made = axis_filter(
            shape[axis],
            dense,
            scale=scale * (last - first) / dense,
            shift=scale * first + shift,
            interpolation=cv2.INTER_LINEAR,
            sigma=sigma,
        )
        return made.reshape(coarse, dense // coarse, shape[axis]).mean(axis=1)

    fine, broad = (
        (cells(0, top, bottom, sigma), cells(1, left, right, sigma))
        for sigma in (0.0, DENSE_BROAD_PX)
    )
    return Lens(fine=fine, broad=broad)


def coarse_film(film: FilmProxies, place: ProxyMap, dvd_size: tuple[int, int]) -> Floats:
    """Coarse rows of a whole film; 512 bytes a frame."""
    blocks = range(0, len(film), BLOCK_FRAMES)
    rows = [coarse_rows(film.block(n, n + BLOCK_FRAMES), place, dvd_size) for n in blocks]
    return np.concatenate(rows)


def find_place(wide: FilmProxies, dvd: FilmProxies, dvd_rows: Floats) -> tuple[ProxyMap, float]:
    """Find scale and place by trying guesses on some frames, then refining the best.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        dvd_rows: Coarse rows of the DVD.

    Returns:
        The map and the mean correlation of the best half of the probes on the coarse grid.
    """
    probes = _probes(wide)
    frames = wide.proxies[probes]
    guesses = [guess_place(wide, dvd, width=width, shift=(0.0, 0.0)) for width in WIDTHS]
    best = _best_guess(guesses, frames, dvd.size, dvd_rows)
    if best.score < CENTRED_SCORE:
        guesses = [
            guess_place(wide, dvd, width=width, shift=(dx, dy))
            for width, dx, dy in product(WIDTHS, SHIFTS, SHIFTS)
        ]
        best = _best_guess(guesses, frames, dvd.size, dvd_rows)
    order = np.argsort(-best.top)[:FIT_PROBES]
    pairs = [(int(probes[i]), int(best.partner[i])) for i in order]
    return fit_films(wide, dvd, best.place, pairs, rough=True), best.score


def find_mirrored(wide: FilmProxies, dvd: FilmProxies, dvd_rows: Floats) -> float:
    """How well the mirrored DVD would match on the coarse grid, for a useful refusal."""
    frames = wide.proxies[_probes(wide)]
    grid = dvd_rows.reshape(-1, GRID[1], GRID[0])[:, :, ::-1]
    guesses = [guess_place(wide, dvd, width=width, shift=(0.0, 0.0)) for width in WIDTHS]
    return _best_guess(guesses, frames, dvd.size, grid.reshape(dvd_rows.shape)).score


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guess:
    """A guessed map: best correlation and DVD frame of each probe, mean of the better half."""

    place: ProxyMap
    top: Floats
    partner: Ints
    score: float


def _best_guess(
    guesses: Sequence[ProxyMap], frames: Image, size: tuple[int, int], dvd_rows: Floats
) -> _Guess:
    """Try guesses on all probes against the whole DVD, block by block."""
    rows = np.concatenate([coarse_rows(frames, place, size) for place in guesses])
    top = np.full(len(rows), -1.0, np.float32)
    partner = np.zeros(len(rows), np.int64)
    for first in range(0, len(dvd_rows), SEARCH_BLOCK):
        match = rows @ dvd_rows[first : first + SEARCH_BLOCK].T
        here = match.argmax(axis=1)
        value = match[np.arange(len(rows)), here]
        better = value > top
        top[better], partner[better] = value[better], first + here[better]
    shape = (len(guesses), len(frames))
    values = evidence(top, samples=SAMPLES).reshape(shape).sum(axis=1)
    index = int(np.argmax(values))
    best = top.reshape(shape)[index]
    half = np.sort(best)[len(best) // 2 :]
    return _Guess(
        place=guesses[index],
        top=best,
        partner=partner.reshape(shape)[index],
        score=float(half.mean()),
    )


def _probes(wide: FilmProxies) -> Ints:
    """Frames of much contrast, spread over the film."""
    edges = np.linspace(0, len(wide), min(PROBES, len(wide)) + 1).astype(np.int64)
    picked = []
    for first, last in pairwise(edges):
        some = np.unique(np.linspace(first, last - 1, 4).astype(np.int64))
        spread = wide.proxies[some].std(axis=(1, 2))
        picked.append(int(some[int(np.argmax(spread))]))
    return np.array(picked)
