"""Correlations along the band: each wide frame with the DVD frames that it may belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from ...arrays.images import Floats, Image, Ints
from ...progress import bar
from .maps.proxy_view import ProxyView
from .monotone_path import Band
from .proxies import BLOCK_FRAMES, FilmProxies

MOST_COLUMNS = 4096  # DVD frames held at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The band's correlations and the changes from frame to frame.

    Attributes:
        band: The rows.
        flat: Correlations, row after row.
        wide_change: 1 - correlation of each wide frame with the one before it.
        wide_codes: Mean absolute difference of the same, 8-bit codes.
        dvd_change: As of the wide.
    """

    band: Band
    flat: Floats
    wide_change: Floats
    wide_codes: Floats
    dvd_change: Floats

    def at(self, dvd: Ints, rows: Ints | None = None) -> Floats:
        """Correlation of DVD frames with wide frames, all of them in order by default.

        Args:
            dvd: DVD frames.
            rows: Wide frames, as many.

        Returns:
            -1..1; 0 outside the band.
        """
        band = self.band
        low, width, starts = band.low, band.width, band.starts[:-1]
        if rows is not None:
            low, width, starts = low[rows], width[rows], starts[rows]
        inside = (dvd >= low) & (dvd < low + width)
        at = np.clip(starts + dvd - low, 0, len(self.flat) - 1)
        return np.where(inside, self.flat[at], np.float32(0))

    def cut(self, first: int, last: int) -> Scored:
        """Keep the rows ``first`` to ``last - 1``."""
        starts, rows = self.band.starts, slice(first, last)
        band = replace(self.band, low=self.band.low[rows], width=self.band.width[rows])
        return replace(
            self,
            band=band,
            flat=self.flat[starts[first] : starts[last]],
            wide_change=self.wide_change[rows],
            wide_codes=self.wide_codes[rows],
        )


def score_band(
    wide: FilmProxies,
    dvd: FilmProxies,
    views: Sequence[ProxyView],
    band: Band,
    *,
    using: Ints | None = None,
) -> Scored:
    """Correlate each wide frame with the DVD frames of its row.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        views: The maps.
        band: The rows.
        using: Which of the maps each wide frame is seen through; the first by default.

    Returns:
        Correlations, and how much each frame differs from the one before it.
    """
    starts = band.starts
    flat = np.empty(int(starts[-1]), np.float32)
    wide_change = np.ones(len(wide), np.float32)
    wide_codes = np.zeros(len(wide), np.float32)
    dvd_change = np.ones(len(dvd), np.float32)
    seen = _DvdRows(dvd, dvd_change)
    progress: tqdm[int] = bar(label="match", total=len(wide))
    for first, last in _blocks(band, using):
        view = views[int(using[first])] if using is not None else views[0]
        low, high = int(band.low[first]), int((band.low[first:last] + band.width[first:last]).max())
        held = seen.rows(view, low, high)
        frames = wide.block(max(0, first - 1), last)
        wide_codes[last - len(frames) + 1 : last] = _difference(frames)
        rows = view.wide_rows(frames)
        wide_change[last - len(rows) + 1 : last] = 1 - (rows[1:] * rows[:-1]).sum(axis=1)
        products = rows[len(rows) - (last - first) :] @ held.T
        for row in range(first, last):
            offset = int(band.low[row]) - low
            flat[starts[row] : starts[row + 1]] = products[
                row - first, offset : offset + int(band.width[row])
            ]
        progress.update(last - first)
    progress.close()
    return Scored(
        band=band,
        flat=flat,
        wide_change=wide_change,
        wide_codes=wide_codes,
        dvd_change=dvd_change,
    )


class _DvdRows:
    """Unit rows of the DVD frames that are looked at now, kept while the view stays."""

    def __init__(self, dvd: FilmProxies, change: Floats) -> None:
        """Keep the proxies, and where to note how much each frame differs from the one before."""
        self._dvd, self._change = dvd, change
        self._view: ProxyView | None = None
        self._rows, self._low = np.empty((0, 0), np.float32), 0

    def rows(self, view: ProxyView, low: int, high: int) -> Floats:
        """Return the rows of frames ``low`` to ``high - 1``."""
        end = self._low + len(self._rows)
        if view is not self._view or not self._low <= low <= end:
            self._view, self._low, end = view, low, low
            self._rows = np.empty((0, view.region.area), np.float32)
        if end < high:
            before = max(0, end - 1)
            fresh = view.dvd_rows(self._dvd.block(before, high))
            self._change[before + 1 : high] = 1 - (fresh[1:] * fresh[:-1]).sum(axis=1)
            self._rows = np.concatenate([self._rows[low - self._low :], fresh[end - before :]])
        else:
            self._rows = self._rows[low - self._low :]
        self._low = low
        return self._rows[: high - low]


def _blocks(band: Band, using: Ints | None) -> Iterator[tuple[int, int]]:
    """Runs of rows seen alike that share so many DVD frames that memory stays small."""
    first, rows = 0, len(band.low)
    while first < rows:
        last = min(first + BLOCK_FRAMES, rows)
        high = np.maximum.accumulate(band.low[first:last] + band.width[first:last])
        fits = int((high - band.low[first] <= MOST_COLUMNS).sum())
        last = first + max(1, fits)
        if using is not None:
            other = np.flatnonzero(using[first:last] != using[first])
            last = first + int(other[0]) if len(other) else last
        yield first, last
        first = last


def _difference(frames: Image) -> Floats:
    """Mean absolute difference of each frame but the first from the one before it."""
    codes = frames.astype(np.int16)
    return np.asarray(np.abs(codes[1:] - codes[:-1]).mean(axis=(1, 2)), np.float32)
