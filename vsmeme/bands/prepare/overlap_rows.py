"""Rows of the overlap next to the seams, upscaled as the bands are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby

import numpy as np
import vapoursynth as vs

from ...colour.prepare.measure_texture import OverlapRows
from ...pixels.rect import Rect
from ...placement.layout import Layout
from ..upscale_bands import planned_strips
from ..upscale_plan import Plan
from .learning.film_pair import FilmPair, strip_pieces
from .learning.training_frames import TrainingFilm

core = vs.core

ROWS = 16  # of the DVD next to each seam
PLACES = 16  # frames of the film, shots before second looks at one
PART_PX = 180  # DVD px of a seam that are looked at at once: at least
LEAST_PX = 32  # canvas rows; the blocks of a spectrum
TOGETHER = 4  # frames of a shot that show the same part
FRAMES_OF_PLACE = 4  # two, and their neighbours in time
RGBS_BYTES = 12  # of a px
GRAPH_FRAMES = 12  # of the DVD in RGBS, kept for a place: 60 MB at 720x540, measured


def overlap_rows(film: TrainingFilm, plan: Plan) -> Iterator[OverlapRows]:
    """Upscale what lies next to the seams in the wide, for each layout.

    Args:
        film: The films.
        plan: How the bands are upscaled.

    Yields:
        Rows of layouts whose overlap is high enough to tell anything, part by part of long seams:
        each frame shows another part.
    """
    total = sum(map(len, film.frames))
    for source, own in zip(film.sources, film.frames, strict=True):
        frames = _spread(own, film, max(1, round(PLACES * len(own) / total)))
        reach = min(ROWS, source.core.h // 4) * source.layout.scale
        if frames and reach >= LEAST_PX:
            pieces = _pieces(source.layout, reach)
            turns = _turns(frames, film, len(pieces))
            for clips, numbers in zip(_clips(source, plan, pieces, turns), turns, strict=True):
                if numbers:
                    shots = [film.shots.index(n) for n in numbers]
                    yield OverlapRows(**clips, frames=numbers, shots=shots)


def kept_bytes(film: TrainingFilm) -> int:
    """Return how much the graphs of `overlap_rows` keep; without room for it all is made twice."""
    sizes = (source.layout.dvd_size for source in film.sources)
    dvd_px = max((w * h for w, h in sizes), default=0)
    return PLACES * GRAPH_FRAMES * RGBS_BYTES * dvd_px


def _spread(own: Sequence[int], film: TrainingFilm, count: int) -> list[int]:
    """Frames whose next one is known and of the same shot, spread over the shots, then in them."""
    known = set(own)
    groups: dict[int, list[int]] = {}
    for n in own:
        if n + 1 in known and film.shots.index(n) == film.shots.index(n + 1):
            groups.setdefault(film.shots.index(n), []).append(n)
    doubled = 2 * len(groups) <= count  # two close together need six frames, apart they need eight
    count = count // 2 if doubled else count
    each = max(1, count // max(1, len(groups)))
    picks = [
        (shot, group[int(at)])
        for shot, group in groups.items()
        for at in np.unique(np.linspace(0, len(group) - 1, each + 2)[1:-1].round())
    ]
    if len(picks) > count:
        picks = [picks[int(at)] for at in np.linspace(0, len(picks) - 1, count)]
    others = [n + 2 for shot, n in picks if doubled and n + 2 in groups[shot]]
    return sorted({*(n for _, n in picks), *others})


def _pieces(layout: Layout, reach: int) -> list[list[Rect]]:
    """What lies next to the seams, ``reach`` canvas px into the wide; long seams in parts."""
    zones = [part for part in (s.intersect(layout.wide) for s in layout.strips(reach)) if part]
    return strip_pieces(zones, PART_PX * layout.scale)


def _turns(frames: Sequence[int], film: TrainingFilm, count: int) -> list[list[int]]:
    """Frames for each of some pieces, four of a shot or more together: they are compared."""
    turns: list[list[int]] = [[] for _ in range(count)]
    turn = 0
    for _, group in groupby(frames, film.shots.index):
        own = list(group)
        parts = max(1, len(own) // TOGETHER)
        for k in range(parts):
            turns[turn % count] += own[len(own) * k // parts : len(own) * (k + 1) // parts]
            turn += 1
    return turns


def _clips(
    source: FilmPair, plan: Plan, pieces: Sequence[Sequence[Rect]], turns: Sequence[Sequence[int]]
) -> Iterator[dict[str, list[vs.VideoNode]]]:
    """Both films in each piece; what is rendered is kept, for it is looked at several times.

    One instance of the network serves all pieces.
    """
    layout = source.layout
    corner = layout.wide_crop.x - layout.wide.x, layout.wide_crop.y - layout.wide.y
    made = iter(planned_strips(source.dvd, layout, list(chain.from_iterable(pieces)), plan=plan))
    for zones, numbers in zip(pieces, turns, strict=True):
        clips = {
            "own": [source.grade(next(made)) for _ in zones],
            "wide": [source.wide_part(zone.shifted(*corner)) for zone in zones],
        }
        for clip in chain.from_iterable(clips.values()):
            core.std.SetVideoCache(clip, mode=1, maxsize=max(1, FRAMES_OF_PLACE * len(numbers)))
        yield clips
