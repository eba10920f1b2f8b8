"""What can be written: every stage, its parts, and the transparency that belongs to them."""

from __future__ import annotations

from typing import NamedTuple

import vapoursynth as vs

from ... import stages
from ...project import Project
from ...settings.stage_names import PictureName
from ...stages import StageGraph

core = vs.core

MASKS: tuple[PictureName, ...] = ("missing", "foreground_mask", "face_mask")
WITH_ALPHA: tuple[PictureName, ...] = ("composite", "foreground_cutout", "face_cutout")


class StagePicture(NamedTuple):
    """A picture as it is delivered: part of the canvas, without dropped frames.

    Attributes:
        clip: YUV444P16, BT.709 limited, or a mask: GRAY8, full range.
        alpha: Where it is opaque, GRAY8, full range; ``None`` where it is so everywhere.
    """

    clip: vs.VideoNode
    alpha: vs.VideoNode | None = None


def stage_picture(graph: StageGraph, name: PictureName) -> StagePicture:
    """Return a picture of a project by its name.

    Args:
        graph: The project's stages; what several pictures need is built once.
        name: Its name.
    """
    project = graph.project
    made = _whole(graph, name)
    clip = _delivered(project, made.clip)
    return StagePicture(clip, None if made.alpha is None else _delivered(project, made.alpha))


def _whole(graph: StageGraph, name: PictureName) -> StagePicture:
    project = graph.project
    match name:
        case "composite":
            hole = stages.missing(project)
            return StagePicture(graph.composite, core.akarin.Expr(hole, "255 x -"))
        case "missing":
            return StagePicture(stages.missing(project))
        case "plate":
            return StagePicture(stages.plate(project))
        case "foreground_mask":
            return StagePicture(graph.masks.foreground)
        case "face_mask":
            return StagePicture(graph.masks.face)
        case "foreground_cutout":
            return StagePicture(graph.composite, graph.masks.foreground)
        case "face_cutout":
            return StagePicture(graph.face, graph.masks.face)
        case _:
            return StagePicture(graph[name])


def _delivered(project: Project, clip: vs.VideoNode) -> vs.VideoNode:
    return stages.without_dropped(project, stages.within_frame(project, clip))
