"""Correlations along the band: each wide frame with the DVD frames that it may belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from ...arrays.images import Floats, Image, Ints
from ...progress import bar
from .monotone_path import Band
from .proxies import BLOCK_FRAMES, FilmProxies
from .proxy_view import ProxyView

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
        views: The maps, all of one region.
        band: The rows.
        using: Which of the maps each wide frame is seen through; the first by default.

    Returns:
        Correlations, and how much each frame differs from the one before it.
    """
    starts = band.starts
    region = views[0].region
    flat = np.empty(int(starts[-1]), np.float32)
    wide_change = np.ones(len(wide), np.float32)
    wide_codes = np.zeros(len(wide), np.float32)
    dvd_change = np.ones(len(dvd), np.float32)
    held = np.empty((0, region.w * region.h), np.float32)
    held_low = held_high = 0
    last_row: Floats | None = None
    progress: tqdm[int] = bar(label="match", total=len(wide))
    for first, last in _blocks(band):
        low, high = int(band.low[first]), int((band.low[first:last] + band.width[first:last]).max())
        keep = held[max(0, low - held_low) :] if low < held_high else held[:0]
        begin = max(low, held_high)
        if begin < high:
            fresh = views[0].dvd_rows(dvd.block(begin, high))
            keep = np.concatenate([keep, fresh])
            dvd_change[begin + 1 : high] = 1 - (fresh[1:] * fresh[:-1]).sum(axis=1)
            if len(keep) > len(fresh):
                dvd_change[begin] = 1 - float(keep[-len(fresh) - 1] @ fresh[0])
        held, held_low, held_high = keep, low, max(high, held_high)
        part = using[first:last] if using is not None else None
        frames = wide.block(max(0, first - 1), last)
        wide_codes[last - len(frames) + 1 : last] = _difference(frames)
        rows = _wide_rows(frames[len(frames) - (last - first) :], views, part)
        wide_change[first + 1 : last] = 1 - (rows[1:] * rows[:-1]).sum(axis=1)
        if last_row is not None:
            wide_change[first] = 1 - float(last_row @ rows[0])
        last_row = rows[-1]
        products = rows @ held.T
        for row in range(first, last):
            offset = int(band.low[row]) - held_low
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


def _blocks(band: Band) -> Iterator[tuple[int, int]]:
    """Runs of rows that share so many DVD frames that memory stays small."""
    first, rows = 0, len(band.low)
    while first < rows:
        last = min(first + BLOCK_FRAMES, rows)
        high = np.maximum.accumulate(band.low[first:last] + band.width[first:last])
        fits = int((high - band.low[first] <= MOST_COLUMNS).sum())
        last = first + max(1, fits)
        yield first, last
        first = last


def _difference(frames: Image) -> Floats:
    """Mean absolute difference of each frame but the first from the one before it."""
    codes = frames.astype(np.int16)
    return np.asarray(np.abs(codes[1:] - codes[:-1]).mean(axis=(1, 2)), np.float32)


def _wide_rows(frames: Image, views: Sequence[ProxyView], using: Ints | None) -> Floats:
    if using is None:
        return views[0].wide_rows(frames)
    rows = np.empty((len(frames), views[0].region.area), np.float32)
    for index in np.unique(using):
        rows[using == index] = views[index].wide_rows(frames[using == index])
    return rows
