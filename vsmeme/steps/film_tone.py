"""The wide's tone as the matched DVD shows the film, where that is closer than the standard's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs

from ..arrays.images import Floats
from ..artifact import json_sha256
from ..colour.prepare.fit_tone import ToneFit, TonePair, fit_tone
from ..colour.prepare.tone_cube import write_cube
from ..pixels.rect import Rect
from ..progress import log
from ..project import Project
from ..source.formats import to_working
from ..source.open_film import open_source_film
from ..source.tone_plan import TonePlan
from ..sync.prepare.match_films import Match
from ..sync.shots import Shots
from ..sync.timeline import Timeline
from .open_sources import FilmSource

MOST_PAIRS, LEAST_PAIRS = 24, 4
DENSITY = 4  # samples of the wide a px of its proxies, at most
MARGIN_PX = 2
FILM_NODES = 49  # the fit is smoother than the standard


def with_film_tone(
    project: Project, wide: FilmSource, dvd: FilmSource, table: Timeline, shots: Shots, match: Match
) -> FilmSource:
    """Fit the wide's tone to the DVD and take it where the settings or held-out frames say so.

    Args:
        project: The project.
        wide: The wide, by the standard's tone so far.
        dvd: The DVD.
        table: The match table.
        shots: Its shots.
        match: Where the proxies lie on each other.

    Returns:
        The wide, in another tone or the same; one in SDR comes back as it is.
    """
    facts, wanted = wide.source.facts, project.config.colour.tone
    if facts.light is None or wanted == "static":
        return wide
    pairs = _pairs(project, wide, dvd, table, shots, match)
    if len(pairs) < LEAST_PAIRS:
        log.warning("tone: %d sure pairs are too few to learn it from the DVD", len(pairs))
        return wide
    fit = fit_tone(pairs, facts.light)
    taken = wanted == "dvd" or fit.better
    log.info(
        "tone: on held-out frames the DVD's grade is met to %.2f by a fit, to %.2f by the standard "
        "(CIEDE2000); %s taken",
        *(fit.error, fit.static_error, "the fit" if taken else "the standard"),
    )
    if not taken:
        return wide
    plan = _write(fit, shots, first=table.pairs[0].wide, folder=project.work)
    facts = replace(facts, tone=plan)
    clip = open_source_film(
        facts,
        role="wide",
        folder=project.work,
        cache=project.index,
        colour=project.config.sources.wide_colour,
    )
    return replace(wide, source=replace(wide.source, clip=clip, facts=facts))


def _write(fit: ToneFit, shots: Shots, *, first: int, folder: Path) -> TonePlan:
    """Write a table for every gain that some shot has."""
    cubes: list[str] = []
    runs: list[tuple[int, int]] = []
    known = [fit.weights.tolist(), fit.low.tolist(), fit.high.tolist()]
    for number, shot in enumerate(shots.shots):
        gain = fit.gains.get(number, 1.0)
        name = f"tone/film-{json_sha256([known, gain])[:16]}.cube"
        if name not in cubes:
            cubes.append(name)
            write_cube(folder / name, partial(fit.convert, gain=gain), nodes=FILM_NODES)
        cube = cubes.index(name)
        if not runs or runs[-1][1] != cube:
            runs.append((first + shot.first if runs else 0, cube))
    return TonePlan(kind="dvd", cubes=tuple(cubes), runs=tuple(runs))


def _pairs(
    project: Project, wide: FilmSource, dvd: FilmSource, table: Timeline, shots: Shots, match: Match
) -> list[TonePair]:
    """Sure pairs, spread over the film, small, where both show the same."""
    raw = open_source_film(
        replace(wide.source.facts, tone=None),
        role="wide",
        folder=project.work,
        cache=project.index,
        colour=project.config.sources.wide_colour,
    )
    coded = vs.core.resize.Bicubic(raw, format=vs.RGB48)
    graded = vs.core.resize.Bicubic(to_working(dvd.source.clip), format=vs.RGB48)
    made = []
    for n in _picks(table):
        pair = table.pairs[n]
        place = match.places[match.using[pair.wide - match.first]]
        region = place.shared(wide.film.size, dvd.film.size, MARGIN_PX)
        if not region.area:
            continue
        known = _small(graded, pair.dvd, dvd.film.active, dvd.film.size)
        times = max(1, min(DENSITY, wide.film.active.w // wide.film.size[0]))
        size = (times * wide.film.size[0], times * wide.film.size[1])
        x = times * (place.sx * (region.x + 0.5) + place.tx) - 0.5
        y = times * (place.sy * (region.y + 0.5) + place.ty) - 0.5
        matrix = [[times * place.sx, 0.0, x], [0.0, times * place.sy, y]]
        made.append(
            TonePair(
                shot=shots.index(n),
                wide=_small(coded, pair.wide, wide.film.active, size),
                dvd=known[region.y : region.bottom, region.x : region.right],
                matrix=np.asarray(matrix, np.float32),
            )
        )
    return made


def _picks(table: Timeline) -> Sequence[int]:
    sure = [n for n, pair in enumerate(table.pairs) if pair.confident]
    if len(sure) <= MOST_PAIRS:
        return sure
    return [sure[int(i)] for i in np.linspace(0, len(sure) - 1, MOST_PAIRS)]


def _small(clip: vs.VideoNode, n: int, area: Rect, size: tuple[int, int]) -> Floats:
    """One frame's R'G'B', 0..1, averaged down."""
    with clip.get_frame(n) as frame:
        planes = [
            cv2.resize(
                np.asarray(frame[p])[area.y : area.bottom, area.x : area.right],
                size,
                interpolation=cv2.INTER_AREA,
            )
            for p in range(3)
        ]
    return np.asarray(np.stack(planes, axis=-1).astype(np.float32) / 65535)
