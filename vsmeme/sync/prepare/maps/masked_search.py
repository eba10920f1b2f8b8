"""How one frame lies on another, whatever the scale and the shift, before anything is known.

Masked normalised cross-correlation (Padfield 2012) of band-passed luma over a ladder of scales; the
masks are whole rectangles, for bars are cut off before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ....arrays.images import Doubles, Floats, Image, Ints, Mask
from ....pixels.rect import Rect
from ....source.prepare.black_bars import NONE, Insets, measure_bars
from ..monotone_path import evidence
from ..proxies import FilmProxies, band_passed
from .proxy_view import ProxyMap

SEARCH_WIDTH_PX = 48  # that a DVD frame is reduced to
FINE_PX, BROAD_PX = 0.6, 3.0
# width of the wide in DVD widths: 4/3 for an open matte at a scale of 1, and scales of 0.6 to 1.6
NARROWEST, WIDEST, STEP = 0.8, 2.25, 1.03
LEAST_OVERLAP = 0.4  # of the smaller picture
SMALL_OVERLAP_COST = 0.15  # of correlation, for an overlap of nothing: little agrees by chance
BLANK_CODES = 0.25  # deviation of band-passed luma below which a picture shows nothing
MOST_SPECTRA = 1024
PIECE_FRAMES = 24  # of a long shot, one of which is compared
SAMPLES, LEAST_SIGHT = 30.0, 0.6  # independent samples in a frame; correlation that counts
BAR_FRAMES = 24  # that bars are looked for in

Spectrum = NDArray[np.complexfloating]
Areas = tuple[Rect, Rect]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedHit:
    """Where a DVD frame lies on a wide frame, and how well it fits there, -1..1."""

    place: ProxyMap
    score: float


class MaskedSearch:
    """Frames of two films, reduced and transformed once, compared in any pairing."""

    def __init__(self, wide: FilmProxies, dvd: FilmProxies) -> None:
        """Keep the films.

        Args:
            wide: Proxies of the wide.
            dvd: Proxies of the DVD.
        """
        self._wide, self._dvd = wide, dvd
        width, height = dvd.size
        self._small = SEARCH_WIDTH_PX, max(8, round(height * SEARCH_WIDTH_PX / width))
        steps = round(np.log(WIDEST / NARROWEST) / np.log(STEP))
        self._sizes = [self._size(w) for w in np.geomspace(NARROWEST, WIDEST, steps + 1)]
        self._of_wide = lru_cache(maxsize=64)(self._transform_wide)
        self._of_dvd = lru_cache(maxsize=MOST_SPECTRA)(self._transform_dvd)
        self._energy_wide = lru_cache(maxsize=64)(self._measure_wide)
        self._energy_dvd = lru_cache(maxsize=MOST_SPECTRA)(self._measure_dvd)
        self._losses = lru_cache(maxsize=256)(self._measure_losses)

    def _size(self, width: float) -> tuple[int, int]:
        """Size of the reduced wide that is so many DVD widths wide, on the reduced DVD's px."""
        square = float(self._dvd.sar) * self._dvd.active.w / self._small[0]  # source px a small px
        tall = self._dvd.active.h / self._small[1]
        across = width * self._small[0]
        down = across * square / tall * self._wide.active.h / self._wide.active.w
        return max(8, round(across)), max(8, round(down))

    def compare(self, wide: int, dvd: int, areas: Areas) -> MaskedHit:
        """Find how a DVD frame lies on a wide frame.

        Args:
            wide: Frame of the wide.
            dvd: Frame of the DVD.
            areas: The picture inside the bars on both, proxy px.

        Returns:
            The best of all scales and shifts.
        """
        best = MaskedHit(place=ProxyMap(sx=1.0, sy=1.0, tx=0.0, ty=0.0), score=-1.0)
        worth = -2.0
        for index, size in enumerate(self._sizes):
            shape = self._shape(size)
            a, b = self._of_wide(wide, areas[0], index), self._of_dvd(dvd, areas[1], shape)
            cross = np.fft.irfft2(a[0] * b[0].conj(), shape)
            loss, least = self._losses(areas, index)
            energy = self._energy_wide(wide, areas, index) * self._energy_dvd(dvd, areas, index)
            ncc = cross / np.sqrt(np.maximum(energy, least))
            value = ncc - loss
            at = int(np.argmax(value))
            if value.flat[at] > worth:
                worth = float(value.flat[at])
                y, x = divmod(at, shape[1])
                y -= shape[0] if y > size[1] else 0
                x -= shape[1] if x > size[0] else 0
                best = MaskedHit(place=self._map(size, x, y), score=float(ncc.flat[at]))
        return best

    def _map(self, size: tuple[int, int], x: int, y: int) -> ProxyMap:
        """DVD proxy px to wide proxy px from a shift on the reduced grid."""
        kx, ky = (full / small for full, small in zip(self._wide.size, size, strict=True))
        sx = kx * self._small[0] / self._dvd.size[0]
        sy = ky * self._small[1] / self._dvd.size[1]
        return ProxyMap(sx=sx, sy=sy, tx=kx * x, ty=ky * y)

    def _shape(self, size: tuple[int, int]) -> tuple[int, int]:
        rows, columns = size[1] + self._small[1], size[0] + self._small[0]
        return cv2.getOptimalDFTSize(rows), cv2.getOptimalDFTSize(columns)

    def _measure_wide(self, frame: int, areas: Areas, index: int) -> Floats:
        """Energy of the wide under the DVD's picture, for every shift."""
        shape = self._shape(self._sizes[index])
        mask = self._mask(areas[1], self._small, shape)
        return _inverse(self._of_wide(frame, areas[0], index)[1] * mask.conj(), shape)

    def _measure_dvd(self, frame: int, areas: Areas, index: int) -> Floats:
        """Energy of the DVD under the wide's picture, for every shift."""
        size = self._sizes[index]
        shape = self._shape(size)
        mask = self._mask(areas[0], size, shape, self._wide.size)
        return _inverse(mask * self._of_dvd(frame, areas[1], shape)[1].conj(), shape)

    def _measure_losses(self, areas: Areas, index: int) -> tuple[Floats, float]:
        """What a shift costs for its small overlap, and the least product of energies."""
        size = self._sizes[index]
        shape = self._shape(size)
        a = self._mask(areas[0], size, shape, self._wide.size)
        b = self._mask(areas[1], self._small, shape)
        smaller = min(float(a[0, 0].real), float(b[0, 0].real))
        share = _inverse(a * b.conj(), shape) / np.float32(smaller)
        loss = np.where(share > LEAST_OVERLAP, SMALL_OVERLAP_COST * (1 - share), 3.0)
        return np.asarray(loss, np.float32), 1e-3 * smaller**2

    def _mask(
        self,
        area: Rect,
        size: tuple[int, int],
        shape: tuple[int, int],
        full: tuple[int, int] | None = None,
    ) -> Spectrum:
        plane = np.zeros(shape, np.float32)
        plane[_slices(area, size, full or self._dvd.size)] = 1.0
        spectrum: Spectrum = np.fft.rfft2(plane)
        return spectrum

    def _transform_wide(self, frame: int, area: Rect, index: int) -> tuple[Spectrum, Spectrum]:
        size = self._sizes[index]
        return _transformed(self._wide.proxies[frame], area, size, self._shape(size))

    def _transform_dvd(
        self, frame: int, area: Rect, shape: tuple[int, int]
    ) -> tuple[Spectrum, Spectrum]:
        return _transformed(self._dvd.proxies[frame], area, self._small, shape)


def _transformed(
    frame: Image, area: Rect, size: tuple[int, int], shape: tuple[int, int]
) -> tuple[Spectrum, Spectrum]:
    """Spectra of a reduced picture within its bars, and of its squares."""
    rows, columns = _slices(area, size, (frame.shape[1], frame.shape[0]))
    target = columns.stop - columns.start, rows.stop - rows.start
    inside = frame[area.y : area.bottom, area.x : area.right].astype(np.float32)
    smooth = cv2.INTER_AREA if target[0] < inside.shape[1] else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(inside, target, interpolation=smooth), np.float32)
    band = band_passed(small, fine=FINE_PX, broad=BROAD_PX)
    spread = float(band.std())
    planes = np.zeros((2, *shape), np.float32)
    if spread > BLANK_CODES:
        planes[0, rows, columns] = band / spread
    planes[1] = planes[0] ** 2
    spectra = np.fft.rfft2(planes)
    return spectra[0], spectra[1]


def _slices(area: Rect, size: tuple[int, int], full: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a part of a picture once that is reduced to a size."""
    kx, ky = size[0] / full[0], size[1] / full[1]
    left, top = round(area.x * kx), round(area.y * ky)
    right, bottom = round(area.right * kx), round(area.bottom * ky)
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def _inverse(spectrum: Spectrum, shape: tuple[int, int]) -> Floats:
    return np.asarray(np.fft.irfft2(spectrum, shape), np.float32)


def middle_frames_of(pieces: Sequence[Span], low: int, high: int) -> Iterator[tuple[int, Span]]:
    """Yield the DVD frames to compare with between two limits, and the shot of each."""
    for first, last in pieces:
        a, b = max(first, low), min(last, high + 1)
        if b - a >= min(3, last - first):
            for n in middle_frames((a, b)):
                yield n, (first, last)


def middle_frames(span: Span) -> list[int]:
    """Return the frame in the middle of a shot, or of each of its parts where it is long."""
    parts = np.array_split(np.arange(*span), max(1, round((span[1] - span[0]) / PIECE_FRAMES)))
    return [int(part[len(part) // 2]) for part in parts]


def rising_hits(rows: Sequence[Sequence[MaskedHit | None]]) -> list[int | None]:
    """Choose rising columns, one a row or ``None``, so that their evidence is greatest."""
    count = len(rows[0])
    value = np.zeros(count + 1)  # column 0: nothing yet
    backs: list[Ints] = []
    taken: list[Mask] = []
    for row in rows:
        gains = np.array([_gain(sight) for sight in row])
        running, back = _running_best(value)
        fresh = running[1:] + gains
        better = fresh > value[1:]
        backs.append(np.concatenate(([0], back[1:])))
        taken.append(np.concatenate(([False], better)))
        value = np.concatenate((value[:1], np.where(better, fresh, value[1:])))
    at = int(np.argmax(value))
    chosen: list[int | None] = []
    for back, better in zip(reversed(backs), reversed(taken), strict=True):
        if better[at]:
            chosen.append(at - 1)
            at = int(back[at])
        else:
            chosen.append(None)
    return chosen[::-1]


def _gain(sight: MaskedHit | None) -> float:
    if sight is None or sight.score < LEAST_SIGHT:
        return -np.inf
    least = evidence(np.array([LEAST_SIGHT], np.float32), samples=SAMPLES)[0]
    return float(evidence(np.array([sight.score], np.float32), samples=SAMPLES)[0] - least)


def _running_best(value: Doubles) -> tuple[Doubles, Ints]:
    """Best value at or before each column, and where it was."""
    running = np.maximum.accumulate(value)
    fresh = np.where(value >= running, np.arange(len(value)), 0)
    return running, np.maximum.accumulate(fresh)


def longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of some pairs in which the DVD never steps back."""
    best: list[int] = []
    back: list[int] = []
    for i, (_, dvd) in enumerate(pairs):
        before = [j for j in range(max(0, i - 64), i) if pairs[j][1] <= dvd]
        link = max(before, key=lambda j: best[j], default=-1)
        best.append(1 + (best[link] if link >= 0 else 0))
        back.append(link)
    at = int(np.argmax(best)) if best else -1
    chosen = []
    while at >= 0:
        chosen.append(pairs[at])
        at = back[at]
    return chosen[::-1]


def area_of(film: FilmProxies, frames: range) -> Rect:
    """Return the picture inside the bars of some frames, px of the proxies."""
    at = np.unique(np.linspace(frames.start, frames.stop - 1, BAR_FRAMES).astype(np.int64))
    bars: Insets = measure_bars(film.proxies[at]) if len(at) else NONE
    return bars.inside(whole(film))


def whole(film: FilmProxies) -> Rect:
    """Return a whole frame of the proxies."""
    return Rect(x=0, y=0, w=film.size[0], h=film.size[1])
