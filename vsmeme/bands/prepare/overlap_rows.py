"""Rows of the overlap next to the seams, upscaled as the bands are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import vapoursynth as vs

from ...colour.prepare.measure_texture import OverlapRows
from ..upscale_bands import planned_strips
from ..upscale_plan import Plan
from .learning.film_pair import FilmPair
from .learning.training_film import TrainingFilm

core = vs.core

ROWS = 16  # of the DVD next to each seam
PLACES = 24  # frames of the film, shots before second looks at one
LEAST_PX = 32  # canvas rows; the blocks of a spectrum
KEPT_FRAMES = 3  # each is looked at at several scales


def overlap_rows(film: TrainingFilm, plan: Plan) -> Iterator[OverlapRows]:
    """Upscale what lies next to the seams in the wide, for each layout.

    Args:
        film: The films.
        plan: How the bands are upscaled.

    Yields:
        Rows of layouts whose overlap is high enough to tell anything.
    """
    total = sum(map(len, film.frames))
    for source, own in zip(film.sources, film.frames, strict=True):
        frames = _spread(own, film, max(1, round(PLACES * len(own) / total)))
        reach = min(ROWS, source.core.h // 4) * source.layout.scale
        if frames and reach >= LEAST_PX:
            numbers = [film.shots.index(n) for n in frames]
            yield OverlapRows(**_zones(source, plan, reach), frames=frames, shots=numbers)


def _spread(own: Sequence[int], film: TrainingFilm, count: int) -> list[int]:
    """Frames whose next one is known and of the same shot, spread over the shots, then in them."""
    known = set(own)
    groups: dict[int, list[int]] = {}
    for n in own:
        if n + 1 in known and film.shots.index(n) == film.shots.index(n + 1):
            groups.setdefault(film.shots.index(n), []).append(n)
    each = max(1, count // max(1, len(groups)))
    picks = [
        group[int(at)]
        for group in groups.values()
        for at in np.unique(np.linspace(0, len(group) - 1, each + 2)[1:-1].round())
    ]
    if len(picks) > count:
        picks = [picks[int(at)] for at in np.linspace(0, len(picks) - 1, count)]
    return sorted(set(picks))


def _zones(source: FilmPair, plan: Plan, reach: int) -> dict[str, list[vs.VideoNode]]:
    """Both films next to the seams, ``reach`` canvas px into the wide."""
    layout = source.layout
    strips = layout.strips(reach)
    zones = [part for part in (strip.intersect(layout.wide) for strip in strips) if part]
    own = [source.grade(part) for part in planned_strips(source.dvd, layout, zones, plan=plan)]
    wide = []
    corner = layout.wide_crop.x - layout.wide.x, layout.wide_crop.y - layout.wide.y
    for zone, mine in zip(zones, own, strict=True):
        core.std.SetVideoCache(mine, mode=1, maxsize=KEPT_FRAMES)
        at = zone.shifted(*corner)
        wide.append(core.std.CropAbs(source.wide, at.w, at.h, at.x, at.y))
    return {"own": own, "wide": wide}
