"""Which part of each film is read: all of it, or only what ``[time]`` asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from ..artifact import read_json
from ..errors import ArtifactError, UsageError
from ..media_identity import identity
from ..progress import log
from ..project import Project
from ..settings.setting_values import seconds
from ..source.files import Role
from ..source.prepare.cut_section import Film, cut_section, describe_film
from ..source.prepare.media.join_media import join_media
from ..sync.match_record import MatchRecord
from ..sync.prepare.match_films import Match
from ..sync.timeline import clock_time
from .open_sources import FilmSource, match_sides, open_side, open_sides
from .section_parts.field_moments import fit_fields
from .section_parts.still_search import find_start

AROUND_SECONDS = 2.0  # of the wide on either side: the match wants to see what comes before
WINDOW_SECONDS = (12.0, 45.0, 180.0)  # of the DVD around its guessed place, then the whole film
KNOWN_SECONDS = 6.0  # around a place that an earlier match of these films leads to
WIDEST_SECONDS = 60.0  # a window wider than this is cut down to what matched
MOST_LOST = 0.1  # of the frames that were asked for: beyond, a wider window may hold them
_FILM_RATES = {29.97: 24000 / 1001, 59.94: 24000 / 1001, 23.98: 24000 / 1001, 30.0: 24.0,
               60.0: 24.0, 50.0: 25.0}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """What ``[time]`` asks for, seconds of the wide."""

    start: float
    duration: float

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.start + self.duration


def open_and_match(project: Project, *, accept: bool) -> tuple[FilmSource, FilmSource, Match]:
    """Open both films as far as they are needed, and match them; interlaced fields by moment.

    With a start (or a reference still) and a duration, only a section of each is read; the DVD's
    is looked for in windows that widen around where the rates put it, the whole film last.

    Args:
        project: The project.
        accept: Take the best candidate where the reference still is ambiguous.

    Raises:
        UsageError: They do not match, or a film has nothing where ``[time]`` points.
    """
    wide, dvd, found = _opened(project, accept=accept)
    return (wide, *fit_fields(project, wide, dvd, found))


def _opened(project: Project, *, accept: bool) -> tuple[FilmSource, FilmSource, Match]:
    time, reference = project.config.time, project.config.sources.reference
    for role in _ROLES:
        join_media(project.medium(role), project.film(role), role=role)
    script = project.medium("wide").kind == "script"  # which has no key frames
    if time.duration is None or (time.start == "auto" and (reference is None or script)):
        return _whole(project)
    films = {role: describe_film(project.film(role)) for role in _ROLES}
    wanted = _wanted(project, films["wide"], accept=accept)
    if wanted is None:
        log.info("the reference is near no key frame of the wide: looking through both films")
        return _whole(project)
    wide = _open(project, films["wide"], "wide", wanted.start, wanted.end)
    return _match_windows(project, films, wide, wanted)


def _whole(project: Project) -> tuple[FilmSource, FilmSource, Match]:
    wide, dvd = open_sides(project)
    return wide, dvd, match_sides(wide, dvd, folder=project.work / "cache")


_ROLES: tuple[Role, ...] = ("wide", "dvd")


def film_frame(value: int | str, fps: Fraction) -> int:
    """Return the frame of the film that a number or a time stamp of ``[time]`` means."""
    return value if isinstance(value, int) else round(seconds(value) * fps)


def _wanted(project: Project, film: Film, *, accept: bool) -> TimeSpan | None:
    time = project.config.time
    rate = _rate(film)
    duration = _seconds(time.duration or 0, rate)
    if time.start == "auto":
        start = find_start(project, film, accept=accept)
        if start is None:
            return None
    else:
        start = _seconds(time.start, rate)
    if film.seconds is not None and start >= film.seconds:
        raise UsageError(
            f"time.start: {clock_time(Fraction(start))} lies beyond the end of {film.path} "
            f"({clock_time(Fraction(film.seconds))})"
        )
    return TimeSpan(start=start, duration=max(duration, 1 / rate))


def _seconds(value: int | str, rate: float) -> float:
    return value / rate if isinstance(value, int) else float(seconds(value))


def _open(project: Project, film: Film, role: Role, begin: float, end: float) -> FilmSource:
    """Open the part of a film between two of its seconds, and some more around it."""
    section = cut_section(
        film,
        begin=begin - AROUND_SECONDS,
        end=end + AROUND_SECONDS,
        work=project.work,
        key=project.film_key(role),
        index=project.index,
    )
    return open_side(project, role, section=section)


def _match_windows(
    project: Project, films: dict[Role, Film], wide: FilmSource, wanted: TimeSpan
) -> tuple[FilmSource, FilmSource, Match]:
    """Match the wide's section with windows of the DVD until one holds what was asked for."""
    cache, refused = project.work / "cache", UsageError("the DVD is empty")
    best: tuple[FilmSource, Match] | None = None
    for begin, end in _windows(project, films, wanted):
        with suppress(ArtifactError):
            try:
                dvd = _open(project, films["dvd"], "dvd", begin, end)
                found = match_sides(wide, dvd, folder=cache)
            except UsageError as error:
                refused = error
                continue
            if best is None or len(found.dvd) > len(best[1].dvd):
                best = dvd, found
            if _holds(found, wide, dvd, wanted):
                return _narrowed(project, films["dvd"], wide, dvd, found)
    if best is None:
        log.info("the DVD does not show this near where it should: looking through all of it")
        dvd = open_side(project, "dvd")
        try:
            best = dvd, match_sides(wide, dvd, folder=cache)
        except UsageError:
            raise refused from None
    return _narrowed(project, films["dvd"], wide, *best)


def _holds(found: Match, wide: FilmSource, dvd: FilmSource, wanted: TimeSpan) -> bool:
    """Whether a match covers what was asked for, and does not end where the window does."""
    first = max(0, round((wanted.start - float(wide.begins)) * wide.fps))
    last = min(len(wide.film), round((wanted.end - float(wide.begins)) * wide.fps))
    inside = range(max(first, found.first), min(last, found.first + len(found.dvd)))
    partners = sum(not found.missing[n - found.first] for n in inside)
    sure = sum(bool(found.confident[n - found.first]) for n in inside)
    return sure > 0 and partners >= (1 - MOST_LOST) * (last - first)


def _narrowed(
    project: Project, film: Film, wide: FilmSource, dvd: FilmSource, found: Match
) -> tuple[FilmSource, FilmSource, Match]:
    """Cut a wide window down to what matched: later steps open it again and again."""
    if len(dvd.film) / dvd.fps < WIDEST_SECONDS + len(wide.film) / wide.fps:
        return wide, dvd, found
    first, last = (float(dvd.begins + Fraction(int(n)) / dvd.fps) for n in found.dvd[[0, -1]])
    tight = _open(project, film, "dvd", first, last)
    return wide, tight, match_sides(wide, tight, folder=project.work / "cache")


def _windows(
    project: Project, films: dict[Role, Film], wanted: TimeSpan
) -> Iterator[tuple[float, float]]:
    """Guess where the DVD shows what was asked for: seconds of it, the likeliest first."""
    ratios = _ratios(films["wide"], films["dvd"])
    known = _known_place(project)
    if known:
        wide_time, dvd_time = known
        for ratio in ratios:
            at = dvd_time + (wanted.start - wide_time) * ratio
            yield at - KNOWN_SECONDS, at + wanted.duration * ratio + KNOWN_SECONDS
    length = films["dvd"].seconds or float("inf")
    for reach in WINDOW_SECONDS:
        for ratio in ratios:
            begin, end = wanted.start * ratio - reach, wanted.end * ratio + reach
            if begin < length and end > 0:
                yield max(0.0, begin), min(end, length)


def _ratios(wide: Film, dvd: Film) -> list[float]:
    """Seconds of the DVD a second of the wide, the likeliest first.

    A film plays at one of few rates. Whether a DVD of 25 frames a second plays faster or shows
    some frames twice is told by how long both films are.
    """
    by_rate = _rate(wide) / _rate(dvd)
    ratios = [by_rate] if abs(by_rate - 1) < 2e-3 else [by_rate, 1.0]
    if wide.seconds and dvd.seconds:
        lengths = dvd.seconds / wide.seconds
        ratios.sort(key=lambda ratio: abs(ratio - lengths))
    return ratios


def _rate(film: Film) -> float:
    """Return how many frames of film a second shows: pulled down video repeats some."""
    fps = film.stream.fps
    return _FILM_RATES.get(fps or 0.0, fps or 24.0)


def _known_place(project: Project) -> tuple[float, float] | None:
    """Return a moment of both films that an earlier match of them knows: seconds of each."""
    path = project.work / "match.json"
    try:
        record = MatchRecord.from_json(read_json(path, made_by="vsmeme match"))
    except (ArtifactError, KeyError, TypeError, ValueError, IndexError):
        return None
    times = []
    for role, side in (("wide", record.wide), ("dvd", record.dvd)):
        now = identity(project.medium(role).files, work=project.work)
        if now["sha256"] != side.sha256:
            return None
        pair = record.timeline.pairs[len(record.timeline) // 2]
        begins = side.section.start if side.section else Fraction(0)
        times.append(float(begins + getattr(pair, role) / side.facts.fps))
    return times[0], times[1]
