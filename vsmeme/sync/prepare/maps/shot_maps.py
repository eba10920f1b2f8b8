"""Every shot through a map of its own: the film's, one refined from it, or one searched for.

Cuts say which frames belong together before any framing is known. A shot that the film's map does
not explain is looked for in the part of the DVD between its neighbours.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ....arrays.images import Floats, Ints
from ..proxies import FilmProxies
from ..proxy_area import area_of, whole
from ..shot_cuts import shot_spans
from .lost_shots import search_lost_shots
from .mapped_shot import NEAR_FRAMES, MappedShot, map_error, pairs_over
from .proxy_fit import fit_films
from .proxy_view import ProxyMap, ProxyView, map_between
from .rising_hits import longest_rising

# a shot framed differently: this much worse, this far off, and this much better on its own map
REFRAMED_TIMES, REFRAMED_PX, REFRAMED_GAIN = 1.5, 0.15, 0.7
MOST_TRIED = 12  # maps of other shots that a shot is tried on
UNEXPLAINED, LITTLE = 0.12, 0.05  # 1 - correlation above which a shot is searched for
STUCK_SHARE, STUCK_FRAMES = 0.6, 8  # of the film's usual pace; shorter shots do not tell


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
        MappedShot(span=span, error=level, view=view)
        for span, level in zip(spans, levels, strict=True)
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
        search_lost_shots(wide, dvd, shots, lost, path)
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


def _stuck(shots: Sequence[MappedShot], path: Ints) -> list[MappedShot]:
    """Shots along which the DVD hardly goes on: their frames are at the wrong place."""
    long = [shot for shot in shots if shot.span[1] - shot.span[0] >= STUCK_FRAMES]
    paces = [int(path[s.span[1] - 1] - path[s.span[0]]) / (s.span[1] - s.span[0]) for s in long]
    if not paces:
        return []
    usual = float(np.median([pace for pace in paces if pace > 0] or [1.0]))
    return [s for s, pace in zip(long, paces, strict=True) if pace < STUCK_SHARE * usual]


def _see_bars(wide: FilmProxies, dvd: FilmProxies, shot: MappedShot, path: Ints) -> None:
    """Leave the bars of a shot out of what is compared."""
    first, last = shot.span
    low, high = int(path[first]), int(path[last - 1])
    areas = area_of(wide, range(first, last)), area_of(dvd, range(low, high + 1))
    if areas == (whole(wide), whole(dvd)):
        return
    inside = ProxyView.within(wide, dvd, shot.view.place, areas)
    if not inside.region.area:  # as much is bar where a film ends in black
        return
    shot.areas, shot.view = areas, inside
    shot.error = map_error(wide, dvd, shot.view, pairs_over(shot.span, path), NEAR_FRAMES)


def _view(wide: FilmProxies, dvd: FilmProxies, shot: MappedShot, place: ProxyMap) -> ProxyView:
    """Both films under a map, less the bars of a shot."""
    if shot.areas is None:
        return ProxyView.of(wide, dvd, place)
    return ProxyView.within(wide, dvd, place, shot.areas)


def _refine(wide: FilmProxies, dvd: FilmProxies, worse: Sequence[MappedShot], path: Ints) -> None:
    """Refine the film's map in shots that fit worse than its better ones, where it helps."""
    moving = [s for s in worse if s.error < 0.5 and np.ptp(path[s.span[0] : s.span[1]]) > 0]
    sampled = [pairs_over(shot.span, path) for shot in moving]

    def fitted(entry: tuple[MappedShot, list[tuple[int, int]]]) -> ProxyMap:
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
            errors = [map_error(wide, dvd, view, pairs) for view in views]
            at = int(np.argmin(errors))
            return map_error(wide, dvd, shot.view, pairs), errors[at], views[at]

        found = list(pool.map(best, range(len(moving))))
    for shot, (plain, error, view) in zip(moving, found, strict=True):
        if error < REFRAMED_GAIN * plain:
            shot.error, shot.view = error, view
        else:
            shot.error = min(shot.error, plain)


def _anchors(shots: Sequence[MappedShot], path: Ints, dvd_frames: int) -> list[tuple[int, int]]:
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
