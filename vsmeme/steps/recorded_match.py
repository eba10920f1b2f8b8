"""What is recorded of a match: its sources, the reference still, what is cut differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..media_identity import identity
from ..progress import log
from ..project import Project
from ..source.prepare.sweep_files import sweep_files
from ..sync.cut_differences import CutDifferences, LostRun, MovedRun
from ..sync.match_record import (
    MatchProof,
    MatchRecord,
    MatchStart,
    Reference,
    SourceRecord,
    StillPlace,
)
from ..sync.prepare.match_films import Match
from ..sync.prepare.other_order import Span, dvd_alone, find_elsewhere
from ..sync.prepare.stills.reference_still import StillHits, find_still
from ..sync.prepare.stills.still_picture import read_still
from ..sync.timeline import Timeline
from .open_sources import FilmSource

LISTED = 5
OTHER_SECTIONS, OTHER_TABLES = 8, 8
LEAST_LEFT_OUT_FRAMES = 12  # before the first and after the last pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """The reference still in both films."""

    path: Path
    identity: dict[str, Any]
    wide: StillHits
    dvd: StillHits


def find_reference(
    project: Project, wide: FilmSource, dvd: FilmSource, *, accept: bool
) -> Still | None:
    """Look for the reference in both films; refuse it where that does not settle the start."""
    path = project.config.sources.reference
    if path is None:
        return None
    picture = read_still(path)
    still = Still(
        path=path,
        identity=identity(path, work=project.work),
        wide=find_still(picture, wide.film),
        dvd=find_still(picture, dvd.film),
    )
    listed = "; ".join(
        f"{side} {_listed(found, source)}"
        for side, found, source in (("wide", still.wide, wide), ("DVD", still.dvd, dvd))
    )
    if not still.wide.seen and project.config.time.start != "auto" and not wide.section.whole:
        log.info("reference: not in this section; it is not used")
        return None
    if not still.wide.seen and not still.dvd.seen:
        raise UsageError(f"{path}: the reference is in neither film; nearest: {listed}")
    if not still.wide.certain and not accept:
        what = "ambiguous" if still.wide.seen else "not in the wide"
        raise UsageError(
            f"{path}: the reference is {what}; candidates: {listed}; pass --accept to take the best"
        )
    return still


def _listed(found: StillHits, source: FilmSource) -> str:
    entries = (
        f"frame {s.frame} ({source.clock(s.frame)}, score {s.score:.3f})"
        for s in found.sightings[:LISTED]
    )
    return ", ".join(entries)


def sweep_cache(project: Project, record: MatchRecord) -> None:
    """Remove sections, joined films and tone tables that a project no longer needs.

    Args:
        project: The project.
        record: Its match, which uses some of them; of joined films nothing else stays, of the
            others the newest do: the way back to another moment takes no cutting.
    """
    sections, tables = set(), set()
    for side in (record.wide, record.dvd):
        if side.section and side.section.file:
            sections.add(project.work / side.section.file)
        if side.facts.tone:
            tables |= {project.work / name for name in side.facts.tone.cubes}
    films = {project.film(role) for role in ("wide", "dvd")}
    cache, tone = project.work / "cache", project.work / "tone"
    for folder, pattern, used, others in (
        (cache / "sections", "*.mkv", sections, OTHER_SECTIONS),
        (cache / "media", "*.mkv", films, 0),
        (tone, "film-*.cube", tables, OTHER_TABLES),
    ):
        sweep_files(folder, pattern, used=used, others=others, index=project.index)


def record_of_match(
    wide: FilmSource,
    dvd: FilmSource,
    found: Match,
    still: Still | None,
    table: Timeline,
    *,
    siting: int | None,
    differences: CutDifferences,
) -> MatchRecord:
    """Return the contents of ``match.json``."""
    start = table.pairs[0]
    certain = start.confident if still is None else still.wide.certain
    return MatchRecord(
        wide=_source_record(wide, table.frames("wide")),
        dvd=_source_record(dvd, table.frames("dvd"), siting=siting),
        start=MatchStart(
            wide=start.wide,
            dvd=start.dvd,
            score=start.score,
            confidence="certain" if certain else "ambiguous",
        ),
        reference=None if still is None else _reference(still),
        proof=MatchProof(
            score=round(found.evidence.score, 4), motion=round(found.evidence.motion, 4)
        ),
        without_partner=long_runs(table),
        differences=differences,
        timeline=table,
    )


def _source_record(
    side: FilmSource, frames: Sequence[int], *, siting: int | None = None
) -> SourceRecord:
    known = side.identity
    return SourceRecord(
        facts=replace(side.source.facts, path=Path(known["path"]), chroma_location=siting),
        sha256=known["sha256"],
        size=known["size"],
        mtime_ns=known["mtime_ns"],
        times=side.times(frames),
        section=side.section,
    )


def _reference(still: Still) -> Reference:
    wide, dvd = (
        StillPlace(
            frame=hits.best.frame if hits.seen else None,
            score=round(hits.best.score, 6),
            matrix=hits.best.matrix,
        )
        for hits in (still.wide, still.dvd)
    )
    return Reference(
        path=still.identity["path"], sha256=still.identity["sha256"], wide=wide, dvd=dvd
    )


def long_runs(table: Timeline) -> tuple[LostRun, ...]:
    """Return the runs of wide frames without a partner, with their times."""
    runs = []
    for begin, last in table.gaps():
        first, final = table.pairs[begin].wide, table.pairs[last].wide
        begins, ends = table.clock(begin), table.clock(last)
        runs.append(LostRun(first=first, last=final, begins=begins, ends=ends))
    return tuple(runs)


def cut_differences(
    project: Project, wide: FilmSource, dvd: FilmSource, found: Match, table: Timeline
) -> CutDifferences:
    """Find what the films show in another order, and what only one of them shows.

    Args:
        project: The project.
        wide: The wide.
        dvd: The DVD.
        found: Their match.
        table: The match table.
    """
    outside = left_out(project, wide, found)
    inside = [(run.first, run.last + 1) for run in long_runs(table)]
    moved = find_elsewhere(wide.film, dvd.film, found, sorted([*outside, *inside]))
    alone = dvd_alone(found, moved) if dvd.section.whole else []
    return CutDifferences(
        moved=tuple(MovedRun(wide=_run(wide, m.wide), dvd=_run(dvd, m.dvd)) for m in moved),
        left_out=tuple(_run(wide, span) for span in outside),
        dvd_alone=tuple(_run(dvd, span) for span in alone),
    )


def left_out(project: Project, wide: FilmSource, found: Match) -> list[Span]:
    """Return frames of the wide before the first and after the last pair, unless asked for.

    Args:
        project: The project; its ``[time]`` may leave them out on purpose.
        wide: The wide.
        found: Its match.
    """
    time, end = project.config.time, found.first + len(found.dvd)
    spans = []
    if wide.section.whole and time.start == "auto" and project.config.sources.reference is None:
        spans.append((0, found.first))
    if wide.section.whole and time.duration is None:
        spans.append((end, len(wide.film)))
    return [span for span in spans if span[1] - span[0] >= LEAST_LEFT_OUT_FRAMES]


def _run(side: FilmSource, span: Span) -> LostRun:
    first, last = span[0], span[1] - 1
    return LostRun(first=first, last=last, begins=side.clock(first), ends=side.clock(last))


def told_differences(table: Timeline, differences: CutDifferences) -> Iterator[str]:
    """Say in lines what has no partner, and where it is.

    Args:
        table: The match table.
        differences: What is cut differently.
    """
    for run in long_runs(table):
        yield f"no partner in the DVD: {_times(run)}{_elsewhere(run, differences.moved)}"
    for run in differences.left_out:
        where = _elsewhere(run, differences.moved) or "; the DVD does not show it"
        yield f"left out: {_times(run)} of the wide{where}"
    for run in differences.dvd_alone:
        yield f"only on the DVD: {_times(run)} of the DVD"


def _times(run: LostRun) -> str:
    return f"{run.begins} to {run.ends}"


def _elsewhere(run: LostRun, moved: Sequence[MovedRun]) -> str:
    """Where the DVD shows frames of a run."""
    parts = [m for m in moved if run.first <= m.wide.first and m.wide.last <= run.last]
    return "".join(
        f"; the DVD shows {_times(part.wide)} in another order, at {_times(part.dvd)}"
        for part in parts
    )
