"""The whole of ``scripts/match.py``: which frame belongs to which, shots, placement, colour."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ..artifact import identity, write_json
from ..config import seconds
from ..errors import UsageError
from ..geometry import Rect, layouts_to_json
from ..match import apply_match
from ..progress import log
from ..project import Project
from ..shots import Shot, Shots
from ..source import Role, open_video, undo_telecine
from ..timeline import Pair, Timeline
from .cuts import find_cuts
from .fingerprint import Film, measure_film
from .matching import Match, match_films
from .probe import SourceFacts, measure_source
from .register import Geometry, measure_geometry

GEOMETRY_FRAMES = 12
LONG_RUN_FRAMES = 3

Luma = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One source: what was measured of it, its identity, its clip and its proxies."""

    facts: SourceFacts
    identity: dict[str, Any]
    clip: vs.VideoNode
    film: Film


def match(project: Project) -> Timeline:
    """Match the two sources of a project and write what follows from it.

    Writes ``match.json``, ``shots.json``, ``geometry.json`` and ``colour.json`` to the work
    folder. Proxies are cached, so that another start takes seconds.

    Args:
        project: The project.

    Returns:
        The match table.

    Raises:
        UsageError: The films do not match, or the start lies outside of what both show.
    """
    stamp = project.stamp("match")
    wide, dvd = _side(project, "wide"), _side(project, "dvd")
    found = match_films(wide.film, dvd.film)
    first, last = _segment(project, found, wide.facts.fps)
    table = _table(found, first, last, wide.facts.fps)
    shots = _shots(find_cuts(wide.film, first, last), first, len(table))
    geometry = _geometry(project, wide, dvd, table, shots)
    shots = _with_layouts(shots, geometry)
    head = {"made_from": stamp}
    write_json(project.work / "geometry.json", head | layouts_to_json(geometry.layouts))
    write_json(project.work / "colour.json", head | {"colours": []})
    write_json(project.work / "shots.json", head | shots.to_json())
    write_json(project.work / "match.json", head | _match_json(wide, dvd, found, table))
    sure = sum(pair.confident for pair in table.pairs)
    log.info(
        "%d pairs from wide frame %d on (DVD frame %d), %d of them confident, %d shots",
        *(len(table), first, table.pairs[0].dvd, sure, len(shots)),
    )
    return table


def _side(project: Project, role: Role) -> Side:
    """Probe, open and fingerprint one source."""
    sources = project.config.sources
    path: Path = sources.wide if role == "wide" else sources.dvd
    crop = sources.wide_crop if role == "wide" else sources.dvd_crop
    facts = measure_source(path, role=role, crop=crop, cache=project.index)
    clip = open_video(path, role=role, cache=project.index)
    if facts.cadence == "telecine":
        clip = undo_telecine(clip, top_field_first=facts.top_field_first)
    known = identity(path, work=project.work)
    film = measure_film(
        clip,
        role=role,
        active=facts.active,
        sar=facts.sar,
        folder=project.work / "cache" / "proxies",
        key=known["sha256"],
    )
    return Side(facts=facts, identity=known, clip=clip, film=film)


def _segment(project: Project, found: Match, fps: Fraction) -> tuple[int, int]:
    """First and last wide frame of the table, as ``[time]`` asks."""
    time = project.config.time
    last = found.first + len(found.dvd) - 1
    first = found.first if time.start == "auto" else _frame(time.start, fps)
    if not found.first <= first <= last:
        raise UsageError(
            f"time.start: frame {first} of the wide has no partner; both films show frames "
            f"{found.first} to {last} ({stamp(found.first, fps)} to {stamp(last, fps)})"
        )
    if time.duration is not None:
        last = min(last, first + max(1, _frame(time.duration, fps)) - 1)
    return first, last


def _frame(value: int | str, fps: Fraction) -> int:
    return value if isinstance(value, int) else round(seconds(value) * fps)


def stamp(frame: int, fps: Fraction) -> str:
    """Return a frame's time as ``HH:MM:SS.mmm``."""
    milliseconds = round(frame / fps * 1000)
    minutes, rest = divmod(milliseconds, 60000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _table(found: Match, first: int, last: int, fps: Fraction) -> Timeline:
    rows = range(first - found.first, last - found.first + 1)
    pairs = tuple(
        Pair(
            wide=found.first + n,
            dvd=int(found.dvd[n]),
            score=float(found.score[n]),
            confident=bool(found.confident[n]),
        )
        for n in rows
    )
    return Timeline(pairs=pairs, fps=fps)


def _shots(cuts: tuple[int, ...], first: int, length: int) -> Shots:
    edges = [0, *(cut - first for cut in cuts), length]
    return Shots(shots=tuple(Shot(first=a, last=b - 1) for a, b in pairwise(edges)))


def _geometry(project: Project, wide: Side, dvd: Side, table: Timeline, shots: Shots) -> Geometry:
    """Register some matched frames at full size."""
    picks = _samples(table, shots)
    clips = (
        apply_match(wide.clip, table, side="wide"),
        apply_match(dvd.clip, table, side="dvd"),
    )
    whole = Rect(x=0, y=0, w=dvd.clip.width, h=dvd.clip.height)
    pairs = [(_luma(clips[0], n, wide.facts.active), _luma(clips[1], n, whole)) for n in picks]
    wanted = project.config.geometry
    return measure_geometry(
        pairs,
        shots=[shots.index(n) for n in picks],
        aspect=float(dvd.facts.sar),
        active=dvd.facts.active,
        canvas=wanted.canvas,
        scale=None if wanted.scale == "auto" else wanted.scale,
        residual=wanted.residual,
    )


def _samples(table: Timeline, shots: Shots) -> list[int]:
    """Well-matched pairs, spread over the table, every shot among them while there is room."""
    each = max(1, GEOMETRY_FRAMES // len(shots))
    picked: list[int] = []
    for shot in shots.shots:
        parts = np.array_split(np.arange(shot.first, shot.last + 1), min(each, len(shot)))
        for part in parts:
            known = [int(n) for n in part if table.pairs[n].confident] or [int(part[0])]
            picked.append(max(known, key=lambda n: table.pairs[n].score))
    if len(picked) > 2 * GEOMETRY_FRAMES:
        spread = np.linspace(0, len(picked) - 1, 2 * GEOMETRY_FRAMES).round().astype(int)
        picked = [picked[n] for n in spread]
    return picked


def _luma(clip: vs.VideoNode, n: int, area: Rect) -> Luma:
    """Luma of one frame as 8-bit limited codes."""
    if clip.format.color_family == vs.RGB:
        clip = vs.core.resize.Bicubic(clip, format=vs.YUV444P16, matrix=1)
    with clip.get_frame(n) as frame:
        scale = np.float32(1.0 / (1 << (frame.format.bits_per_sample - 8)))
        plane = np.asarray(frame[0])[area.y : area.bottom, area.x : area.right] * scale
        if int(frame.props.get("_Range", 0)) == int(vs.RANGE_FULL):
            plane = plane * np.float32(219 / 255) + np.float32(16)
        return np.asarray(plane, np.float32)


def _with_layouts(shots: Shots, geometry: Geometry) -> Shots:
    return Shots(
        shots=tuple(
            Shot(
                first=shot.first,
                last=shot.last,
                layout=geometry.of_shot.get(n, 0),
                colour=shot.colour,
            )
            for n, shot in enumerate(shots.shots)
        )
    )


def _match_json(wide: Side, dvd: Side, found: Match, table: Timeline) -> dict[str, Any]:
    """Return the contents of ``match.json``."""
    start = table.pairs[0]
    return {
        "sources": {
            "wide": {**wide.facts.to_json(), **wide.identity},
            "dvd": {**dvd.facts.to_json(), **dvd.identity},
        },
        "start": {
            "wide": start.wide,
            "dvd": start.dvd,
            "score": round(start.score, 6),
            "confidence": "certain" if start.confident else "ambiguous",
        },
        "reference": None,
        "evidence": {
            "score": round(found.evidence.score, 4),
            "motion": round(found.evidence.motion, 4),
        },
        "without_partner": _long_runs(found, table),
        "pairs": table.to_json(),
    }


def _long_runs(found: Match, table: Timeline) -> list[dict[str, Any]]:
    """Runs of more than three wide frames without a partner, with their times."""
    offset = table.pairs[0].wide - found.first
    flags = np.concatenate(([False], found.missing[offset : offset + len(table)], [False]))
    edges = np.flatnonzero(np.diff(flags.astype(np.int8)))
    runs = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin > LONG_RUN_FRAMES:
            first, last = table.pairs[begin].wide, table.pairs[end - 1].wide
            times = {"from": stamp(first, table.fps), "to": stamp(last, table.fps)}
            runs.append({"first": first, "last": last, **times})
    return runs
