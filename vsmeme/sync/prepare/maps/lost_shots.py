"""Shots that the film's map does not explain, looked for between their neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ....arrays.images import Ints
from ....pixels.rect import Rect
from ..proxies import FilmProxies
from ..proxy_area import area_of
from ..shot_cuts import shot_spans
from .frames_at_scale import Areas
from .mapped_shot import NEAR_FRAMES, MappedShot, map_error, pairs_over
from .masked_search import MaskedHit, MaskedSearch
from .proxy_fit import CANDIDATES, fit_films
from .proxy_view import ProxyMap, ProxyView
from .rising_hits import LEAST_SIGHT, Span, middle_frames, middle_frames_of, rising_hits

FOUND = 0.2  # 1 - correlation below which a searched map is believed
OFF_DIAGONAL_SHARE, OFF_DIAGONAL_FRAMES = 0.35, 200
CLEARLY_BETTER = 0.01  # 1 - correlation
FIXED_TIMES = 1.25  # by which the error may be greater where frames keep to the offset
# of its frames that a shot's neighbours may leave for it, to be looked for there; parts of that
MOST_ROOM, BETWEEN_PARTS = 3, 6
LEAST_ROOM, MOST_REOPENED = 0.6, 4  # share of a run's frames that the DVD has for it; shots
Hit = tuple[int, tuple[int, Span], MaskedHit | None, Rect]


def search_lost_shots(
    wide: FilmProxies,
    dvd: FilmProxies,
    shots: Sequence[MappedShot],
    lost: Sequence[MappedShot],
    path: Ints,
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
        wanted = [[_near_diagonal(n, block, d, (low, high)) for d, _ in targets] for _, n in probes]
        rows = search.compare_all(
            [(n, areas[id(shot)]) for shot, n in probes],
            [(d, area) for (d, _), area in zip(targets, dvd_areas, strict=True)],
            np.array(wanted),
        )
        chosen = rising_hits(rows)
        for shot in block:
            hits = [
                (n, targets[j], row[j], dvd_areas[j])
                for (owner, n), row, j in zip(probes, rows, chosen, strict=True)
                if owner is shot and j is not None
            ]
            if hits:
                _settle(wide, dvd, shot, hits, areas[id(shot)])
        for number in range(first, last):
            if shots[number].offset is None and not shots[number].knots:
                look_between(search, (wide, dvd), shots, number, path, areas)


def look_between(
    search: MaskedSearch,
    films: tuple[FilmProxies, FilmProxies],
    shots: Sequence[MappedShot],
    number: int,
    path: Ints,
    areas: Mapping[int, Rect],
) -> None:
    """Look for a shot in what its neighbours, which are known now, leave of the DVD for it.

    The DVD's own cuts may not be those of the wide: all along that part frames are compared.

    Args:
        search: Of both films.
        films: Proxies of wide and DVD.
        shots: All shots, in order.
        number: Which of them is looked for.
        path: DVD frame per wide frame, for neighbours without an offset.
        areas: The picture inside the wide's bars, by ``id`` of the shot.
    """
    wide, dvd = films
    shot = shots[number]
    low = shots[number - 1].partner(shots[number - 1].span[1] - 1, path) + 1 if number else 0
    follows = number + 1 < len(shots)
    high = shots[number + 1].partner(shots[number + 1].span[0], path) if follows else len(dvd)
    length = shot.span[1] - shot.span[0]
    if not 0 < high - low <= MOST_ROOM * length + NEAR_FRAMES:
        return
    area = area_of(dvd, range(low, high))
    probe = middle_frames(shot.span)[0]
    step = max(1, min(length, high - low) // BETWEEN_PARTS)
    frames = range(low + (high - low) % step // 2, high, step)
    every = np.ones((1, len(frames)), np.bool_)
    (hits,) = search.compare_all([(probe, areas[id(shot)])], [(d, area) for d in frames], every)
    score, d, sight = max(
        ((hit.score, d, hit) for d, hit in zip(frames, hits, strict=True) if hit),
        key=lambda entry: entry[0],
    )
    if score >= LEAST_SIGHT:
        _settle(wide, dvd, shot, [(probe, (d, (low, high)), sight, area)], areas[id(shot)])


def _blocks(
    shots: Sequence[MappedShot], lost: Sequence[MappedShot], path: Ints, dvd_frames: int
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


def _between(shots: Sequence[MappedShot], run: Span, path: Ints, dvd_frames: int) -> Span:
    """First and last DVD frame that the neighbours of a run of shots leave for it."""
    low = int(path[shots[run[0] - 1].span[1] - 1]) if run[0] else 0
    high = int(path[shots[run[1]].span[0]]) if run[1] < len(shots) else dvd_frames - 1
    return low, high


def _near_diagonal(n: int, block: Sequence[MappedShot], d: int, limits: Span) -> bool:
    """Whether a wide frame and a DVD frame lie about as far into the block."""
    begin, end = block[0].span[0], block[-1].span[1]
    low, high = limits
    expected = low + (n - begin) / max(1, end - begin) * (high - low)
    reach = max(OFF_DIAGONAL_FRAMES, OFF_DIAGONAL_SHARE * (high - low))
    return abs(d - expected) <= reach


def _settle(
    wide: FilmProxies, dvd: FilmProxies, shot: MappedShot, hits: Sequence[Hit], area: Rect
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
                for w, _ in pairs_over(shot.span, np.arange(len(wide)))
                if 0 <= w + offset < len(dvd)
            ]
            if not pairs:
                continue
            start = ProxyView.within(wide, dvd, sight.place, (area, dvd_area))
            if not start.region.area:
                continue
            error, view = _fitted(wide, dvd, sight.place, pairs, (area, dvd_area))
            if best is None or error < best[0] - CLEARLY_BETTER:
                best = error, offset, view
            if best[0] <= CLEARLY_BETTER:
                break  # nothing is better by as much
    if best is not None and best[0] < FOUND and (best[0] < shot.error or shot.error < FOUND):
        shot.error, shot.offset, shot.view = best
        return
    _follow(wide, dvd, shot, hits, area)


def _fitted(
    wide: FilmProxies,
    dvd: FilmProxies,
    place: ProxyMap,
    pairs: Sequence[tuple[int, int]],
    areas: Areas,
) -> tuple[float, ProxyView]:
    """The map of a shot whose offset in time is supposed, and its error.

    Where frames that are free to move in time fit no better than those of the offset, these count:
    in slow motion a frame too early and a shift look alike.
    """
    start = ProxyView.within(wide, dvd, place, areas)

    def fitted(reach: int) -> ProxyView:
        found = fit_films(wide, dvd, place, pairs, rough=True, view=start, reach=reach)
        return ProxyView.within(wide, dvd, found, areas)

    fixed = fitted(0)
    error = map_error(wide, dvd, fixed, pairs, 0)
    if error <= CLEARLY_BETTER:
        return error, fixed
    free = fitted(CANDIDATES)
    least = map_error(wide, dvd, free, pairs, NEAR_FRAMES)
    return (error, fixed) if error <= FIXED_TIMES * least else (least, free)


def _follow(
    wide: FilmProxies, dvd: FilmProxies, shot: MappedShot, hits: Sequence[Hit], area: Rect
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
            errors.append(map_error(wide, dvd, view, pair, 0))
        if len(knots) > 1 and (best is None or max(errors) < best[0] - CLEARLY_BETTER):
            best = max(errors), offset, knots
    if best is not None and best[0] < FOUND:
        shot.error, shot.offset, shot.knots = best
