"""The last stage before delivery: structure, grain and one tie of colour over the whole picture."""

from __future__ import annotations

import vapoursynth as vs

from ..canvas.film_canvas import joined
from ..canvas.fresh_share import fresh_parts, fresh_share
from ..colour import grain
from ..colour.texture import add_texture, grain_left, less_dither
from ..pixels.rect import Rect
from ..project import Project
from ..readers import placements, shots, stock, texture, track
from ..subject.apply_look import Masks
from .mask_stage import masks

core = vs.core


def finished(project: Project, clip: vs.VideoNode, *, seen: Masks | None = None) -> vs.VideoNode:
    """Let fine structure and grain run on in what has none of its own, and tie the colours.

    Args:
        project: The project.
        clip: What ``face`` returns.
        seen: The masks, if they are open already.

    Returns:
        YUV444P16, canvas size.
    """
    runs, settings, size = placements(project), project.config.finish, (clip.width, clip.height)
    strength, lack, width = settings.texture, texture(project), project.config.seam.width
    layouts = dict.fromkeys(run.layout for run in runs)
    if strength and not lack.nothing:
        fresh = joined(
            runs,
            lambda run: run.layout,
            lambda run: fresh_share(run.layout, width=width, like=clip),
        )
        areas = [area for layout in layouts for area in fresh_parts(layout, width=width)]
    else:
        strength = 0.0
        fresh = joined(
            runs, lambda run: run.layout.wide, lambda run: grain.fresh_mask(clip, run.layout.wide)
        )
        homes = dict.fromkeys(layout.wide for layout in layouts)
        areas = [area for wide in homes for area in grain.fresh_areas(wide, size)]
    firsts = [shot.first for shot in shots(project).shots]
    made = add_texture(clip, fresh, lack, areas=areas, firsts=firsts, strength=strength)
    grainy = grain_left(clip, fresh, lack, areas=areas, firsts=firsts, strength=strength)
    grained, tracked = list(areas), track(project)
    if tracked.picture and project.config.face.enable:
        grainy = core.akarin.Expr([grainy, (seen or masks(project)).face], "x y max")
        head = tracked.regions.get("face")
        grained.append((head and head.extent) or Rect(x=0, y=0, w=size[0], h=size[1]))
    made = grain.unify(
        made, grainy, stock(project), grain=settings.grain, tie=settings.tie, areas=grained
    )
    depth = project.config.output.depth
    return less_dither(made, fresh, lack, areas=areas, depth=depth, strength=strength)
