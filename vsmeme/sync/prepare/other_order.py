"""What the DVD shows elsewhere, or shows alone: scenes in another order, another cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...arrays.images import Ints
from .coarse_search import coarse_film, coarse_rows
from .maps.proxy_view import ProxyMap, ProxyView
from .match_films import Match
from .proxies import FilmProxies
from .shot_cuts import shot_spans

Span = tuple[int, int]  # first frame and the one after the last
LEAST_FRAMES = 8  # of a piece: shorter ones hardly tell their place
PROBES, REACH_FRAMES = 5, 3  # how far the coarse grid may miss a frame
MOST_PLACES = 4  # maps that a piece is looked for through, the film's first
LEAST_SHARE = 0.6  # of the probes that agree on one offset
LEAST_SCORE, TIMES_LEVEL = 0.9, 8.0  # correlation; 1 - correlation in times of what pairs have
SAME_OFFSET_FRAMES = 2
LEAST_UNUSED_FRAMES = 12  # of the DVD: fewer are copies, or a repair of its frame rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Frames of the wide that the DVD shows, but not in this order.

    Attributes:
        wide: First frame, and the one after the last.
        dvd: The same on the DVD.
    """

    wide: Span
    dvd: Span


def find_elsewhere(
    wide: FilmProxies, dvd: FilmProxies, match: Match, spans: Sequence[Span]
) -> list[Elsewhere]:
    """Look through the whole DVD for frames of the wide that have no partner.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        match: Their match.
        spans: Runs of frames without partner: first, and the one after the last.

    Returns:
        What the DVD shows of them, in the wide's order.
    """
    pieces = list(_pieces(wide, spans))
    if not pieces:
        return []
    sure = 1 - match.score[match.confident]
    least = LEAST_SCORE
    if len(sure):
        least = max(least, 1 - TIMES_LEVEL * float(np.median(sure)))
    shown: dict[Span, Elsewhere] = {}
    rows = coarse_film(dvd, ProxyMap(sx=1.0, sy=1.0, tx=0.0, ty=0.0), dvd.size)
    for place in match.places[:MOST_PLACES]:
        for piece in pieces:
            if piece not in shown:
                probes = np.unique(np.linspace(*piece, PROBES + 2)[1:-1].astype(np.int64))
                partners = (coarse_rows(wide.proxies[probes], place, dvd.size) @ rows.T).argmax(1)
                offset = _offset(wide, dvd, place, probes, partners, least)
                if offset is not None:
                    shown[piece] = _moved(piece, offset, len(dvd))
    return _joined([shown[piece] for piece in pieces if piece in shown])


def _pieces(wide: FilmProxies, spans: Sequence[Span]) -> Iterator[Span]:
    """Split runs of the wide at its cuts."""
    shots = shot_spans(wide) if spans else []
    for first, last in spans:
        for begin, end in shots:
            a, b = max(first, begin), min(last, end)
            if b - a >= LEAST_FRAMES:
                yield a, b


def _offset(
    wide: FilmProxies,
    dvd: FilmProxies,
    place: ProxyMap,
    probes: Ints,
    partners: Ints,
    least: float,
) -> int | None:
    """The offset in time on which most probes agree, and fit at full size."""
    view = ProxyView.of(wide, dvd, place)
    if not view.region.area:
        return None
    offsets: list[int] = []
    for n, d in zip(probes.tolist(), partners.tolist(), strict=True):
        low = max(0, d - REACH_FRAMES)
        near = view.dvd_rows(dvd.block(low, d + REACH_FRAMES + 1))
        scores = near @ view.wide_rows(wide.block(n, n + 1))[0]
        if scores.max() >= least:
            offsets.append(low + int(np.argmax(scores)) - n)
    if not offsets:
        return None
    middle = int(np.median(offsets))
    agreeing = sum(abs(offset - middle) <= SAME_OFFSET_FRAMES for offset in offsets)
    return middle if agreeing >= LEAST_SHARE * len(probes) else None


def _moved(piece: Span, offset: int, frames: int) -> Elsewhere:
    first, last = (min(max(n + offset, 0), frames) for n in piece)
    return Elsewhere(wide=piece, dvd=(first, last))


def _joined(parts: Sequence[Elsewhere]) -> list[Elsewhere]:
    """Join neighbours that follow each other on both sides."""
    result: list[Elsewhere] = []
    for part in parts:
        last = result[-1] if result else None
        if (
            last
            and last.wide[1] == part.wide[0]
            and abs(part.dvd[0] - last.dvd[1]) <= 2 * SAME_OFFSET_FRAMES
        ):
            both = ((last.wide[0], part.wide[1]), (last.dvd[0], part.dvd[1]))
            result[-1] = Elsewhere(wide=both[0], dvd=both[1])
        else:
            result.append(part)
    return result


def dvd_alone(match: Match, elsewhere: Sequence[Elsewhere]) -> list[Span]:
    """Return runs of DVD frames between its pairs that belong to no frame of the wide.

    Args:
        match: The match.
        elsewhere: What the DVD shows in another order.
    """
    used = np.unique(match.dvd[~match.missing])
    runs = [(int(a) + 1, int(b)) for a, b in pairwise(used) if b - a > LEAST_UNUSED_FRAMES]
    for part in elsewhere:
        runs = [rest for run in runs for rest in _without(run, part.dvd)]
    return [run for run in runs if run[1] - run[0] >= LEAST_UNUSED_FRAMES]


def _without(run: Span, part: Span) -> Iterator[Span]:
    if part[1] <= run[0] or part[0] >= run[1]:
        yield run
        return
    if run[0] < part[0]:
        yield run[0], part[0]
    if part[1] < run[1]:
        yield part[1], run[1]
