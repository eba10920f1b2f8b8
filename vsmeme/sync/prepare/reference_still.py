"""Find one still in a film, whatever its size, crop, compression and grade.

The film's frames are described once by a small grid over their middle; the still by the same grid
under many guesses of which part of the frame it shows. The best frames are then registered on the
proxies, and so are their neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from ...arrays.images import Floats, Image
from ...pixels.matrix import Matrix23
from ...pixels.rect import Rect
from ...source.prepare.active_picture import find_active
from .maps.proxy_fit import fit_pair
from .maps.proxy_view import MARGIN_PX, ProxyMap, ProxyView
from .proxies import BLOCK_FRAMES, FilmProxies, unit

GRID = (16, 12)
DENSE = (48, 36)
DENSE_BROAD_PX = 6.0
BLANK_CODES = 0.6
CORE = 0.6  # of the frame's width and height: a still has to show this middle part
SHOWN = (1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.76, 0.72, 0.68, 0.64, 1.06, 1.13, 1.2, 1.28, 1.36)
STEP = 0.06  # between guesses of its place, as a share of the frame's width and height
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
class _Guess:
    """The still at the proxies' density, and where a frame lies on it."""

    still: Image
    place: ProxyMap


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A registered guess: the best frame, and the run around it that is about as good."""

    still: Image
    place: ProxyMap
    frame: int
    score: float
    first: int
    last: int


def rank_frames(still: Floats, film: FilmProxies) -> list[int]:
    """Return a film's frames, those first that look most like a still, coarsely, unregistered."""
    _, match = _likeness(_active_part(still)[0], film)
    return [int(n) for n in np.argsort(-match.max(axis=0), kind="stable")]


def _active_part(still: Floats) -> tuple[Floats, Rect]:
    active = find_active([still / np.float32(255)])
    return still[active.y : active.bottom, active.x : active.right], active


def _likeness(picture: Floats, film: FilmProxies) -> tuple[list[_Guess], Floats]:
    """Return how a still may lie, and its correlation with each frame for each of these."""
    guesses = list(_guesses(picture, film))
    hypotheses = np.concatenate([_still_row(guess, film) for guess in guesses])
    return guesses, np.asarray(hypotheses @ _film_rows(film).T, np.float32)


def find_still(still: Floats, film: FilmProxies) -> StillHits:
    """Find a still in a film.

    Args:
        still: Luma codes, ``h x w``.
        film: Proxies.

    Returns:
        The places, the best first; at least one, however bad.
    """
    picture, active = _active_part(still)
    guesses, match = _likeness(picture, film)
    marks: list[_Mark] = []
    for frame, guess in _peaks(match):
        if any(mark.first <= frame <= mark.last for mark in marks):
            continue
        mark = _register(film, guesses[guess], frame)
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
                matrix=_to_source(mark, film, picture.shape, active),
            )
            for mark in marks
        ),
        certain=apart and marks[0].score > FOUND,
    )


def _film_rows(film: FilmProxies) -> Floats:
    """Grid rows of the middle of every frame."""
    middle = _core(ProxyMap(sx=1, sy=1, tx=0, ty=0), *film.size)
    parts = []
    for first in range(0, len(film), BLOCK_FRAMES):
        frames = film.block(first, first + BLOCK_FRAMES)
        cells = [_cells(f.astype(np.float32), middle) for f in frames]
        parts.append(unit(np.stack(cells), floor=BLANK_CODES))
    return np.concatenate(parts)


def _core(place: ProxyMap, width: int, height: int) -> ProxyMap:
    """From the dense grid over a frame's middle to a picture that shows the frame at a place."""
    left, top = (1 - CORE) / 2 * width, (1 - CORE) / 2 * height
    step_x, step_y = CORE * width / DENSE[0], CORE * height / DENSE[1]
    return ProxyMap(
        sx=place.sx * step_x,
        sy=place.sy * step_y,
        tx=place.sx * left + place.tx,
        ty=place.sy * top + place.ty,
    )


def _cells(image: Floats, place: ProxyMap) -> Floats:
    matrix = np.array(
        [
            [place.sx, 0.0, place.tx + 0.5 * place.sx - 0.5],
            [0.0, place.sy, place.ty + 0.5 * place.sy - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    dense = cv2.warpAffine(image, matrix, DENSE, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    passed = dense - cv2.GaussianBlur(dense, (0, 0), DENSE_BROAD_PX)
    return np.asarray(cv2.resize(passed, GRID, interpolation=cv2.INTER_AREA), np.float32)


def _guesses(still: Floats, film: FilmProxies) -> Iterator[_Guess]:
    """The still at the proxies' density, and where it may lie, wherever it shows the core."""
    width, height = film.size
    stored = float(film.sar) * still.shape[0] / still.shape[1]
    aspects = {1.0, float(film.sar)} if stored else {1.0}
    for shown, aspect in product(SHOWN, aspects):
        across = round(shown * width)
        down = round(across * still.shape[0] / still.shape[1] / aspect)
        if down < CORE * height or across < CORE * width:
            continue
        exact = cv2.resize(still, (across, down), interpolation=cv2.INTER_AREA)
        small: Image = np.asarray(np.clip(np.rint(exact), 0, 255), np.uint8)
        slack = (across - CORE * width) / 2 / width, (down - CORE * height) / 2 / height
        steps = [int(side / STEP) for side in slack]
        for i, j in product(*(range(-min(n, 4), min(n, 4) + 1) for n in steps)):
            tx = (across - width) / 2 + i * STEP * width
            ty = (down - height) / 2 + j * STEP * height
            yield _Guess(still=small, place=ProxyMap(sx=1.0, sy=1.0, tx=tx, ty=ty))


def _still_row(guess: _Guess, film: FilmProxies) -> Floats:
    cells = _cells(guess.still.astype(np.float32), _core(guess.place, *film.size))
    return unit(cells[None], floor=BLANK_CODES)


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


def _register(film: FilmProxies, guess: _Guess, frame: int) -> _Mark:
    """Register the still on one frame, then look at its neighbours."""
    view = _view(guess.still, guess.place, film.size)
    rough, _ = fit_pair(view, guess.still, film.proxies[frame], rough=True, steps=6)
    start = _view(guess.still, rough, film.size)
    place, _ = fit_pair(start, guess.still, film.proxies[frame], rough=False, steps=4)
    return _best_near(film, _Guess(still=guess.still, place=place), frame)


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
        found = _best_near(film, _Guess(still=mark.still, place=place), frame)
        if found.score <= mark.score + LEAST_ERROR:
            return max(found, mark, key=lambda entry: entry.score)
        mark = found
    return mark


def _view(still: Image, place: ProxyMap, size: tuple[int, int]) -> ProxyView:
    region = place.shared((still.shape[1], still.shape[0]), size, MARGIN_PX)
    return ProxyView(place=place, region=region, size=size)


def _best_near(film: FilmProxies, guess: _Guess, frame: int) -> _Mark:
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
