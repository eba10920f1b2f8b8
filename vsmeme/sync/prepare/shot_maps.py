"""Every shot through a map of its own: the film's, one refined from it, or one searched for.

Cuts say which frames belong together before any framing is known. A shot that the film's map does
not explain is looked for in the part of the DVD between its neighbours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from ...arrays.images import Floats, Ints
from ...pixels.rect import Rect
from .masked_search import (
    Areas,
    MaskedHit,
    MaskedSearch,
    Span,
    area_of,
    longest_rising,
    middle_frames,
    middle_frames_of,
    rising_hits,
    whole,
)
from .proxies import FilmProxies
from .proxy_fit import fit_films
from .proxy_view import ProxyMap, ProxyView, map_between
from .shot_cuts import shot_spans

# a shot framed differently: this much worse, this far off, and this much better on its own map
REFRAMED_TIMES, REFRAMED_PX, REFRAMED_GAIN = 1.5, 0.15, 0.7
SHOT_SAMPLES, SHOT_REACH = 5, 12
MOST_TRIED = 12  # maps of other shots that a shot is tried on
UNEXPLAINED, LITTLE = 0.12, 0.05  # 1 - correlation above which a shot is searched for
STUCK_SHARE, STUCK_FRAMES = 0.6, 8  # of the film's usual pace; shorter shots do not tell
FOUND = 0.2  # 1 - correlation below which a searched map is believed
OFF_DIAGONAL_SHARE, OFF_DIAGONAL_FRAMES = 0.35, 200
NEAR_FRAMES = 2
LEAST_ROOM, MOST_REOPENED = 0.6, 4  # share of a run's frames that the DVD has for it; shots


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotMaps:
    """How each wide frame is seen, and where its partner may be.

    Attributes:
        views: The maps, the film's first.
        using: Which of them each wide frame is seen through.
        anchors: Pairs that are known, wide and DVD, rising; None where the path's band holds.
    """

    views: list[ProxyView]
    using: Ints
    anchors: list[tuple[int, int]] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class _Shot:
    """What is known of a shot so far."""

    span: Span
    error: float
    view: ProxyView
    areas: Areas | None = None  # the picture inside the bars on both sides, where there are any
    offset: int | None = None
    knots: list[tuple[int, ProxyMap]] = field(default_factory=list)  # maps of a shot that pans


def map_shots(
    wide: FilmProxies, dvd: FilmProxies, view: ProxyView, path: Ints, scores: Floats
) -> ShotMaps:
    """Find the map of every shot.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        view: The film's map.
        path: DVD frame per wide frame under it.
        scores: Their correlations.
    """
    spans = shot_spans(wide)
    levels = [float(np.median(1 - scores[a:b])) for a, b in spans]
    poor = REFRAMED_TIMES * float(np.quantile(levels, 0.25))
    shots = [
        _Shot(span=span, error=level, view=view) for span, level in zip(spans, levels, strict=True)
    ]
    for shot in shots:
        _see_bars(wide, dvd, shot, path)
    good = float(np.quantile([shot.error for shot in shots], 0.25))
    worse = [shot for shot in shots if shot.error > min(poor, LITTLE)]
    _refine(wide, dvd, worse, path)
    limit = min(UNEXPLAINED, max(LITTLE, 4 * good))
    stuck = _stuck(shots, path)
    lost = [shot for shot in shots if shot.error > limit or shot in stuck]
    if lost:
        _search(wide, dvd, shots, lost, path)
    views, using = [view], np.zeros(len(path), np.int64)
    for shot in shots:
        if shot.knots:
            for n in range(*shot.span):
                using[n] = len(views)
                views.append(_view(wide, dvd, shot, map_between(shot.knots, n)))
        elif shot.view is not view:
            if shot.view not in views:
                views.append(shot.view)
            using[shot.span[0] : shot.span[1]] = views.index(shot.view)
    anchors = None
    if any(shot.offset is not None for shot in shots):
        anchors = _anchors(shots, path, len(dvd))
    return ShotMaps(views=views, using=using, anchors=anchors)


def _stuck(shots: Sequence[_Shot], path: Ints) -> list[_Shot]:
    """Shots along which the DVD hardly goes on: their frames are at the wrong place."""
    long = [shot for shot in shots if shot.span[1] - shot.span[0] >= STUCK_FRAMES]
    paces = [int(path[s.span[1] - 1] - path[s.span[0]]) / (s.span[1] - s.span[0]) for s in long]
    if not paces:
        return []
    usual = float(np.median([pace for pace in paces if pace > 0] or [1.0]))
    return [s for s, pace in zip(long, paces, strict=True) if pace < STUCK_SHARE * usual]


def _see_bars(wide: FilmProxies, dvd: FilmProxies, shot: _Shot, path: Ints) -> None:
    """Leave the bars of a shot out of what is compared."""
    first, last = shot.span
    low, high = int(path[first]), int(path[last - 1])
    areas = area_of(wide, range(first, last)), area_of(dvd, range(low, high + 1))
    if areas == (whole(wide), whole(dvd)):
        return
    shot.areas = areas
    shot.view = _view(wide, dvd, shot, shot.view.place)
    shot.error = _error(wide, dvd, shot.view, _spread(shot.span, path), NEAR_FRAMES)


def _view(wide: FilmProxies, dvd: FilmProxies, shot: _Shot, place: ProxyMap) -> ProxyView:
    """Both films under a map, less the bars of a shot."""
    if shot.areas is None:
        return ProxyView.of(wide, dvd, place)
    return ProxyView.within(wide, dvd, place, shot.areas)


def _refine(wide: FilmProxies, dvd: FilmProxies, worse: Sequence[_Shot], path: Ints) -> None:
    """Refine the film's map in shots that fit worse than its better ones, where it helps."""
    moving = [s for s in worse if s.error < 0.5 and np.ptp(path[s.span[0] : s.span[1]]) > 0]
    sampled = [_spread(shot.span, path) for shot in moving]

    def fitted(entry: tuple[_Shot, list[tuple[int, int]]]) -> ProxyMap:
        shot, pairs = entry
        return fit_films(wide, dvd, shot.view.place, pairs, rough=True, view=shot.view)

    with ThreadPoolExecutor(os.process_cpu_count() or 1) as pool:
        places = list(pool.map(fitted, zip(moving, sampled, strict=True)))
        moved = zip(moving, places, strict=True)
        # a map found in one shot often serves the next as well, where motion has hidden it
        tried = [place for shot, place in moved if shot.view.moved(place) > REFRAMED_PX]

        def best(index: int) -> tuple[float, float, ProxyView]:
            shot, pairs = moving[index], sampled[index]
            views = [_view(wide, dvd, shot, p) for p in [places[index], *tried[:MOST_TRIED]]]
            errors = [_error(wide, dvd, view, pairs) for view in views]
            at = int(np.argmin(errors))
            return _error(wide, dvd, shot.view, pairs), errors[at], views[at]

        found = list(pool.map(best, range(len(moving))))
    for shot, (plain, error, view) in zip(moving, found, strict=True):
        if error < REFRAMED_GAIN * plain:
            shot.error, shot.view = error, view
        else:
            shot.error = min(shot.error, plain)


def _spread(span: Span, path: Ints) -> list[tuple[int, int]]:
    picks = np.linspace(span[0], span[1] - 1, SHOT_SAMPLES + 2)[1:-1].astype(np.int64)
    return [(int(n), int(path[n])) for n in np.unique(picks)]


def _error(
    wide: FilmProxies,
    dvd: FilmProxies,
    view: ProxyView,
    pairs: Sequence[tuple[int, int]],
    reach: int = SHOT_REACH,
) -> float:
    """Median over pairs of 1 - correlation with the best frame around."""
    if not view.region.area:
        return 1.0
    errors = []
    for w, d in pairs:
        around = dvd.block(max(0, d - reach), d + reach + 1)
        row = view.wide_rows(wide.block(w, w + 1))[0]
        errors.append(1 - float((view.dvd_rows(around) @ row).max()))
    return float(np.median(errors))


def _search(
    wide: FilmProxies, dvd: FilmProxies, shots: Sequence[_Shot], lost: Sequence[_Shot], path: Ints
) -> None:
    """Look for shots that the film's map does not explain, between those that it does."""
    search = MaskedSearch(wide, dvd)
    pieces = shot_spans(dvd)
    for (first, last), (low, high) in _blocks(shots, lost, path, len(dvd)):
        block = shots[first:last]
        targets = list(middle_frames_of(pieces, low, high))
        if not targets:
            continue
        dvd_areas = [area_of(dvd, range(*piece)) for _, piece in targets]
        areas = {id(shot): area_of(wide, range(*shot.span)) for shot in block}
        probes = [(shot, n) for shot in block for n in middle_frames(shot.span)]
        rows = [
            [
                search.compare(n, d, (areas[id(shot)], area))
                if _near_diagonal(n, block, d, (low, high))
                else None
                for (d, _), area in zip(targets, dvd_areas, strict=True)
            ]
            for shot, n in probes
        ]
        chosen = rising_hits(rows)
        for shot in block:
            hits = [
                (n, targets[j], row[j], dvd_areas[j])
                for (owner, n), row, j in zip(probes, rows, chosen, strict=True)
                if owner is shot and j is not None
            ]
            if hits:
                _settle(wide, dvd, shot, hits, areas[id(shot)])


def _blocks(
    shots: Sequence[_Shot], lost: Sequence[_Shot], path: Ints, dvd_frames: int
) -> Iterator[tuple[Span, Span]]:
    """Runs of neighbouring lost shots, by number, and the DVD frames between their neighbours.

    Where those have no room for the run, a neighbour may be at the wrong place itself: it is
    looked for again together with the run.
    """
    marks = {id(shot) for shot in lost}
    flags = np.array([False, *(id(shot) in marks for shot in shots), False])
    edges = np.flatnonzero(np.diff(flags.astype(np.int8)))
    runs: list[Span] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        begin, stop = first, last
        for _ in range(MOST_REOPENED):
            while runs and runs[-1][1] >= begin:
                begin = min(begin, runs.pop()[0])
            low, high = _between(shots, (begin, stop), path, dvd_frames)
            length = shots[stop - 1].span[1] - shots[begin].span[0]
            if high - low >= LEAST_ROOM * length:
                break
            begin, stop = max(0, begin - 1), min(len(shots), stop + 1)
        while runs and runs[-1][1] >= begin:
            begin = min(begin, runs.pop()[0])
        runs.append((begin, max(stop, last)))
    for run in runs:
        yield run, _between(shots, run, path, dvd_frames)


def _between(shots: Sequence[_Shot], run: Span, path: Ints, dvd_frames: int) -> Span:
    """First and last DVD frame that the neighbours of a run of shots leave for it."""
    low = int(path[shots[run[0] - 1].span[1] - 1]) if run[0] else 0
    high = int(path[shots[run[1]].span[0]]) if run[1] < len(shots) else dvd_frames - 1
    return low, high


def _near_diagonal(n: int, block: Sequence[_Shot], d: int, limits: Span) -> bool:
    """Whether a wide frame and a DVD frame lie about as far into the block."""
    begin, end = block[0].span[0], block[-1].span[1]
    low, high = limits
    expected = low + (n - begin) / max(1, end - begin) * (high - low)
    reach = max(OFF_DIAGONAL_FRAMES, OFF_DIAGONAL_SHARE * (high - low))
    return abs(d - expected) <= reach


Hit = tuple[int, tuple[int, Span], MaskedHit | None, Rect]


def _settle(
    wide: FilmProxies, dvd: FilmProxies, shot: _Shot, hits: Sequence[Hit], area: Rect
) -> None:
    """Settle offset and map of a shot from where its frames were found."""
    first, last = shot.span
    best: tuple[float, int, ProxyView] | None = None
    for n, (d, piece), sight, dvd_area in hits:
        if sight is None:
            continue
        for offset in dict.fromkeys((piece[0] - first, piece[1] - last, d - n)):
            pairs = [
                (w, w + offset)
                for w, _ in _spread(shot.span, np.arange(len(wide)))
                if 0 <= w + offset < len(dvd)
            ]
            if not pairs:
                continue
            start = ProxyView.within(wide, dvd, sight.place, (area, dvd_area))
            if not start.region.area:
                continue
            place = fit_films(wide, dvd, sight.place, pairs, rough=True, view=start)
            view = ProxyView.within(wide, dvd, place, (area, dvd_area))
            error = _error(wide, dvd, view, pairs, NEAR_FRAMES)
            if best is None or error < best[0] - 0.01:
                best = error, offset, view
    if best is not None and best[0] < FOUND and (best[0] < shot.error or shot.error < FOUND):
        shot.error, shot.offset, shot.view = best
        return
    _follow(wide, dvd, shot, hits, area)


def _follow(
    wide: FilmProxies, dvd: FilmProxies, shot: _Shot, hits: Sequence[Hit], area: Rect
) -> None:
    """Give a shot that pans a map at each frame that was found, on one offset in time."""
    first, last = shot.span
    best: tuple[float, int, list[tuple[int, ProxyMap]]] | None = None
    offsets = [
        o for n, (d, piece), _, _ in hits for o in (piece[0] - first, piece[1] - last, d - n)
    ]
    for offset in dict.fromkeys(offsets):
        knots, errors = [], []
        for n, _, sight, dvd_area in hits:
            if sight is None or not 0 <= n + offset < len(dvd):
                continue
            pair = [(n, n + offset)]
            start = ProxyView.within(wide, dvd, sight.place, (area, dvd_area))
            place = fit_films(wide, dvd, sight.place, pair, rough=True, view=start)
            view = ProxyView.within(wide, dvd, place, (area, dvd_area))
            knots.append((n, place))
            errors.append(_error(wide, dvd, view, pair, 0))
        if len(knots) > 1 and (best is None or max(errors) < best[0] - 0.01):
            best = max(errors), offset, knots
    if best is not None and best[0] < FOUND:
        shot.error, shot.offset, shot.knots = best


def _anchors(shots: Sequence[_Shot], path: Ints, dvd_frames: int) -> list[tuple[int, int]]:
    """Ends of the shots whose partner is known, as far as they never step back."""
    known: list[tuple[int, int]] = []
    for shot in shots:
        first, last = shot.span[0], shot.span[1] - 1
        if shot.offset is not None:
            ends = [(first, first + shot.offset), (last, last + shot.offset)]
        elif shot.error <= UNEXPLAINED:
            ends = [(first, int(path[first])), (last, int(path[last]))]
        else:
            continue
        known += [
            (w, min(max(d, 0), dvd_frames - 1)) for w, d in ends if w == first or last > first
        ]
    return longest_rising(known)
