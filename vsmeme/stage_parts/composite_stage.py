"""The full picture of real samples: both releases on the canvas."""

from __future__ import annotations

from functools import partial
from typing import Literal

import vapoursynth as vs

from ..bands.upscale_bands import fast_strips, planned_strips
from ..canvas.film_canvas import Sources, Upscale, film_canvas
from ..colour.transform import apply_colour
from ..memory import shared
from ..project import Project
from ..readers import colours, placements, shots, upscale_plan
from .source_stage import sources

Bands = Literal["model", "fast"]


def project_composite(
    project: Project, bands: Bands = "model", *, pair: Sources | None = None
) -> vs.VideoNode:
    """Build the full picture of real samples, before any generation.

    Args:
        project: The project.
        bands: ``model`` upscales as ``upscale.json`` says; ``fast`` is bicubic and needs no model.
        pair: Other clips in the place of the project's matched sources.

    Returns:
        YUV444P16, BT.709 limited, canvas size, one frame a pair; black where neither source
        reaches.
    """
    settings, cuts = project.config, shots(project)
    fitted = colours(project) if settings.colour.match else ()
    upscale: Upscale = fast_strips
    if bands == "model" and any(run.layout.bands() for run in placements(project)):
        upscale = partial(planned_strips, plan=upscale_plan(project))
    made = film_canvas(
        pair or sources(project),
        placements(project),
        upscale=upscale,
        grade=partial(apply_colour, colours=fitted, shots=cuts) if settings.colour.match else None,
        blend=settings.seam.blend,
        width=settings.seam.width,
    )
    return shared(made)
