"""Which part of the DVD each stretch of the wide may match, whatever the offset.

Anchors (single frames of the wide) are compared with every DVD frame on the coarse grid. A chain of
anchors that never steps back gives the band that the path is looked for in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Floats, Ints
from .coarse_search import SAMPLES, coarse_rows
from .maps.proxy_view import ProxyMap
from .monotone_path import Band, evidence
from .proxies import BLOCK_FRAMES, FilmProxies

# Halved and doubled: docs/benchmarks/constants.md.
ANCHOR_FRAMES = 24
MOST_ANCHORS = 2048
PEAKS = 12
PEAK_FRAMES = 6
LOOKBACK = 8
FAR_COST = 20.0  # nats, for a gap of more anchors than that
HALF_BAND_FRAMES = 24
FAR_FRAMES = 400  # DVD frames between two anchors; longer jumps are searched for
DRIFT = 0.12  # offset change per frame: 10 % dropped frames and some slack

Peak = tuple[int, int]  # number of the anchor, number of its peak


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Anchors that found a partner: wide and DVD frames, neither steps back."""

    wide: Ints
    dvd: Ints
    score: Floats

    def __len__(self) -> int:
        return len(self.wide)


def find_chain(wide: FilmProxies, dvd: FilmProxies, place: ProxyMap, dvd_rows: Floats) -> Chain:
    """Chain the anchors of the wide through their peaks in the DVD.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        place: The map.
        dvd_rows: Coarse rows of the DVD.
    """
    step = max(1, min(ANCHOR_FRAMES, len(wide) // 12), -(-len(wide) // MOST_ANCHORS))
    anchors = np.arange(step // 2, len(wide), step)
    peaks, scores = [], []
    for first in range(0, len(anchors), BLOCK_FRAMES):
        chosen = anchors[first : first + BLOCK_FRAMES]
        rows = coarse_rows(wide.proxies[chosen], place, dvd.size)
        for match in rows @ dvd_rows.T:
            found = _peaks(match)
            peaks.append(found)
            scores.append(match[found])
    return _with_jumps(_link(anchors, peaks, scores), wide, dvd, place, dvd_rows)


def _peaks(match: Floats) -> Ints:
    """The best DVD frames, none within a few frames of a better one."""
    found: list[int] = []
    order = np.argsort(-match)[: PEAKS * (2 * PEAK_FRAMES + 1)]
    for n in order:
        if all(abs(int(n) - other) > PEAK_FRAMES for other in found):
            found.append(int(n))
            if len(found) == PEAKS:
                break
    return np.array(found, np.int64)


def _link(anchors: Ints, peaks: Sequence[Ints], scores: Sequence[Floats]) -> Chain:
    """Dynamic programming over peaks: much evidence, few and small changes of offset."""
    values: list[NDArray[np.float64]] = []
    links: list[list[Peak | None]] = []
    far = _Frontier()
    for a, (anchor, found, score) in enumerate(zip(anchors, peaks, scores, strict=True)):
        best = np.zeros(len(found))
        link: list[Peak | None] = [None] * len(found)
        if a > LOOKBACK:
            b = a - LOOKBACK - 1
            far.add(b, peaks[b], values[b])
        for i, frame in enumerate(found.tolist()):
            value, peak = far.best(frame)
            if value - FAR_COST > 0:
                best[i], link[i] = value - FAR_COST, peak
        for b in range(max(0, a - LOOKBACK), a):
            gap = int(anchor - anchors[b])
            moved = found[:, None] - peaks[b][None, :]
            change = np.abs(moved - gap)
            cost = np.where(change <= 3 + DRIFT * gap, 0.0, 6.0 + 2.0 * np.log1p(change / 24))
            total = np.where(moved >= 0, values[b][None, :] - cost, -np.inf)
            source = total.argmax(axis=1)
            for j in np.flatnonzero(total[np.arange(len(found)), source] > best):
                best[j], link[j] = total[j, source[j]], (b, int(source[j]))
        values.append(best + evidence(score, samples=SAMPLES))
        links.append(link)
    ends = [(float(v.max()), a, int(v.argmax())) for a, v in enumerate(values)]
    at: Peak | None = max(ends)[1:]
    track: list[Peak] = []
    while at is not None:
        track.append(at)
        at = links[at[0]][at[1]]
    track.reverse()
    return Chain(
        wide=np.array([anchors[a] for a, _ in track], np.int64),
        dvd=np.array([peaks[a][i] for a, i in track], np.int64),
        score=np.array([scores[a][i] for a, i in track], np.float32),
    )


class _Frontier:
    """The best value up to each DVD frame among all peaks added so far."""

    def __init__(self) -> None:
        self._dvd: list[int] = []
        self._entries: list[tuple[float, Peak]] = []

    def add(self, anchor: int, dvd: Ints, values: NDArray[np.float64]) -> None:
        """Add the peaks of one anchor."""
        for i, (frame, value) in enumerate(zip(dvd.tolist(), values.tolist(), strict=True)):
            at = bisect_right(self._dvd, frame)
            if at and self._entries[at - 1][0] >= value:
                continue
            end = at
            while end < len(self._dvd) and self._entries[end][0] <= value:
                end += 1
            self._dvd[at:end] = [frame]
            self._entries[at:end] = [(value, (anchor, i))]

    def best(self, dvd: int) -> tuple[float, Peak | None]:
        """Return the best value at or before a DVD frame, and where it was."""
        at = bisect_right(self._dvd, dvd)
        return self._entries[at - 1] if at else (0.0, None)


def _with_jumps(
    chain: Chain, wide: FilmProxies, dvd: FilmProxies, place: ProxyMap, dvd_rows: Floats
) -> Chain:
    """Find the very frame of a far jump between two anchors and put an anchor on either side.

    Otherwise the band would have to hold everything between the two offsets.
    """
    extra: list[tuple[int, int, float]] = []
    offsets = chain.dvd - chain.wide
    for i in np.flatnonzero(np.diff(offsets) > FAR_FRAMES):
        first, last = int(chain.wide[i]), int(chain.wide[i + 1])
        if last - first < 3:
            continue
        frames = np.arange(first + 1, last)
        rows = coarse_rows(wide.block(first + 1, last), place, dvd.size)
        before, after = (
            (rows * dvd_rows[np.clip(frames + offset, 0, len(dvd) - 1)]).sum(axis=1)
            for offset in (offsets[i], offsets[i + 1])
        )
        total = np.concatenate(([0.0], np.cumsum(before))) + np.concatenate(
            (np.cumsum(after[::-1])[::-1], [0.0])
        )
        jump = int(np.argmax(total))  # frames before the jump
        if jump:
            extra.append((first + jump, int(first + jump + offsets[i]), float(before[jump - 1])))
        if jump < len(frames):
            at = first + 1 + jump
            extra.append((at, int(at + offsets[i + 1]), float(after[jump])))
    if not extra:
        return chain
    known = zip(chain.wide, chain.dvd, chain.score, strict=True)
    merged = sorted([*((int(w), int(d), float(s)) for w, d, s in known), *extra])
    wide_, dvd_, score = zip(*merged, strict=True)
    return Chain(
        wide=np.array(wide_, np.int64),
        dvd=np.maximum.accumulate(np.array(dvd_, np.int64)),
        score=np.array(score, np.float32),
    )


def band_around(chain: Chain, *, wide_frames: int, dvd_frames: int) -> Band:
    """The band of DVD frames around a chain, wide enough to hold both offsets between two anchors.

    Args:
        chain: Anchors.
        wide_frames: Rows of the band.
        dvd_frames: Length of the DVD.
    """
    rows = np.arange(wide_frames)
    offsets = chain.dvd - chain.wide
    part = np.searchsorted(chain.wide, rows, side="right")
    before = np.clip(part - 1, 0, len(chain) - 1)
    after = np.clip(part, 0, len(chain) - 1)
    near = np.minimum(offsets[before], offsets[after])
    far = np.maximum(offsets[before], offsets[after])
    # only one frame lies between the two sides of a far jump: it keeps the first offset
    jumps = offsets[after] - offsets[before] > FAR_FRAMES
    near, far = (np.where(jumps, offsets[before], side) for side in (near, far))
    low = np.where(part > 0, np.maximum(rows + near, chain.dvd[before]), rows + near)
    high = np.where(part < len(chain), np.minimum(rows + far, chain.dvd[after]), rows + far)
    low = np.clip(low - HALF_BAND_FRAMES, 0, dvd_frames - 1)
    high = np.clip(high + HALF_BAND_FRAMES, 0, dvd_frames - 1)
    low = np.minimum.accumulate(low[::-1])[::-1]
    high = np.maximum.accumulate(np.maximum(high, low))
    return Band(
        low=low.astype(np.int64), width=(high - low + 1).astype(np.int64), frames=dvd_frames
    )
