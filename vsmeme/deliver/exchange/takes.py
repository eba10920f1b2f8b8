"""The result as a list of cuts: which frames of both releases lie where."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ... import readers
from ...placement.layout import Layout
from ...placement.placed_runs import PlacedRun
from ...project import Project
from ...sync.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmReel:
    """A release as a source of cuts.

    Attributes:
        path: Its file.
        fps: Rate of its film frames, a second.
        offset: Film frame at which the section begins whose frames are counted.
        size: Width and height in square px; as decoded, but for a wide of other px.
        squared: Whether its px are made square first.
    """

    path: Path
    fps: Fraction
    offset: int
    size: tuple[int, int]
    squared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Frames of one shot that lie next to each other in the result and in the releases.

    Attributes:
        shot: Number of the shot.
        first: First frame of the result.
        last: Last one, included.
        wide: First and last frame of the wide's film.
        dvd: Runs of frames of the DVD's film, first and last of each, in order; a frame that is
            repeated is a run of its own. Empty where the DVD is absent.
        layout: Where both lie; without the DVD where it is absent.
        colour: Number of the colour transform.
        pair: Pair number of the first frame.
    """

    shot: int
    first: int
    last: int
    wide: tuple[int, int]
    dvd: tuple[tuple[int, int], ...]
    layout: Layout
    colour: int
    pair: int

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeList:
    """All takes of a project, and what they are taken from.

    Attributes:
        name: Of the project.
        fps: Rate of the result.
        wide: The widescreen release.
        dvd: The DVD.
        takes: In order; they cover the result once.
        runs: Which layout holds in which pairs.
    """

    name: str
    fps: Fraction
    wide: FilmReel
    dvd: FilmReel
    takes: tuple[Take, ...]
    runs: tuple[PlacedRun, ...]

    @property
    def starts(self) -> tuple[tuple[int, int], ...]:
        """Number and first frame in the result of each shot that it shows."""
        starts: dict[int, int] = {}
        for take in self.takes:
            starts.setdefault(take.shot, take.first)
        return tuple(starts.items())

    @property
    def frames(self) -> int:
        """Length of the result."""
        return self.takes[-1].last + 1


def film_takes(project: Project) -> TakeList:
    """Read the takes of a matched project.

    Args:
        project: The project.
    """
    record, table = readers.match_record(project), readers.timeline(project)
    runs = readers.placements(project)
    reels = [
        FilmReel(
            path=project.film(role),
            fps=source.facts.fps,
            offset=round(source.section.start * source.facts.fps) if source.section else 0,
            size=(source.facts.width, source.facts.height),
            squared=bool(source.facts.squared),
        )
        for role, source in (("wide", record.wide), ("dvd", record.dvd))
    ]
    shots, dropped = readers.shots(project), set(readers.dropped_frames(project))
    takes: list[Take] = []
    at = 0
    for number, shot in enumerate(shots.cut(len(table)).shots):
        pairs = [n for n in range(shot.first, shot.last + 1) if n not in dropped]
        for first, last, layout in _alike(pairs, runs):
            takes.append(
                Take(
                    shot=number,
                    first=at,
                    last=at + last - first,
                    wide=(table.pairs[first].wide + reels[0].offset,
                          table.pairs[last].wide + reels[0].offset),
                    dvd=_dvd_runs(table, first, last, reels[1].offset) if layout.bands() else (),
                    layout=layout,
                    colour=shot.colour,
                    pair=first,
                )
            )  # fmt: skip
            at += last - first + 1
    return TakeList(
        name=project.folder.name, fps=table.fps, wide=reels[0], dvd=reels[1], takes=tuple(takes),
        runs=runs,
    )  # fmt: skip


def _alike(pairs: Sequence[int], runs: Sequence[PlacedRun]) -> Iterator[tuple[int, int, Layout]]:
    """Runs of neighbouring pairs in which the same layout holds: first, last, and that layout."""
    firsts = [run.first for run in runs]
    begin, previous, held = -1, -2, runs[0].layout
    for n in pairs:
        layout = runs[bisect_right(firsts, n) - 1].layout
        if n != previous + 1 or layout != held:
            if begin >= 0:
                yield begin, previous, held
            begin, held = n, layout
        previous = n
    if begin >= 0:
        yield begin, previous, held


def _dvd_runs(table: Timeline, first: int, last: int, offset: int) -> tuple[tuple[int, int], ...]:
    """Runs of the DVD's frames that follow one another, by the film's count."""
    runs: list[tuple[int, int]] = []
    for pair in table.pairs[first : last + 1]:
        frame = pair.dvd + offset
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], frame)
        else:
            runs.append((frame, frame))
    return tuple(runs)
