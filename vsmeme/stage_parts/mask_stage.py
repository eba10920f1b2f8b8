"""The masks of a project as clips: what is missing, the subject, its face."""

from __future__ import annotations

import vapoursynth as vs

from ..canvas.film_canvas import film_mask
from ..errors import DamagedError
from ..masks.mask import load_mask
from ..memory import shared
from ..project import Project
from ..readers import placements, timeline
from ..subject.apply_look import Masks

core = vs.core


def masks(project: Project) -> Masks:
    """Load the masks of the subject and of its face."""
    project.require("segment")
    table = timeline(project)
    loaded = []
    for name in Masks._fields:
        path = project.work / "masks" / f"{name}.mkv"
        mask = load_mask(path, cache=project.index)
        if mask.num_frames != len(table):
            found = f"{mask.num_frames} frames for {len(table)} pairs"
            raise DamagedError(f"{path}: {found}; run: {project.command('segment')}")
        mask = mask.std.AssumeFPS(fpsnum=table.fps.numerator, fpsden=table.fps.denominator)
        loaded.append(shared(mask))
    return Masks(*loaded)


def subject_mask(seen: Masks) -> vs.VideoNode:
    """Join both masks: GRAY8, full range, canvas size."""
    return shared(vs.core.akarin.Expr(list(seen), "x y max"))


def missing(project: Project) -> vs.VideoNode:
    """Return the mask of what neither source reaches: GRAY8 full range, canvas size."""
    table = timeline(project)
    like = core.std.BlankClip(
        length=len(table), fpsnum=table.fps.numerator, fpsden=table.fps.denominator
    )
    return film_mask(placements(project), like=like)
