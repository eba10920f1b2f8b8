"""Missing area, run by run, and the subject where it meets any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import vapoursynth as vs

from ..canvas.film_canvas import joined
from ..pixels.rect import Rect
from ..pixels.region import cut, replaced
from ..placement.placed_runs import PlacedRun
from ..plate.film_background import Lack
from ..plate.subject_border import carried_light, continued_mask
from ..project import Project
from ..readers import ledger, placements
from ..subject.apply_look import Masks


def lacking_areas(runs: Sequence[PlacedRun]) -> list[Lack]:
    """Return which rectangles hold all missing area, run by run."""
    return [Lack(first=run.first, last=run.last, areas=run.missing()) for run in runs]


def reaching(project: Project, masks: Masks) -> Masks:
    """Return masks that do not fade where missing area begins."""
    if not _meets_missing(project):
        return masks
    return Masks(*(_continued(project, mask) for mask in masks))


def with_missing_of(project: Project, clip: vs.VideoNode, under: vs.VideoNode) -> vs.VideoNode:
    """Return the clip with another's missing area, where the subject meets any.

    Args:
        project: The project.
        clip: YUV444P16, canvas size.
        under: The same format and size.
    """
    if not _meets_missing(project):
        return clip
    return _by_area(project, lambda areas: replaced(clip, areas, partial(cut, under)))


def carried(project: Project, clip: vs.VideoNode, under: vs.VideoNode) -> vs.VideoNode:
    """Carry the subject's new colours into missing area that it meets.

    Args:
        project: The project.
        clip: What ``foreground`` or ``face`` returns.
        under: The background that it was made on.

    Returns:
        YUV444P16, canvas size; the clip's own samples outside missing area.
    """
    if not _meets_missing(project):
        return clip
    return _by_area(project, lambda areas: carried_light(clip, under, areas))


def _continued(project: Project, mask: vs.VideoNode) -> vs.VideoNode:
    px = project.config.segment.feather
    return _by_area(project, lambda areas: continued_mask(mask, areas, px=px))


def _meets_missing(project: Project) -> bool:
    """Whether the subject meets missing area in any frame, as far as that was measured."""
    contacts = ledger(project).contacts
    return bool(contacts and contacts.frames)


def _by_area(project: Project, make: Callable[[tuple[Rect, ...]], vs.VideoNode]) -> vs.VideoNode:
    """Join clips that are made for the rectangles that are missing, run by run."""
    runs = placements(project)
    return joined(runs, PlacedRun.missing, lambda run: make(run.missing()))
