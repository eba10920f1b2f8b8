"""Which part of the canvas and which frames of a project are delivered."""

from __future__ import annotations

import vapoursynth as vs

from ..errors import ArtifactError, UsageError
from ..pixels.region import cut
from ..plate.delivered_frame import DeliveredFrame, FrameMode, delivered_frame
from ..plate.ledger import LEDGER_FILE
from ..project import Project
from ..readers import dropped_frames, ledger, placements
from ..settings.stage_names import Until

core = vs.core


def within_frame(project: Project, clip: vs.VideoNode, until: Until | None = None) -> vs.VideoNode:
    """Cut a clip of canvas size to what ``[output] frame`` delivers; it keeps format and length."""
    return cut(clip, frame_choice(project, until).rect)


def frame_choice(project: Project, until: Until | None = None) -> DeliveredFrame:
    """Choose the part of the canvas that is delivered, as ``[output] frame`` says.

    Args:
        project: The project.
        until: Name of the stage, by default that of ``[output] until``; before the background it
            is not known where the subject meets missing area, and ``safe`` is what ``auto`` is.
    """
    until = until or project.config.output.until
    if until == "composite":
        whole: FrameMode = "full" if project.config.output.frame == "full" else "auto"
        return delivered_frame(whole, placements(project), None)
    mode, contacts = project.config.output.frame, ledger(project).contacts
    if mode == "safe":
        if contacts is None:
            raise ArtifactError(
                f"{project.work / LEDGER_FILE}: does not tell where the subject meets missing "
                f'area, which output.frame = "safe" needs; run: {project.command("inpaint")}'
            )
        choice = delivered_frame(mode, placements(project), contacts)
        if not choice.rect.area:
            raise UsageError(
                f"{project.file}: output.frame: safe: the subject meets missing area everywhere; "
                "use auto or full"
            )
        return choice
    return delivered_frame(mode, placements(project), contacts)


def without_dropped(project: Project, clip: vs.VideoNode) -> vs.VideoNode:
    """Leave out the frames that ``[time] gaps`` drops from the delivered film.

    Args:
        project: The project.
        clip: Any format, one frame a pair.
    """
    dropped = dropped_frames(project)
    return core.std.DeleteFrames(clip, dropped) if dropped else clip
