"""Match a project: which frame belongs to which, shots, placement, colour."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .. import readers, stages
from ..artifact import write_json
from ..colour.colour_record import ColourRecord
from ..errors import UsageError
from ..memory import room_for
from ..pixels.matrix import Matrix23
from ..pixels.rect import Rect
from ..placement.geometry_record import AlignedShot, GeometryRecord
from ..placement.layout import THIN_BAND_DVD_PX
from ..placement.prepare.aligned_source import measure_aligned
from ..progress import log
from ..project import Project
from ..source.files import open_video
from ..sync.match_record import MatchRecord
from ..sync.prepare.film_ends import with_ends
from ..sync.prepare.match_films import Match
from ..sync.prepare.shot_cuts import find_cuts
from ..sync.shots import Shot, Shots
from ..sync.timeline import Pair, Timeline
from .blends import blended_pairs, unsure_pairs
from .film_tone import with_film_tone
from .open_sources import FilmSource
from .placement_and_colour import KEPT_BYTES, map_of_proxies, map_of_still, measure_pictures
from .recorded_match import (
    Still,
    cut_differences,
    find_reference,
    left_out,
    record_of_match,
    sweep_cache,
    told_differences,
)
from .sections import film_frame, open_and_match


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedFilms:
    """All that a match measures.

    Attributes:
        record: Sources, pairs, what is cut differently.
        geometry: The layouts.
        colours: The colour transforms and the wide's grain.
        shots: The shots, saying which layout and colours each uses.
    """

    record: MatchRecord
    geometry: GeometryRecord
    colours: ColourRecord
    shots: Shots


def run_match(project: Project, *, accept: bool = False) -> Timeline:
    """Match the two sources of a project and write what follows from it.

    Writes ``match.json``, ``shots.json``, ``geometry.json`` and ``colour.json`` to the work
    folder. Proxies are cached, so that another start takes seconds.

    Args:
        project: The project.
        accept: Take the best candidate where the reference still is ambiguous.

    Returns:
        The match table.

    Raises:
        UsageError: The films do not match, the still is not found or ambiguous, or the start lies
            outside of what both films show.
    """
    stamp = project.stamp("match")  # before anything is read
    measured = measure_match(project, accept=accept)
    for name, part in (
        ("geometry", measured.geometry),
        ("colour", measured.colours),
        ("shots", measured.shots),
        ("match", measured.record),
    ):
        write_json(project.work / f"{name}.json", {"made_from": stamp, **part.to_json()})
    check_aligned(project)
    sweep_cache(project, measured.record)
    _report(measured)
    return measured.record.timeline


def measure_match(project: Project, *, accept: bool = False) -> MatchedFilms:
    """Measure pairs, shots, placement and colour; nothing but the cache is written.

    Args:
        project: The project.
        accept: Take the best candidate where the reference still is ambiguous.

    Raises:
        UsageError: As `run_match`.
    """
    wide, dvd, found = open_and_match(project, accept=accept)
    outside = left_out(project, wide, found)
    found = with_ends(wide.film, dvd.film, found, outside)
    still = find_reference(project, wide, dvd, accept=accept)
    first, last = _segment(project, found, still, wide)
    table = _table(found, first, last, wide)
    mixed = blended_pairs(wide, dvd, found, table)
    table = unsure_pairs(table, mixed)
    shots = _shots(find_cuts(wide.film, first, last), first, len(table))
    wide = with_film_tone(project, wide, dvd, table, shots, found)
    with room_for(KEPT_BYTES):
        placed = measure_pictures(
            wide.source,
            dvd.source,
            table,
            shots,
            films=(wide.film, dvd.film),
            starts=_starts(wide, dvd, found, still, table, shots),
            config=project.config,
            mixed=mixed,
        )
    wide = replace(wide, source=wide.source.showing(placed.film))
    table = _unsure(table, placed.shots)
    differences = cut_differences(project, wide, dvd, found, table)
    return MatchedFilms(
        record=record_of_match(
            wide, dvd, found, still, table, siting=placed.siting, differences=differences
        ),
        geometry=GeometryRecord(layouts=tuple(placed.layouts)),
        colours=ColourRecord(colours=tuple(placed.colours), stock=placed.stock),
        shots=placed.shots,
    )


def _starts(
    wide: FilmSource,
    dvd: FilmSource,
    found: Match,
    still: Still | None,
    table: Timeline,
    shots: Shots,
) -> list[Matrix23]:
    """Where registration starts in each shot, decoded DVD to decoded wide.

    As the still lies where both films show it, else as the proxies do.
    """
    whole = Rect(x=0, y=0, w=wide.source.facts.width, h=wide.source.facts.height)
    maps = [map_of_proxies(place, wide.film, dvd.film, active=whole) for place in found.places]
    if still and still.wide.certain and still.dvd.certain:
        maps[0] = map_of_still(still.wide.best, still.dvd.best, active=whole)
    offset = table.pairs[0].wide - found.first
    return [
        maps[
            Counter(found.using[offset + s.first : offset + s.last + 1].tolist()).most_common()[0][
                0
            ]
        ]
        for s in shots.shots
    ]


def _segment(
    project: Project, found: Match, still: Still | None, wide: FilmSource
) -> tuple[int, int]:
    """First and last wide frame of the table, as ``[time]`` and the reference ask."""
    time = project.config.time
    first, last = found.first, found.first + len(found.dvd) - 1
    name, before = "time.start", round(wide.begins * wide.fps)
    if time.start != "auto":
        start = film_frame(time.start, wide.fps) - before
    elif still is None:
        start = first
    else:
        name = "sources.reference"
        start = still.wide.best.frame
        if not still.wide.seen:
            start = first + int(np.argmin(np.abs(found.dvd - still.dvd.best.frame)))
    if not first <= start <= last:
        raise UsageError(
            f"{name}: frame {before + start} of the wide has no partner; both films show frames "
            f"{before + first} to {before + last} ({wide.clock(first)} to {wide.clock(last)})"
        )
    if time.duration is not None:
        last = min(last, start + max(1, film_frame(time.duration, wide.fps)) - 1)
    return start, last


def _table(found: Match, first: int, last: int, wide: FilmSource) -> Timeline:
    rows = range(first - found.first, last - found.first + 1)
    pairs = tuple(
        Pair(
            wide=found.first + n,
            dvd=int(found.dvd[n]),
            score=round(float(found.score[n]), 6),
            confident=bool(found.confident[n]),
            partner=not bool(found.missing[n]),
        )
        for n in rows
    )
    return Timeline(pairs=pairs, fps=wide.fps, begins=wide.begins)


def _unsure(table: Timeline, shots: Shots) -> Timeline:
    """Take back what was sure in shots whose placement was not found."""
    pairs = (
        pair if shots.at(n).placed else replace(pair, confident=False)
        for n, pair in enumerate(table.pairs)
    )
    return replace(table, pairs=tuple(pairs))


def _shots(cuts: tuple[int, ...], first: int, length: int) -> Shots:
    edges = [0, *(cut - first for cut in cuts), length]
    return Shots(shots=tuple(Shot(first=a, last=b - 1) for a, b in pairwise(edges)))


def _report(measured: MatchedFilms) -> None:
    table, shots = measured.record.timeline, measured.shots
    start = table.pairs[0]
    sure = sum(pair.confident for pair in table.pairs)
    log.info(
        "%d pairs from wide frame %d (%s) on, DVD frame %d; %d confident; %d shots",
        *(len(table), start.wide, table.clock(0), start.dvd, sure, len(shots)),
    )
    thickest = max(layout.thickest_band for layout in measured.geometry.layouts)
    if thickest < THIN_BAND_DVD_PX and any(shot.placed for shot in shots.shots):
        log.warning("the DVD adds nothing here: it shows next to nothing beyond the wide")
    for shot in shots.shots:
        if not shot.placed and any(p.partner for p in table.pairs[shot.first : shot.last + 1]):
            first, last = table.clock(shot.first), table.clock(shot.last)
            log.warning(
                "not placed: %s to %s: no shift and scale bring the DVD onto the wide there; "
                "no bands in this shot",
                *(first, last),
            )
    for line in told_differences(table, measured.record.differences):
        log.info(line)


def check_aligned(project: Project) -> tuple[AlignedShot, ...]:
    """Compare the aligned source with the composite; write the result to ``geometry.json``.

    Frame n of the aligned source belongs to frame n of the wide, and its picture covers the DVD's
    place on the canvas. Key ``aligned``: for each shot its correlation (band-passed, -1..1) and
    offset (x, y in canvas px at the picture's centre).

    Args:
        project: a matched project.

    Returns:
        What was written; empty without an aligned source.
    """
    path = project.config.sources.aligned
    if path is None:
        return ()
    clip = open_video(path, role="dvd", cache=project.index)
    table = readers.timeline(project)
    composite = stages.composite(project, bands="fast")
    before = round(table.begins * table.fps)  # the aligned film is whole
    numbers = [before + pair.wide for pair in table.pairs]
    found = measure_aligned(
        composite, clip, readers.layouts(project), readers.shots(project), frames=numbers
    )
    target = project.work / "geometry.json"
    geometry = replace(readers.geometry_record(project), aligned=found)
    write_json(target, {"made_from": project.stamp("match"), **geometry.to_json()})
    return found
