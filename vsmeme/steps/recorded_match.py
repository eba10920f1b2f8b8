"""What is recorded of a match: its sources, the reference still, runs without a partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..media_identity import identity
from ..progress import log
from ..project import Project
from ..sync.match_record import (
    LostRun,
    MatchProof,
    MatchRecord,
    MatchStart,
    Reference,
    SourceRecord,
    StillPlace,
)
from ..sync.prepare.match_films import Match
from ..sync.prepare.reference_still import StillHits, find_still
from ..sync.prepare.still_picture import read_still
from ..sync.timeline import Timeline
from .open_sources import FilmSource

LISTED = 5


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


def record_of_match(
    wide: FilmSource,
    dvd: FilmSource,
    found: Match,
    still: Still | None,
    table: Timeline,
    *,
    siting: int | None,
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
