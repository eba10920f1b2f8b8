"""Ways to upscale, compared on rows of the overlap next to the bands, through the real graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import vapoursynth as vs

from ...arrays.frames import made_together
from ...networks.backend import find_backend
from ...networks.model import Model
from ...pixels.rect import Rect
from ...placement.layout import Layout
from ...source.formats import to_working
from ..upscale_bands import fast_strips, upscale_strips
from ..upscale_plan import BICUBIC
from .learning.film_pair import (
    FilmPair,
    FramePart,
    part_under,
    planes_at,
    shared_out,
    strip_pieces,
    values_of,
    wide_on_grid,
)

PART_PX = 180  # DVD px of a strip that a frame is compared on: at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How close one way comes to the wide, after the fitted colour.

    Attributes:
        luma_db: PSNR of luma, dB.
        chroma_db: PSNR of both colour differences, dB.
    """

    luma_db: float
    chroma_db: float


def compare(
    source: FilmPair,
    models: Mapping[str, Model | None],
    frames: Sequence[int],
    held: tuple[int, int],
    *,
    backend: str = "auto",
) -> dict[str, Score]:
    """Upscale held-out rows each way.

    Args:
        source: The films.
        models: By name; ``None`` for interpolation.
        frames: Frame numbers, ascending.
        held: Held-out rows at the top and the bottom of the overlap, DVD px.
        backend: Backend by name.

    Returns:
        The scores by name.
    """
    layout = _with_wider_bands(source, held)
    name = find_backend(backend).name
    turns = list(
        shared_out(strip_pieces(_compared(source, layout), PART_PX * layout.scale), frames)
    )
    parts = list(chain.from_iterable(parts for parts, _ in turns))
    clips = {  # one instance of a network serves all parts
        key: [source.grade(part) for part in _upscaled(source, layout, model, parts, name)]
        for key, model in models.items()
    }
    squares: dict[str, list[tuple[float, float]]] = {key: [] for key in models}
    looks = ((n, part) for own, numbers in turns for n in numbers for part in own)
    for n, part in looks:
        k = parts.index(part)
        errors = _errors(source, part, {key: made[k] for key, made in clips.items()}, n)
        for key, pair in errors.items():
            squares[key].append(pair)
    means = {key: np.mean(values, 0) for key, values in squares.items()}
    return {
        key: Score(
            luma_db=float(-10 * np.log10(luma + 1e-12)),
            chroma_db=float(-10 * np.log10(chroma + 1e-12)),
        )
        for key, (luma, chroma) in means.items()
    }


def parts_compared(
    source: FilmPair, frames: Sequence[int], held: tuple[int, int]
) -> Iterator[FramePart]:
    """Return what of the wide `compare` reads, whatever it chooses of some frames."""
    for part in _compared(source, _with_wider_bands(source, held)):
        under = part_under(source, _near(source, part)[0])
        yield from (FramePart(n, under) for n in frames)


def _compared(source: FilmPair, layout: Layout) -> list[Rect]:
    """Return what the wide shows, too, of the strips of a layout with wider bands, canvas px."""
    over = source.core.scaled(layout.scale).shifted(layout.dvd.x, layout.dvd.y)
    return [part for part in (strip.intersect(over) for strip in layout.strips(0)) if part]


def _with_wider_bands(source: FilmPair, held: tuple[int, int]) -> Layout:
    """Return a layout whose wide leaves the held-out rows to the bands."""
    layout, at = source.layout, source.core
    scale = layout.scale
    top = layout.dvd.y + (at.y + held[0]) * scale if held[0] else layout.wide.y
    bottom = layout.dvd.y + (at.bottom - held[1]) * scale if held[1] else layout.wide.bottom
    wide = Rect(x=layout.wide.x, y=top, w=layout.wide.w, h=bottom - top)
    cropped = layout.wide_crop
    crop = Rect(x=cropped.x, y=cropped.y + top - layout.wide.y, w=cropped.w, h=wide.h)
    return replace(layout, wide=wide, wide_crop=crop)


def _errors(
    source: FilmPair, part: Rect, clips: Mapping[str, vs.VideoNode], n: int
) -> dict[str, tuple[float, float]]:
    """Mean squares of luma and of chroma, of what each way misses of the wide in a part."""
    near, inside = _near(source, part)
    wide = planes_at(wide_on_grid(source, n, near), inside)
    errors = {}
    for key, frame in zip(clips, made_together(list(clips.values()), n), strict=True):
        error = values_of(frame) - wide
        errors[key] = float((error[0] ** 2).mean()), float((error[1:] ** 2).mean())
    return errors


def _near(source: FilmPair, part: Rect) -> tuple[Rect, Rect]:
    """The DVD px that hold a part of the overlap, and where in their canvas px it lies."""
    scale, dvd = source.layout.scale, source.layout.dvd
    x, y = part.x - dvd.x, part.y - dvd.y
    right, bottom = (-(-end // scale) for end in (x + part.w, y + part.h))
    near = Rect(x=x // scale, y=y // scale, w=right - x // scale, h=bottom - y // scale)
    return near, Rect(x=x % scale, y=y % scale, w=part.w, h=part.h)


def _upscaled(
    source: FilmPair, layout: Layout, model: Model | None, strips: Sequence[Rect], backend: str
) -> list[vs.VideoNode]:
    if model is None:
        return fast_strips(source.dvd, layout, strips)
    parts = upscale_strips(source.dvd, layout, model, strips, backend=backend)
    return [to_working(part) for part in parts]


def best(scores: Mapping[str, Score]) -> str:
    """Return the name with the best luma; interpolation where nothing is better."""
    return max(scores, key=lambda name: (scores[name].luma_db, name == BICUBIC))
