"""One source as matching needs it: probed, opened, fingerprinted; each of that done once."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from ..artifact import atomic_path, json_sha256, read_json, write_json
from ..errors import ArtifactError
from ..media_identity import identity
from ..project import Project
from ..source.clock import stream_times
from ..source.facts import SourceFacts
from ..source.fields import film_frames
from ..source.files import Role, open_video
from ..source.prepare.probe import measure_source
from ..sync.prepare import proxies
from ..sync.prepare.confidence import MatchEvidence
from ..sync.prepare.match_films import Match, match_films
from ..sync.prepare.proxies import FilmProxies, measure_film
from ..sync.prepare.proxy_view import ProxyMap
from .placement_and_colour import OpenedSource

MATCH_VERSION = 4  # raised when the same proxies would give another match
PLACE = ("sx", "sy", "tx", "ty")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSource:
    """One source, its identity, its proxies, and the folder of its stream's index."""

    source: OpenedSource
    identity: dict[str, Any]
    film: FilmProxies
    index: Path

    @property
    def fps(self) -> Fraction:
        """Frame rate as labelled."""
        return self.source.facts.fps

    def times(self, frames: Sequence[int]) -> tuple[float, ...]:
        """Return when frames of the source are shown, seconds on its file's own clock."""
        shown, stream = stream_times(self.source.facts.path, cache=self.index), self.film.stream
        return tuple(shown[stream[n] if stream else n] for n in frames)


def open_sides(project: Project) -> tuple[FilmSource, FilmSource]:
    """Probe, open and fingerprint wide and DVD at the same time: one decoder does not fill the CPU.

    What is known of them is taken from the cache. Where one fails, the other is stopped.
    """
    stop = Event()
    with ThreadPoolExecutor() as pool:
        wide, dvd = (pool.submit(_open_side, project, role, stop) for role in ("wide", "dvd"))
        try:
            done = wait((wide, dvd), return_when=FIRST_EXCEPTION).done
            for side in (wide, dvd):
                if side in done:
                    side.result()
        finally:
            stop.set()
        return wide.result(), dvd.result()


def _open_side(project: Project, role: Role, stop: Event) -> FilmSource:
    sources = project.config.sources
    path: Path = sources.wide if role == "wide" else sources.dvd
    wanted = sources.wide_crop if role == "wide" else sources.dvd_crop
    known = identity(path, work=project.work)
    store = project.work / "cache" / f"source-{role}-{json_sha256([known['sha256'], wanted])}.json"
    facts = _read_facts(store, path)
    fresh = facts is None
    if facts is None:
        # an active picture that nobody has named is found while the film is decoded
        given = None if wanted == "auto" else wanted
        facts = measure_source(path, role=role, crop=given, cache=project.index)
    clip = open_video(path, role=role, cache=project.index)
    if facts.fields:
        clip = film_frames(clip, facts.fields)
    film, active = measure_film(
        clip,
        role=role,
        sar=facts.sar,
        folder=project.work / "cache" / "proxies",
        key=_content(known, facts),
        active=None if wanted == "auto" else facts.active,
        stop=stop,
    )
    facts = replace(facts, active=active)
    if fresh:
        write_json(store, facts.to_json())
    opened = OpenedSource(clip=clip, facts=facts)
    return FilmSource(source=opened, identity=known, film=film, index=project.index)


def _content(known: Mapping[str, Any], facts: SourceFacts) -> str:
    """Identify the frames of a source: its file, and the fields that are made of it."""
    if facts.fields is None:
        return str(known["sha256"])
    return json_sha256([known["sha256"], facts.fields.to_json()])


def _read_facts(store: Path, path: Path) -> SourceFacts | None:
    try:
        known = read_json(store, made_by="scripts/match.py")
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
    versions = [MATCH_VERSION, proxies.VERSION]
    sides = [
        [_content(s.identity, s.source.facts), s.film.active.as_list(), len(s.film)]
        for s in (wide, dvd)
    ]
    store = folder / f"match-{json_sha256([versions, sides])}.npz"
    found = _read_match(store)
    if found is None:
        found = match_films(wide.film, dvd.film)
        _write_match(store, found)
    return found


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
