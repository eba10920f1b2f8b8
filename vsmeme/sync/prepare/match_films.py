"""Match two films by their proxies: search, path, refined map, path again, judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...arrays.images import Floats, Ints, Mask
from ...errors import UsageError
from .anchor_chain import Chain, band_around, find_chain
from .band_scores import Scored, score_band
from .coarse_search import coarse_film, find_mirrored, find_place
from .confidence import MatchEvidence, judge_match, refuse, sure
from .lost_frames import first_copies, hold_nearest, measure_steps, without_partner
from .maps.proxy_fit import fit_films
from .maps.proxy_view import ProxyMap, ProxyView
from .maps.shot_maps import ShotMaps, map_shots
from .monotone_path import best_path, evidence, posterior
from .proxies import FilmProxies
from .repeated_frames import coded_copies, copies_along, local_level

FIT_FRAMES = 16
MIRROR_SCORE = 0.75  # on the coarse grid, of the better half of the probes
NO_MATCH_SCORE, GAP_LOSS = 0.5, 0.1  # foreign frames stay below
SETTLED_PX = 0.03  # DVD proxy px: below it the scores would not change
# 1 - correlation of a film's frames with its first one, in times of what neighbours differ by, and
# at least and at most: a film that stays below stands still, but for noise; in a chase neighbours
# have next to nothing in common, and no frame differs from another by much more
STILL_TIMES, STILL_CHANGE, STILL_MOST, STILL_FRAMES = 2.5, 4e-4, 0.2, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The match of two films.

    Attributes:
        first: First wide frame that has a partner.
        dvd: DVD frame per wide frame from there on.
        score: Correlation of each pair, -1..1.
        confident: Which pairs are sure.
        missing: Which wide frames lack a partner and hold a neighbour's.
        places: DVD proxies to wide proxies, the film's map first.
        using: Which of them belongs to each wide frame.
        evidence: What the match was accepted on.
    """

    first: int
    dvd: Ints
    score: Floats
    confident: Mask
    missing: Mask
    places: tuple[ProxyMap, ...]
    using: Ints
    evidence: MatchEvidence

    @property
    def place(self) -> ProxyMap:
        """The film's map."""
        return self.places[0]


def match_films(wide: FilmProxies, dvd: FilmProxies) -> Match:
    """Match two films.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.

    Returns:
        The match; it begins and ends where both films have picture in common.

    Raises:
        UsageError: They do not match; the message has the best score.
    """
    core = ProxyMap(sx=1.0, sy=1.0, tx=0.0, ty=0.0)
    rows = coarse_film(dvd, core, dvd.size)
    place, likeness = find_place(wide, dvd, rows)
    if likeness < MIRROR_SCORE < find_mirrored(wide, dvd, rows):
        raise UsageError(
            f"the DVD is mirrored against the wide (best score {likeness:.3f} as it is): flip it "
            "first and give the result as dvd"
        )
    chain = find_chain(wide, dvd, place, rows)
    band = band_around(chain, wide_frames=len(wide), dvd_frames=len(dvd))
    picks = np.linspace(0, len(chain) - 1, min(len(chain), FIT_FRAMES)).astype(np.int64)
    pairs = [(int(chain.wide[i]), int(chain.dvd[i])) for i in picks]
    place = fit_films(wide, dvd, place, pairs, rough=False)
    view = ProxyView.of(wide, dvd, place)
    if _stand_still(wide, dvd, view):
        return _still_match(wide, dvd, view)
    scored = score_band(wide, dvd, [view], band)
    path = _path(scored)
    refined = fit_films(wide, dvd, place, _samples(scored, path), rough=False)
    if view.moved(refined) > SETTLED_PX:
        view = ProxyView.of(wide, dvd, refined)
        scored = score_band(wide, dvd, [view], band)
        path = _path(scored)
    maps = map_shots(wide, dvd, view, path, scored.at(path))
    if maps.anchors:
        band = band_around(_chain_of(maps.anchors), wide_frames=len(wide), dvd_frames=len(dvd))
    if maps.using.any():
        scored = score_band(wide, dvd, maps.views, band, using=maps.using)
        path = _path(scored)
    copies = copies_along(scored, path)
    if not np.array_equal(copies, coded_copies(scored.dvd_change)):
        path = best_path(band, evidence(scored.flat), copies)
    return _judge(wide, dvd, maps, scored, path, copies)


def _stand_still(wide: FilmProxies, dvd: FilmProxies, view: ProxyView) -> bool:
    """Whether each film is one picture all along, so that any of its frames may be any partner."""
    for film, seen in ((wide, view.wide_rows), (dvd, view.dvd_rows)):
        if len(film) < 2 or not view.region.area:
            return False
        picks = np.arange(0, len(film) - 1, max(1, len(film) // STILL_FRAMES))
        rows = seen(film.proxies[picks])
        near = 1 - (rows * seen(film.proxies[picks + 1])).sum(axis=1)
        far = 1 - rows @ rows[0]
        noise = max(STILL_TIMES * float(np.median(near)), STILL_CHANGE)
        if far.max() > min(noise, STILL_MOST):
            return False
    return True


def _still_match(wide: FilmProxies, dvd: FilmProxies, view: ProxyView) -> Match:
    """Pair films that stand still frame by frame; nothing tells their times, so no pair is sure."""
    path = np.minimum(np.arange(len(wide)), len(dvd) - 1)
    chain = _chain_of([(0, 0), (len(wide) - 1, int(path[-1]))])
    band = band_around(chain, wide_frames=len(wide), dvd_frames=len(dvd))
    scores = score_band(wide, dvd, [view], band).at(path)
    proof = MatchEvidence(score=float(np.median(scores)), motion=0.0, moving=0)
    refuse(proof, matched=int((scores > NO_MATCH_SCORE).sum()), confident=0)
    nothing = np.zeros(len(wide), np.bool_)
    return Match(
        first=0,
        dvd=path,
        score=scores,
        confident=nothing,
        missing=nothing,
        places=(view.place,),
        using=np.zeros(len(wide), np.int64),
        evidence=proof,
    )


def _path(scored: Scored) -> Ints:
    """The path before any motion is known."""
    return best_path(scored.band, evidence(scored.flat), coded_copies(scored.dvd_change))


def _samples(scored: Scored, path: Ints) -> list[tuple[int, int]]:
    """Well-matched frames, spread over the film."""
    scores = scored.at(path)
    picked = []
    for part in np.array_split(np.arange(len(path)), min(FIT_FRAMES, len(path))):
        row = int(part[int(np.argmax(scores[part]))])
        picked.append((row, int(path[row])))
    return picked


def _chain_of(anchors: Sequence[tuple[int, int]]) -> Chain:
    wides, dvds = np.array(anchors, np.int64).T
    return Chain(wide=wides, dvd=dvds, score=np.ones(len(anchors), np.float32))


def _judge(
    wide: FilmProxies, dvd: FilmProxies, maps: ShotMaps, scored: Scored, path: Ints, copies: Mask
) -> Match:
    """Trim, settle frames without a partner, and decide what is sure."""
    likely = posterior(scored.band, evidence(scored.flat), path, copies)
    scores = scored.at(path)
    first, last = _trim(path, scores)
    inside = slice(first, last + 1)
    proof = judge_match(wide, dvd, maps, path, scores, range(first, last + 1))
    part, path = scored.cut(first, last + 1), path[inside]
    level, steps = local_level(scores[inside]), measure_steps(part, path)
    missing = without_partner(part, path, steps, level)
    held = hold_nearest(part, first_copies(part, path, missing, copies), missing)
    settled = part.at(held)
    confident = sure(likely[inside], settled, steps, level, missing)
    refuse(
        proof,
        matched=int((~missing & (scores[inside] > NO_MATCH_SCORE)).sum()),
        confident=int(confident.sum()),
    )
    return Match(
        first=first,
        dvd=held,
        score=settled,
        confident=confident,
        missing=missing,
        places=tuple(view.place for view in maps.views),
        using=maps.using[inside],
        evidence=proof,
    )


def _trim(path: Ints, scores: Floats) -> tuple[int, int]:
    """First and last row of the part that both films show.

    Rows before the DVD begins and after it ends all hold its first or last frame: the best of them
    counts. Foreign frames at either end are cut off where the sum of what speaks for a match is
    greatest; a gap inside speaks against it only a little, for scenes may be missing.
    """
    lead = int(np.searchsorted(path, path[0], side="right"))
    tail = int(np.searchsorted(path, path[-1], side="left"))
    first, last = int(np.argmax(scores[:lead])), tail + int(np.argmax(scores[tail:]))
    gain = np.maximum(scores[first : last + 1] - NO_MATCH_SCORE, -GAP_LOSS)
    total = np.concatenate(([0.0], np.cumsum(gain)))
    end = int(np.argmax(total - np.minimum.accumulate(total)))
    begin = int(np.argmin(total[: end + 1]))
    return first + begin, first + max(end - 1, begin)
