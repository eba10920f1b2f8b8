"""Frames of two films on one scale of the search, reduced and transformed once."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ....arrays.images import Floats, Image, Ints
from ....pixels.rect import Rect
from ..proxies import FilmProxies, band_passed

FINE_PX, BROAD_PX = 0.6, 3.0
LEAST_OVERLAP = 0.4  # of the smaller picture
SMALL_OVERLAP_COST = 0.15  # of correlation, for an overlap of nothing: little agrees by chance
BLANK_CODES = 0.25  # deviation of band-passed luma below which a picture shows nothing

Spectrum = NDArray[np.complexfloating]
Areas = tuple[Rect, Rect]
Sight = tuple[int, Rect]


class FramesAtScale:
    """Some frames of both films on one scale."""

    def __init__(
        self,
        wides: Sequence[Sight],
        dvds: Sequence[Sight],
        films: tuple[FilmProxies, FilmProxies],
        sizes: tuple[tuple[int, int], tuple[int, int]],
    ) -> None:
        """Reduce and transform the frames, the wide's to the first size, the DVD's to the other."""
        self._shape = plane_shape(*sizes)
        self._areas = [area for _, area in wides], [area for _, area in dvds]
        self._spectra = tuple(
            np.stack([_transformed(film.proxies[n], area, size, self._shape) for n, area in sights])
            for sights, film, size in zip((wides, dvds), films, sizes, strict=True)
        )
        self._masks = tuple(
            {area: _mask(area, size, self._shape, film.size) for area in set(areas)}
            for areas, film, size in zip(self._areas, films, sizes, strict=True)
        )
        self._shifts: dict[Areas, tuple[Ints, Floats, float]] = {}
        self._dvd_energy: dict[Areas, tuple[Ints, Floats]] = {}

    def compare(self, n: int, columns: Ints) -> tuple[Floats, Floats, Ints]:
        """Compare one wide frame with some of the DVD's.

        Returns:
            Correlation less what a small overlap costs, correlation, and shift of the best shifts.
        """
        picture, square = self._spectra[0][n]
        own = self._areas[0][n]
        worth = np.full(len(columns), -2.0, np.float32)
        score, at = np.full(len(columns), -1.0, np.float32), np.zeros(len(columns), np.int64)
        for area in {self._areas[1][int(m)] for m in columns}:
            part = np.array([self._areas[1][int(m)] == area for m in columns])
            shifts, loss, least = self._possible((own, area))
            if not len(shifts):
                continue
            crosses = _inverse(picture * self._spectra[1][columns[part], 0].conj(), self._shape)
            around = _inverse(square * self._masks[1][area].conj(), self._shape).ravel()[shifts]
            energy = around * self._energies((own, area))[columns[part]]
            ncc = crosses.reshape(len(crosses), -1)[:, shifts]
            ncc /= np.sqrt(np.maximum(energy, least, out=energy), out=energy)
            value = ncc - loss
            peak = value.argmax(axis=1)
            rows = np.arange(len(peak))
            worth[part], score[part], at[part] = value[rows, peak], ncc[rows, peak], shifts[peak]
        return worth, score, at

    def _energies(self, areas: Areas) -> Floats:
        """Energy of every DVD frame under the wide's picture, for the possible shifts."""
        known = self._dvd_energy.get(areas)
        if known is None:
            mask, shifts = self._masks[0][areas[0]], self._possible(areas)[0]
            planes = _inverse(mask * self._spectra[1][:, 1].conj(), self._shape)
            known = shifts, planes.reshape(len(planes), -1)[:, shifts]
            self._dvd_energy[areas] = known
        return known[1]

    def _possible(self, areas: Areas) -> tuple[Ints, Floats, float]:
        """Shifts that leave enough overlap, what each costs, and the least product of energies."""
        known = self._shifts.get(areas)
        if known is None:
            a, b = (masks[area] for masks, area in zip(self._masks, areas, strict=True))
            smaller = min(float(a[0, 0].real), float(b[0, 0].real))
            share = _inverse(a * b.conj(), self._shape).ravel() / np.float32(smaller)
            shifts = np.flatnonzero(share > LEAST_OVERLAP)
            loss = np.asarray(SMALL_OVERLAP_COST * (1 - share[shifts]), np.float32)
            known = self._shifts[areas] = shifts, loss, 1e-3 * smaller**2
        return known


def plane_shape(size: tuple[int, int], small: tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns of a plane in which two pictures pass each other without wrapping.

    Args:
        size: Width and height of the one.
        small: Of the other.
    """
    rows, columns = size[1] + small[1], size[0] + small[0]
    return cv2.getOptimalDFTSize(rows), cv2.getOptimalDFTSize(columns)


def _mask(
    area: Rect, size: tuple[int, int], shape: tuple[int, int], full: tuple[int, int]
) -> Spectrum:
    plane = np.zeros(shape, np.float32)
    plane[_slices(area, size, full)] = 1.0
    spectrum: Spectrum = np.fft.rfft2(plane)
    return spectrum


def _transformed(
    frame: Image, area: Rect, size: tuple[int, int], shape: tuple[int, int]
) -> Spectrum:
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
    spectra: Spectrum = np.fft.rfft2(planes)
    return spectra


def _slices(area: Rect, size: tuple[int, int], full: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of a part of a picture once that is reduced to a size."""
    kx, ky = size[0] / full[0], size[1] / full[1]
    left, top = round(area.x * kx), round(area.y * ky)
    right, bottom = round(area.right * kx), round(area.bottom * ky)
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def _inverse(spectrum: Spectrum, shape: tuple[int, int]) -> Floats:
    return np.asarray(np.fft.irfft2(spectrum, shape), np.float32)
