"""Two films' proxies to a table of pairs: search, path, refined map, path again, verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..progress import bar
from .fingerprint import BLOCK_FRAMES, Film, Floats
from .path import Band, Ints, best_path, evidence, posterior
from .proxyfit import Place, View, fit_films
from .search import band_around, coarse_film, find_chain, find_place
from .verdict import (
    Evidence,
    Flags,
    Neighbours,
    first_copies,
    hold_nearest,
    local_level,
    refuse,
    sure,
    weigh,
    without_partner,
)

FIT_FRAMES = 16
SETTLED_PX = 0.03  # DVD proxy px: below it the scores would not change


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The match of two films.

    Attributes:
        first: First wide frame that has a partner.
        dvd: DVD frame per wide frame from there on.
        score: Correlation of each pair, -1..1.
        confident: Which pairs are sure.
        missing: Which wide frames lack a partner and hold a neighbour's.
        place: DVD proxies to wide proxies.
        evidence: What the match was accepted on.
    """

    first: int
    dvd: Ints
    score: Floats
    confident: Flags
    missing: Flags
    place: Place
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The band's correlations and the changes from frame to frame."""

    flat: Floats
    wide_change: Floats
    dvd_change: Floats


def match_films(wide: Film, dvd: Film) -> Match:
    """Match two films.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.

    Returns:
        The match; it begins and ends where both films have picture in common.

    Raises:
        UsageError: They do not match; the message has the best score.
    """
    core = Place(sx=1.0, sy=1.0, tx=0.0, ty=0.0)
    rows = coarse_film(dvd, core, dvd.size)
    place, _ = find_place(wide, dvd, rows)
    chain = find_chain(wide, dvd, place, rows)
    band = band_around(chain, wide_frames=len(wide), dvd_frames=len(dvd))
    picks = np.linspace(0, len(chain) - 1, min(len(chain), FIT_FRAMES)).astype(np.int64)
    pairs = [(int(chain.wide[i]), int(chain.dvd[i])) for i in picks]
    place = fit_films(wide, dvd, place, pairs, rough=False)
    view = View.of(wide, dvd, place)
    scored = score_band(wide, dvd, view, band)
    path = best_path(band, evidence(scored.flat))
    refined = fit_films(wide, dvd, place, _samples(band, scored, path), rough=False)
    if _moved(place, refined, view) > SETTLED_PX:
        view = View.of(wide, dvd, refined)
        scored = score_band(wide, dvd, view, band)
        path = best_path(band, evidence(scored.flat))
    return _judge(wide, dvd, view, band, scored, path)


def score_band(wide: Film, dvd: Film, view: View, band: Band) -> Scored:
    """Correlate each wide frame with the DVD frames of its row.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        view: The map.
        band: The rows.

    Returns:
        Correlations, flat, and 1 - correlation of each frame with the one before it.
    """
    starts = band.starts
    flat = np.empty(int(starts[-1]), np.float32)
    wide_change = np.zeros(len(wide), np.float32)
    dvd_change = np.zeros(len(dvd), np.float32)
    held = np.empty((0, view.region.w * view.region.h), np.float32)
    held_low = held_high = 0
    last_row: Floats | None = None
    progress: tqdm[int] = bar(label="match", total=len(wide))
    for first in range(0, len(wide), BLOCK_FRAMES):
        last = min(first + BLOCK_FRAMES, len(wide))
        low, high = int(band.low[first]), int((band.low + band.width)[first:last].max())
        keep = held[max(0, low - held_low) :] if low < held_high else held[:0]
        begin = max(low, held_high)
        if begin < high:
            fresh = view.dvd_rows(dvd.block(begin, high))
            keep = np.concatenate([keep, fresh])
            dvd_change[begin + 1 : high] = 1 - (fresh[1:] * fresh[:-1]).sum(axis=1)
            if len(keep) > len(fresh):
                dvd_change[begin] = 1 - float(keep[-len(fresh) - 1] @ fresh[0])
        held, held_low, held_high = keep, low, max(high, held_high)
        rows = view.wide_rows(wide.block(first, last))
        wide_change[first + 1 : last] = 1 - (rows[1:] * rows[:-1]).sum(axis=1)
        if last_row is not None:
            wide_change[first] = 1 - float(last_row @ rows[0])
        last_row = rows[-1]
        products = rows @ held.T
        for row in range(first, last):
            offset = int(band.low[row]) - held_low
            part = products[row - first, offset : offset + int(band.width[row])]
            flat[starts[row] : starts[row + 1]] = part
        progress.update(last - first)
    progress.close()
    return Scored(flat=flat, wide_change=wide_change, dvd_change=dvd_change)


def _samples(band: Band, scored: Scored, path: Ints) -> list[tuple[int, int]]:
    """Well-matched frames, spread over the film."""
    scores = scored.flat[band.starts[:-1] + path - band.low]
    picked = []
    for part in np.array_split(np.arange(len(path)), min(FIT_FRAMES, len(path))):
        row = int(part[int(np.argmax(scores[part]))])
        picked.append((row, int(path[row])))
    return picked


def _moved(before: Place, after: Place, view: View) -> float:
    """Greatest displacement of a corner of the shared part, DVD proxy px."""
    region = view.region
    across = [(after.sx - before.sx) * x + after.tx - before.tx for x in (region.x, region.right)]
    down = [(after.sy - before.sy) * y + after.ty - before.ty for y in (region.y, region.bottom)]
    return max(abs(value) for value in across + down) / before.sx


def _look_up(band: Band, flat: Floats, dvd: Ints) -> Floats:
    """Correlation of each row with a given DVD frame; 0 outside the band."""
    inside = (dvd >= band.low) & (dvd < band.low + band.width)
    at = np.clip(band.starts[:-1] + dvd - band.low, 0, len(flat) - 1)
    return np.where(inside, flat[at], np.float32(0))


def _judge(wide: Film, dvd: Film, view: View, band: Band, scored: Scored, path: Ints) -> Match:
    """Trim, settle frames without a partner, and decide what is sure."""
    likely = posterior(band, evidence(scored.flat), path)
    scores = _look_up(band, scored.flat, path)
    first, last = _trim(path, scores)
    inside = slice(first, last + 1)
    proof = weigh(wide, dvd, view, path, scores)
    level = local_level(scores[inside])
    change = Neighbours(wide=scored.wide_change[inside], dvd=scored.dvd_change[path[inside]])
    missing = without_partner(path[inside], scores[inside], change, level)
    refuse(proof, matched=int((~missing & (scores[inside] > 0.5)).sum()))
    held = first_copies(_hold(band, scored, path, missing, inside), scored.dvd_change)
    settled = _look_up(band, scored.flat, held)[inside]
    confident = sure(likely[inside], settled, change, level, missing)
    return Match(
        first=first,
        dvd=held[inside],
        score=settled,
        confident=confident,
        missing=missing,
        place=view.place,
        evidence=proof,
    )


def _hold(band: Band, scored: Scored, path: Ints, missing: Flags, inside: slice) -> Ints:
    """The path with frames without a partner on their nearest neighbours'."""
    known = ~missing
    if not known.any():
        return path
    rows = np.flatnonzero(known)
    index = np.clip(np.searchsorted(rows, np.arange(len(known)), side="right") - 1, 0, None)
    following = np.clip(np.searchsorted(rows, np.arange(len(known))), None, len(rows) - 1)
    whole = path.copy()
    earlier, later = path.copy(), path.copy()
    earlier[inside] = path[inside][rows[index]]
    later[inside] = path[inside][rows[following]]
    whole[inside] = hold_nearest(
        path[inside],
        missing,
        _look_up(band, scored.flat, earlier)[inside],
        _look_up(band, scored.flat, later)[inside],
    )
    return whole


def _trim(path: Ints, scores: Floats) -> tuple[int, int]:
    """First and last row of the part that both films show."""
    lead = int(np.searchsorted(path, path[0], side="right"))
    tail = int(np.searchsorted(path, path[-1], side="left"))
    first = int(np.argmax(scores[:lead])) if lead else 0
    last = tail + int(np.argmax(scores[tail:]))
    good = np.flatnonzero(scores > 0.5)
    if len(good):
        first, last = max(first, int(good[0])), min(last, int(good[-1]))
    return first, max(first, last)
