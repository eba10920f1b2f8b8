"""Where in a whole film a reference still is, by key frames first."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...errors import UsageError
from ...pixels.rect import Rect
from ...progress import log
from ...project import Project
from ...source.prepare.cut_section import Film
from ...source.prepare.small_frames import SmallFrames, small_key_frames, small_part
from ...sync.prepare.proxies import PROXY_WIDTH, FilmProxies
from ...sync.prepare.stills.reference_still import (
    FOUND,
    LEAST_ERROR,
    TOLD_APART,
    find_guessed,
    score_frames,
)
from ...sync.prepare.stills.still_guesses import StillGuesses, guess_still
from ...sync.prepare.stills.still_picture import read_still
from ...sync.timeline import clock_time

REGISTERED = 24  # key frames, those that look most like the still
PLAUSIBLE = 0.4  # what the still scores on a key frame near it; on foreign ones 0.3 at most
CANDIDATES = 6  # key frames around which the film is decoded at most
FEW = 3  # as many do where one place is told apart from the others
APART_SECONDS = 1.0  # sightings nearer to each other are one place
KEY_SECONDS = 20.0  # what is looked at on either side of a key frame at most
SPARSE_SECONDS = 8.0
"""Between the key frames that are looked at first: about 1 % of the film to decode, where all of
them are 4 to 10 %. A shot that none of them falls into is found among all."""
SHORT_SECONDS = 240.0  # of a film shorter than that all key frames are looked at
SURE = 0.98
"""What a sighting among few key frames has to score: the same place filmed again scores up to 0.95
(frames of one shot at other moments), a screenshot 0.99."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """One look through the film: which key frames, and what their neighbours were."""

    film: Film
    still: StillGuesses
    keys: SmallFrames
    apart: float


def find_start(project: Project, film: Film, *, accept: bool) -> float | None:
    """Find the second of the wide that the reference still shows.

    A few key frames of the whole film are looked at first, and all of them where these leave any
    doubt. A place that shows the very same picture elsewhere is only noticed where these few lead
    to it.

    Args:
        project: A project with a reference.
        film: The wide.
        accept: Take the best candidate where several fit about as well.

    Returns:
        The second, or None where it is near no key frame of the wide.

    Raises:
        UsageError: Several places fit about as well, or no key frame can be decoded.
    """
    reference = project.config.sources.reference
    if reference is None:
        raise UsageError("time.start: expected a start or a reference still")
    picture, places, looked = read_still(reference), list[tuple[float, float]](), 0
    short = film.seconds is not None and film.seconds < SHORT_SECONDS
    looks = ((SPARSE_SECONDS, SURE), (0.0, FOUND))
    for apart, least in looks[1:] if short else looks:
        keys = small_key_frames(film, size=_size(film), apart=apart)
        still = guess_still(picture, _proxies(film, keys))
        places = _places(_Search(film=film, still=still, keys=keys, apart=apart))
        looked = len(keys.times)
        if places[0][0] > least and _told_apart(places):
            break
    listed = ", ".join(f"{clock_time(Fraction(at))} (score {score:.3f})" for score, at in places)
    log.info("reference: looked for at %d key frames of the wide; nearest: %s", looked, listed)
    if places[0][0] <= FOUND:
        return None
    if apart:
        log.info(
            "reference: key frames %g s apart were looked at; if the very same picture comes "
            "elsewhere, too, and is meant there, set time.start",
            apart,
        )
    if not _told_apart(places) and not accept:
        raise UsageError(
            f"{reference}: the reference is ambiguous; candidates: {listed}; "
            "pass --accept to take the best"
        )
    return places[0][1]


def _places(search: _Search) -> list[tuple[float, float]]:
    """Look around the likeliest key frames: scores and seconds of the film, the best first."""
    places: list[tuple[float, float]] = []
    for n, (glance, key) in enumerate(_likeliest(search)):
        implausible = search.apart and glance < PLAUSIBLE
        if _told_apart(places) and (implausible or n >= FEW):
            break
        score, at = _best_around(search, key)
        if all(abs(at - other) > APART_SECONDS for _, other in places):
            places.append((score, at))
            places.sort(reverse=True)
    return places


def _likeliest(search: _Search) -> list[tuple[float, int]]:
    """Register the still on the key frames that look most like it: scores and numbers, best first.

    They are scarcely ever the moment that the still shows, but of the same shot.
    """
    keys = _proxies(search.film, search.keys)
    frames = search.still.ranked(keys)[:REGISTERED]
    scores = score_frames(search.still, keys, frames)
    return sorted(zip(scores, frames, strict=True), reverse=True)[:CANDIDATES]


def _told_apart(places: list[tuple[float, float]]) -> bool:
    """Whether the best of some places, best first, shows the still and the next does not."""
    if not places:
        return False
    worst = max(1 - places[0][0], LEAST_ERROR) * TOLD_APART
    return places[0][0] > FOUND and all(1 - score > worst for score, _ in places[1:2])


def _best_around(search: _Search, n: int) -> tuple[float, float]:
    """Look through what lies between a key frame's neighbours: the best score, and its second.

    Where key frames were left out between them, those are looked at before anything else.
    """
    film, still, times = search.film, search.still, search.keys.times
    if search.apart:
        begin, end = _between(times, n)
        part = small_part(film, begin=begin, end=end, size=_size(film), keys=True)
        if part.times:
            n, times = still.ranked(_proxies(film, part))[0], part.times
    begin, end = _between(times, n)
    part = small_part(film, begin=begin, end=end, size=_size(film), keys=False)
    if not part.times:
        return -1.0, times[n]
    best = find_guessed(still, _proxies(film, part)).best
    return best.score, part.times[best.frame]


def _between(times: tuple[float, ...], n: int) -> tuple[float, float]:
    before, after = times[max(0, n - 1)], times[min(n + 1, len(times) - 1)]
    last = after if after > times[n] else times[n] + KEY_SECONDS
    return max(before, times[n] - KEY_SECONDS), min(last, times[n] + KEY_SECONDS)


def _size(film: Film) -> tuple[int, int]:
    width, height = film.stream.size
    return PROXY_WIDTH["wide"], max(16, round(PROXY_WIDTH["wide"] * height / width))


def _proxies(film: Film, small: SmallFrames) -> FilmProxies:
    """Small frames as what a still is looked for in; the whole coded picture, bars included."""
    width, height = film.stream.size
    return FilmProxies(
        proxies=small.frames,
        active=Rect(x=0, y=0, w=width, h=height),
        sar=Fraction(1),
        fps=Fraction(1),
    )
