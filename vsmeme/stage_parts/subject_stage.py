"""What the subject looks like, as a project asks for it."""

from __future__ import annotations

import vapoursynth as vs

from ..config import Config
from ..project import Project
from ..readers import track
from ..subject.apply_look import Look, Masks, apply_look
from ..subject.insert_face import load_picture
from ..subject.restored_detail import load_detail
from .border_stage import reaching, with_missing_of


def asked_look(config: Config, *, scale: float = 1.0) -> Look:
    """Return what the settings do to the subject, on a canvas that may be smaller.

    Args:
        config: The settings.
        scale: Its px a px of the project's canvas.
    """
    return Look(
        colour=config.foreground.colour,
        aberration=scale * config.foreground.aberration,
        sharpen=config.foreground.sharpen,
        restore=config.foreground.restore,
        feather_px=round(scale * config.segment.feather),
        blend=config.face.blend,
        opacity=config.face.opacity,
    )


def subject_look(
    project: Project, clip: vs.VideoNode, seen: Masks, *, inserted: bool
) -> vs.VideoNode:
    """Recolour the subject, sharpen and restore it, and insert the silly face.

    Args:
        project: The project; nothing of its background is read.
        clip: YUV444P16, canvas size.
        seen: The masks.
        inserted: Whether the face picture is inserted, where there is one.

    Returns:
        The same format and size.
    """
    config, tracked = project.config, track(project)
    look = asked_look(config)
    detail, picture = None, None
    if tracked.detail and look.restore:
        detail = load_detail(project.work / tracked.detail, cache=project.index)
    if tracked.picture and inserted:
        files = (project.work / tracked.picture[name] for name in ("picture", "alpha"))
        picture = load_picture(*files)
    return apply_look(clip, seen, tracked, look, detail=detail, picture=picture)


def subject_on(
    project: Project, background: vs.VideoNode, seen: Masks, *, inserted: bool
) -> vs.VideoNode:
    """Return the subject's look on a background that nothing is missing of.

    Args and result are those of ``subject_look``.
    """
    done = subject_look(project, background, reaching(project, seen), inserted=inserted)
    return with_missing_of(project, done, background)
