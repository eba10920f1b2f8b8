"""What belongs to a film before its first and after its last pair.

Scenes that the DVD shows in another order, and the black that both films end in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...arrays.images import Ints, Mask
from .match_films import Match
from .other_order import Span, find_elsewhere
from .proxies import FilmProxies

LEAST_MOVED_SHARE = 0.5  # of what is added to an end, that the DVD shows elsewhere
BLACK_CODES = 24.0  # 8-bit limited luma, below which all but the brightest px of black lie
BLACK_PERCENTILE = 99.0
MOST_BLACK_FRAMES = 480  # after the last pair


def with_ends(wide: FilmProxies, dvd: FilmProxies, match: Match, outside: Sequence[Span]) -> Match:
    """Lengthen a match by frames of the wide that belong to the film without a partner.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        match: Their match.
        outside: Frames before its first and after its last pair, that may be added.

    Returns:
        The match. Frames that the DVD shows in another order have no partner; nor has a picture
        whose DVD is black already, or the reverse; black goes with black.
    """
    end = match.first + len(match.dvd)
    moved = find_elsewhere(wide, dvd, match, outside) if outside else []
    before = _reach([(match.first - m.wide[1], match.first - m.wide[0]) for m in moved])
    after = _reach([(m.wide[0] - end, m.wide[1] - end) for m in moved])
    if after:
        tail, lost = np.full(after, match.dvd[-1]), np.ones(after, np.bool_)
    else:
        tail, lost = _black_end(wide, dvd, match)
    dvds = np.concatenate((np.full(before, match.dvd[0]), match.dvd, tail))
    missing = np.concatenate((np.ones(before, np.bool_), match.missing, lost))
    return replace(
        match,
        first=match.first - before,
        dvd=np.maximum.accumulate(dvds),
        score=np.pad(match.score, (before, len(tail))),
        confident=np.pad(match.confident, (before, len(tail))),
        missing=missing,
        using=np.pad(match.using, (before, len(tail)), mode="edge"),
    )


def _reach(parts: Sequence[Span]) -> int:
    """How far to go from an end, frames, so that parts cover enough of the way.

    Args:
        parts: First frame and the one after the last, counted from the end; negative ones lie on
            its other side.
    """
    covered, reach = 0, 0
    for first, last in sorted(parts):
        if first >= 0:
            covered += last - first
            if covered >= LEAST_MOVED_SHARE * last:
                reach = last
    return reach


def _black_end(wide: FilmProxies, dvd: FilmProxies, match: Match) -> tuple[Ints, Mask]:
    """DVD frames of the black after the last pair, and which of them are no partner."""
    nothing = np.zeros(0, np.int64), np.zeros(0, np.bool_)
    known = np.flatnonzero(~match.missing)
    if not len(known):
        return nothing
    offset = int(match.dvd[known[-1]]) - match.first - int(known[-1])
    begin = match.first + len(match.dvd)
    stop = min(len(wide), len(dvd) - offset, begin + MOST_BLACK_FRAMES)
    if stop <= begin:
        return nothing
    wide_black, dvd_black = (
        _is_black(film, first, first + stop - begin)
        for film, first in ((wide, begin), (dvd, begin + offset))
    )
    picture = np.flatnonzero(~(wide_black | dvd_black))
    run = int(picture[0]) if len(picture) else stop - begin
    both = (wide_black & dvd_black)[:run]
    if not both.any():
        return nothing
    length = int(np.flatnonzero(both)[-1]) + 1
    return np.arange(begin, begin + length) + offset, ~both[:length]


def _is_black(film: FilmProxies, first: int, stop: int) -> Mask:
    frames = film.block(first, stop).reshape(stop - first, -1)
    return np.asarray(np.percentile(frames, BLACK_PERCENTILE, axis=1) < BLACK_CODES)
