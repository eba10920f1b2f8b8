"""Find one still in a film, whatever its size, crop, compression and grade.

The film's frames are described once by a small grid over their middle; the still by the same grid
under many guesses of which part of the frame it shows. The best frames are then registered on the
proxies, and so are their neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....arrays.images import Floats, Image
from ....pixels.matrix import Matrix23
from ....pixels.rect import Rect
from ..maps.proxy_fit import fit_pair
from ..maps.proxy_view import MARGIN_PX, ProxyMap, ProxyView
from ..proxies import FilmProxies
from .still_guesses import StillGuess, StillGuesses, guess_still

PLACES = 12
NEAR_FRAMES = 24
REFINED, REFINE_ROUNDS = 3, 10
FOUND = 0.95  # correlation on the proxies: grades and JPEG stay above
LEAST_ERROR = 1e-4  # 1 - correlation: rounding
TOLD_APART = 3.0  # the runner-up's 1 - correlation is this many times the winner's


@dataclass(frozen=True, slots=True, kw_only=True)
class StillSighting:
    """One place where a film shows the still.

    Attributes:
        frame: Frame number.
        score: Correlation on the proxies, -1..1.
        matrix: Still px to source px, both in edge coordinates.
    """

    frame: int
    score: float
    matrix: Matrix23


@dataclass(frozen=True, slots=True, kw_only=True)
class StillHits:
    """All places of a still in one film, the best first; ``certain`` if no other comes near."""

    sightings: tuple[StillSighting, ...]
    certain: bool

    @property
    def seen(self) -> bool:
        """Whether the best place shows the still at all."""
        return self.best.score > FOUND

    @property
    def best(self) -> StillSighting:
        """The best place."""
        return self.sightings[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A registered guess: the best frame, and the run around it that is about as good."""

    still: Image
    place: ProxyMap
    frame: int
    score: float
    first: int
    last: int


def find_still(still: Floats, film: FilmProxies) -> StillHits:
    """Find a still in a film.

    Args:
        still: Luma codes, ``h x w``.
        film: Proxies.

    Returns:
        The places, the best first; at least one, however bad.
    """
    return find_guessed(guess_still(still, film), film)


def find_guessed(still: StillGuesses, film: FilmProxies) -> StillHits:
    """Find a still in a film of the size that its guesses were made for."""
    marks: list[_Mark] = []
    for frame, guess in _peaks(still.likeness(film)):
        if any(mark.first <= frame <= mark.last for mark in marks):
            continue
        mark = _register(film, still.guesses[guess], frame)
        if all(mark.frame != other.frame for other in marks):
            marks.append(mark)
    marks.sort(key=lambda mark: -mark.score)
    marks[:REFINED] = [_refine(film, mark) for mark in marks[:REFINED]]
    best: dict[int, _Mark] = {}
    for mark in sorted(marks, key=lambda mark: -mark.score):
        best.setdefault(mark.frame, mark)
    marks = list(best.values())
    worst = max(1 - marks[0].score, LEAST_ERROR) * TOLD_APART
    apart = all(
        1 - mark.score > worst or marks[0].first <= mark.frame <= marks[0].last
        for mark in marks[1:]
    )
    return StillHits(
        sightings=tuple(
            StillSighting(
                frame=mark.frame,
                score=mark.score,
                matrix=_to_source(mark, film, still.picture.shape, still.active),
            )
            for mark in marks
        ),
        certain=apart and marks[0].score > FOUND,
    )


def score_frames(still: StillGuesses, film: FilmProxies, frames: Sequence[int]) -> list[float]:
    """Return how well some frames of a film fit, each registered by itself, -1..1."""
    scores = []
    for n in frames:
        single = replace(film, proxies=film.block(n, n + 1), stream=None)
        guess = int(still.likeness(single).argmax())
        scores.append(_register(single, still.guesses[guess], 0).score)
    return scores


def _peaks(match: Floats) -> Iterator[tuple[int, int]]:
    """Frames and guesses of the best correlations, none close to a better one."""
    best = match.max(axis=0)
    guess = match.argmax(axis=0)
    left = best.copy()
    for _ in range(min(PLACES, len(best))):
        frame = int(np.argmax(left))
        if left[frame] <= 0:
            break
        yield frame, int(guess[frame])
        left[max(0, frame - NEAR_FRAMES // 2) : frame + NEAR_FRAMES // 2 + 1] = 0


def _register(film: FilmProxies, guess: StillGuess, frame: int) -> _Mark:
    """Register the still on one frame, then look at its neighbours."""
    view = _view(guess.still, guess.place, film.size)
    rough, _ = fit_pair(view, guess.still, film.proxies[frame], rough=True, steps=6)
    start = _view(guess.still, rough, film.size)
    place, _ = fit_pair(start, guess.still, film.proxies[frame], rough=False, steps=4)
    return _best_near(film, StillGuess(still=guess.still, place=place), frame)


def _refine(film: FilmProxies, mark: _Mark) -> _Mark:
    """Register on the frame and its neighbours, until no neighbour is better.

    In a pan a time error looks like a shift, so the first frame may be many frames off.
    """
    for _ in range(REFINE_ROUNDS):
        fits = []
        for n in range(max(0, mark.frame - 3), min(len(film), mark.frame + 4)):
            view = _view(mark.still, mark.place, film.size)
            place, score = fit_pair(view, mark.still, film.proxies[n], rough=False, steps=4)
            fits.append((score, n, place))
        _, frame, place = max(fits, key=lambda entry: entry[0])
        found = _best_near(film, StillGuess(still=mark.still, place=place), frame)
        if found.score <= mark.score + LEAST_ERROR:
            return max(found, mark, key=lambda entry: entry.score)
        mark = found
    return mark


def _view(still: Image, place: ProxyMap, size: tuple[int, int]) -> ProxyView:
    region = place.shared((still.shape[1], still.shape[0]), size, MARGIN_PX)
    return ProxyView(place=place, region=region, size=size)


def _best_near(film: FilmProxies, guess: StillGuess, frame: int) -> _Mark:
    """Choose the best frame around, and note the run of frames that are about as good."""
    view = _view(guess.still, guess.place, film.size)
    if view.region.w < 16 or view.region.h < 12:
        return _Mark(
            still=guess.still, place=guess.place, frame=frame, score=-1.0, first=frame, last=frame
        )
    first, end = max(0, frame - NEAR_FRAMES), min(len(film), frame + NEAR_FRAMES + 1)
    scores = view.dvd_rows(film.block(first, end)) @ view.wide_rows(guess.still[None])[0]
    best = int(np.argmax(scores))
    error = max(1 - float(scores[best]), LEAST_ERROR)
    other = np.flatnonzero(1 - scores > TOLD_APART * error)
    before, after = other[other < best], other[other > best]
    return _Mark(
        still=guess.still,
        place=guess.place,
        frame=first + best,
        score=float(scores[best]),
        first=first + (int(before[-1]) + 1 if len(before) else 0),
        last=first + (int(after[0]) if len(after) else len(scores)) - 1,
    )


def _to_source(mark: _Mark, film: FilmProxies, shape: tuple[int, ...], active: Rect) -> Matrix23:
    """Still px (with its borders) to px of the source, edge coordinates."""
    place = mark.place
    kx, ky = film.px
    ax = mark.still.shape[1] / shape[1] / place.sx * kx
    ay = mark.still.shape[0] / shape[0] / place.sy * ky
    bx = film.active.x - place.tx / place.sx * kx - active.x * ax
    by = film.active.y - place.ty / place.sy * ky - active.y * ay
    return ((ax, 0.0, bx), (0.0, ay, by))
