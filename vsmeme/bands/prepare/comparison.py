"""Ways to upscale, compared on rows of the overlap next to the bands, through the real graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import vapoursynth as vs

from ...networks.backend import find_backend
from ...networks.model import Model
from ...pixels.rect import Rect
from ...placement.layout import Layout
from ...source.formats import to_working
from ..upscale_bands import fast_strips, upscale_strips
from ..upscale_plan import BICUBIC
from .learning.film_pair import (
    FilmPair,
    planes_at,
    shared_out,
    strip_pieces,
    wide_on_grid,
    yuv_planes,
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
    pieces = strip_pieces(layout.strips(0), PART_PX * layout.scale)
    squares: dict[str, list[tuple[float, float]]] = {key: [] for key in models}
    for strips, own in shared_out(pieces, frames):
        clips = {
            key: [source.grade(part) for part in _upscaled(source, layout, model, strips, name)]
            for key, model in models.items()
        }
        for n, strip, k in ((n, strip, k) for n in own for k, strip in enumerate(strips)):
            squares_of = _errors(source, strip, {key: clips[key][k] for key in clips}, n)
            for key, pair in squares_of.items():
                squares[key].append(pair)
    means = {key: np.mean(values, 0) for key, values in squares.items()}
    return {
        key: Score(
            luma_db=float(-10 * np.log10(luma + 1e-12)),
            chroma_db=float(-10 * np.log10(chroma + 1e-12)),
        )
        for key, (luma, chroma) in means.items()
    }


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
    source: FilmPair, strip: Rect, clips: Mapping[str, vs.VideoNode], n: int
) -> dict[str, tuple[float, float]]:
    """Mean squares of luma and of chroma, of what each way misses of the wide in a strip."""
    layout, at = source.layout, source.core
    scale = layout.scale
    over = at.scaled(scale).shifted(layout.dvd.x, layout.dvd.y)
    shared = strip.intersect(over)
    if shared is None:
        return {}
    x, y = shared.x - over.x, shared.y - over.y
    left, top = x // scale, y // scale
    right, bottom = -(-(x + shared.w) // scale), -(-(y + shared.h) // scale)
    near = Rect(x=at.x + left, y=at.y + top, w=right - left, h=bottom - top)
    inside = Rect(x=x % scale, y=y % scale, w=shared.w, h=shared.h)
    wide = planes_at(wide_on_grid(source, n, near), inside)
    errors = {}
    for key, clip in clips.items():
        error = planes_at(yuv_planes(clip, n), shared.shifted(-strip.x, -strip.y)) - wide
        errors[key] = float((error[0] ** 2).mean()), float((error[1:] ** 2).mean())
    return errors


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
