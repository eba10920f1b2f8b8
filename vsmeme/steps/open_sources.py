"""One source as matching needs it: probed, opened, fingerprinted; each of that done once."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Any, get_args

import numpy as np

from ..artifact import atomic_path, json_sha256, read_json, write_json
from ..colour.prepare.tone_cube import static_plan
from ..errors import ArtifactError, UsageError
from ..media_identity import identity
from ..project import Project
from ..source.clock import stream_times
from ..source.facts import SourceFacts
from ..source.field_plan import FieldPlan
from ..source.files import Role
from ..source.open_film import open_source_film
from ..source.prepare.probe import measure_source
from ..source.section import FilmSection
from ..sync.prepare import proxies
from ..sync.prepare.confidence import MatchEvidence
from ..sync.prepare.maps.proxy_view import ProxyMap
from ..sync.prepare.match_films import Match, match_films
from ..sync.prepare.proxies import FilmProxies, measure_film
from ..sync.timeline import clock_time
from .placement_and_colour import OpenedSource

MATCH_VERSION = 10  # raised when the same proxies would give another match
SWAPPED = 0.9  # of the DVD's shape: a wide narrower than that is none
PLACE = ("sx", "sy", "tx", "ty")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSource:
    """One source as it was opened.

    Attributes:
        source: Clip and facts; the facts' path is the file that was opened.
        identity: Of the release.
        content: What identifies the whole film that was opened of it.
        film: Its proxies.
        index: Folder of its stream's index.
        section: The part of the film that was opened.
    """

    source: OpenedSource
    identity: dict[str, Any]
    content: str
    film: FilmProxies
    index: Path
    section: FilmSection

    @property
    def key(self) -> str:
        """Identify the frames of what was opened: the film, or this section of it."""
        return _content(section_key(self.content, self.section), self.source.facts)

    @property
    def begins(self) -> Fraction:
        """Second of the film at which its first frame is shown."""
        return self.section.start

    @property
    def fps(self) -> Fraction:
        """Frame rate as labelled."""
        return self.source.facts.fps

    def clock(self, frame: int) -> str:
        """Return the time of a frame in the film as people read it: ``HH:MM:SS.mmm``."""
        return clock_time(self.begins + frame / self.fps)

    def times(self, frames: Sequence[int]) -> tuple[float, ...]:
        """Return when frames of the source are shown, seconds on its file's own clock."""
        shown, stream = stream_times(self.source.facts.path, cache=self.index), self.film.stream
        plan = self.source.facts.fields
        late = plan.begins_late() if plan and plan.interlaced else []
        field = float(plan.rate / self.fps / 2) if plan else 0.0
        return tuple(
            shown[stream[n] if stream else n] + (field if late and late[n] else 0.0) for n in frames
        )


def section_key(sha256: str, section: FilmSection) -> str:
    """Identify a section by its film and its place; a whole film by itself."""
    if section.whole:
        return sha256
    return json_sha256([sha256, str(section.start), section.frames])


def open_sides(project: Project) -> tuple[FilmSource, FilmSource]:
    """Probe, open and fingerprint wide and DVD at the same time: one decoder does not fill the CPU.

    What is known of them is taken from the cache. Where one fails, the other is stopped.
    """
    stop = Event()
    with ThreadPoolExecutor() as pool:
        wide, dvd = (pool.submit(open_side, project, role, stop=stop) for role in get_args(Role))
        try:
            done = wait((wide, dvd), return_when=FIRST_EXCEPTION).done
            for side in (wide, dvd):
                if side in done:
                    side.result()
        finally:
            stop.set()
        return wide.result(), dvd.result()


def open_side(
    project: Project,
    role: Role,
    *,
    section: FilmSection | None = None,
    stop: Event | None = None,
    fields: FieldPlan | None = None,
) -> FilmSource:
    """Probe, open and fingerprint one source.

    Args:
        project: The project.
        role: Which source.
        section: The part of it to open; None for the whole film.
        stop: Set by another thread that no longer wants it.
        fields: Another choice of the fields that were measured.
    """
    sources = project.config.sources
    path = project.film(role)
    wanted = sources.wide_crop if role == "wide" else sources.dvd_crop
    known = identity(project.medium(role).files, work=project.work)
    colour = sources.wide_colour if role == "wide" else sources.dvd_colour
    key = project.film_key(role)
    content, trim = key, section.trim if section else None
    if section:
        path, key = section.path(path, work=project.work), section_key(key, section)
    store = project.work / "cache" / f"source-{role}-{json_sha256([key, wanted, colour])}.json"
    facts = _read_facts(store, path)
    fresh = facts is None
    if facts is None:
        # an active picture that nobody has named is found while the film is decoded
        given = None if wanted == "auto" else wanted
        facts = measure_source(
            path, role=role, crop=given, cache=project.index, colour=colour, trim=trim
        )
    facts = _with_fields(facts, fields)
    if facts.light:
        facts = replace(facts, tone=static_plan(facts.light, folder=project.work))
    clip = open_source_film(
        facts, role=role, folder=project.work, cache=project.index, colour=colour
    )
    film, active = measure_film(
        clip,
        role=role,
        sar=facts.sar,
        folder=project.work / "cache" / "proxies",
        key=_content(key, facts),
        active=None if wanted == "auto" else facts.active,
        stop=stop,
    )
    facts = replace(facts, active=active)
    if fresh and fields is None:
        write_json(store, facts.to_json())
    opened = OpenedSource(clip=clip, facts=facts)
    section = section or FilmSection(frames=clip.num_frames)
    return FilmSource(
        source=opened,
        identity=known,
        content=content,
        film=film,
        index=project.index,
        section=section,
    )


def _with_fields(facts: SourceFacts, fields: FieldPlan | None) -> SourceFacts:
    if fields is None or facts.fields is None:
        return facts
    fps = facts.fps * fields.rate / facts.fields.rate
    return replace(facts, fields=fields, frames=len(fields), fps=fps)


def _content(key: str, facts: SourceFacts) -> str:
    """Identify the frames of a source: what was opened, and how they are made of it."""
    if facts.fields is None and facts.light is None:
        return key
    made = facts.to_json()
    return json_sha256([key, made["fields"], made["light"]])


def _read_facts(store: Path, path: Path) -> SourceFacts | None:
    try:
        known = read_json(store, made_by="vsmeme match")
    except ArtifactError:
        return None
    return replace(SourceFacts.from_json(known), path=path)


def match_sides(wide: FilmSource, dvd: FilmSource, *, folder: Path) -> Match:
    """Match two sources, or take the match from the cache: another start changes nothing in it.

    Args:
        wide: The wide.
        dvd: The DVD.
        folder: The cache.

    Raises:
        UsageError: They do not match.
    """
    refuse_swapped(wide.source.facts, dvd.source.facts)
    versions = [MATCH_VERSION, proxies.VERSION]
    sides = [[s.key, s.film.active.as_list(), len(s.film)] for s in (wide, dvd)]
    store = folder / f"match-{json_sha256([versions, sides])}.npz"
    found = _read_match(store)
    if found is None:
        found = match_films(wide.film, dvd.film)
        _write_match(store, found)
    return found


def look_swapped(wide: SourceFacts, dvd: SourceFacts) -> bool:
    """Whether the wide's picture is the narrower one, and the other has more lines, too."""
    return _shape(wide) < SWAPPED * _shape(dvd) and dvd.active.h > wide.active.h


def refuse_swapped(wide: SourceFacts, dvd: SourceFacts) -> None:
    """Refuse sources that look swapped."""
    if look_swapped(wide, dvd):
        raise UsageError(
            f"sources.wide shows {float(_shape(wide)):.2f}:1 with {wide.active.h} lines, "
            f"sources.dvd {float(_shape(dvd)):.2f}:1 with {dvd.active.h}: they look swapped; give "
            "the widescreen release as wide"
        )


def _shape(facts: SourceFacts) -> Fraction:
    return facts.active.w * facts.sar / facts.active.h


def _write_match(store: Path, found: Match) -> None:
    proof = found.evidence
    with atomic_path(store) as part:
        np.savez(
            part,
            first=found.first,
            dvd=found.dvd,
            score=found.score,
            confident=found.confident,
            missing=found.missing,
            places=[[getattr(place, name) for name in PLACE] for place in found.places],
            using=found.using,
            evidence=[proof.score, proof.motion, proof.moving],
        )


def _read_match(store: Path) -> Match | None:
    try:
        with np.load(store) as kept:
            score, motion, moving = (float(value) for value in kept["evidence"])
            return Match(
                first=int(kept["first"]),
                dvd=kept["dvd"],
                score=kept["score"],
                confident=kept["confident"],
                missing=kept["missing"],
                places=tuple(
                    ProxyMap(**dict(zip(PLACE, map(float, row), strict=True)))
                    for row in kept["places"]
                ),
                using=kept["using"],
                evidence=MatchEvidence(score=score, motion=motion, moving=int(moving)),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None
