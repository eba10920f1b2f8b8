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
from ..strip_stack import unstack_strips
from ..upscale_bands import upscale_fast, upscale_strips
from ..upscale_plan import BICUBIC
from .learning.film_pair import FilmPair, wide_on_grid, yuv_planes


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
    clips = {
        key: [source.grade(to_working(part)) for part in _upscaled(source, layout, model, name)]
        for key, model in models.items()
    }
    over = source.core.scaled(layout.scale).shifted(layout.dvd.x, layout.dvd.y)
    squares: dict[str, list[tuple[float, float]]] = {key: [] for key in models}
    for n in frames:
        wide = wide_on_grid(source, n, source.core)
        for key, parts in clips.items():
            for part, strip in zip(parts, layout.strips(0), strict=True):
                shared = strip.intersect(over)
                if shared is None:
                    continue
                mine, theirs = (
                    planes[:, at.y : at.bottom, at.x : at.right]
                    for planes, at in (
                        (yuv_planes(part, n), shared.shifted(-strip.x, -strip.y)),
                        (wide, shared.shifted(-over.x, -over.y)),
                    )
                )
                error = mine - theirs
                squares[key].append((float((error[0] ** 2).mean()), float((error[1:] ** 2).mean())))
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


def _upscaled(
    source: FilmPair, layout: Layout, model: Model | None, backend: str
) -> list[vs.VideoNode]:
    if model is not None:
        return upscale_strips(source.dvd, layout, model, layout.strips(0), backend=backend)
    return list(unstack_strips(upscale_fast(source.dvd, layout), layout, 0).values())


def best(scores: Mapping[str, Score]) -> str:
    """Return the name with the best luma; interpolation where nothing is better."""
    return max(scores, key=lambda name: (scores[name].luma_db, name == BICUBIC))
