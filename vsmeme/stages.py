"""The one place that turns a project into clips: every stage of the graph, assembled once.

Nothing is rendered or written here. Each stage refuses artifacts that are missing or stale and
names the command that makes them.
"""

from __future__ import annotations

from functools import cached_property, partial

import vapoursynth as vs

from .masks.mask import feather
from .memory import shared
from .plate.film_background import backgrounds
from .project import Project
from .readers import ledger, placements
from .settings.stage_names import Until as Until
from .settings.stage_names import parse_until as parse_until
from .source.formats import from_working
from .stage_parts.border_stage import carried, lacking_areas
from .stage_parts.composite_stage import project_composite
from .stage_parts.delivery_stage import frame_choice as frame_choice
from .stage_parts.delivery_stage import within_frame as within_frame
from .stage_parts.delivery_stage import without_dropped as without_dropped
from .stage_parts.finish_stage import finished as finished
from .stage_parts.mask_stage import masks as masks
from .stage_parts.mask_stage import missing as missing
from .stage_parts.mask_stage import subject_mask
from .stage_parts.source_stage import sound as sound
from .stage_parts.source_stage import sources as sources
from .stage_parts.subject_stage import subject_on
from .subject.apply_look import Masks

core = vs.core
composite = project_composite


def background(
    project: Project, *, base: vs.VideoNode | None = None, seen: Masks | None = None
) -> vs.VideoNode:
    """Put the plate where the canvas lacks picture, or behind the subject.

    Args:
        project: The project.
        base: Its composite, if that is built already.
        seen: Its masks, if they are open already.

    Returns:
        YUV444P16, canvas size: ``live`` keeps every real sample; ``still`` replaces the whole
        background by the plate and lays the frame's own subject over it.
    """
    base = base or composite(project)
    record = ledger(project)
    mode = project.config.background.mode
    empty, lacks = missing(project), lacking_areas(placements(project))
    mirrors = any(key.fill == "mirror" for key in record.keys)
    avoid = subject_mask(seen or masks(project)) if mirrors else None
    laid = partial(backgrounds, base, empty, record, project.work, lacks=lacks, avoid=avoid)
    filled = laid(mode=mode)
    modes = {key.mode if mode == "auto" else mode for key in record.keys}
    if modes == {"live"}:
        return shared(filled)
    # The soft edge may reach over missing area, where the plate lies under it, not black.
    live = laid(mode="live")
    soft = feather((seen or masks(project)).foreground, px=project.config.segment.feather)
    deep = core.akarin.Expr(soft, "x 257 *", format=vs.GRAY16)
    return shared(core.std.MaskedMerge(filled, live, deep, first_plane=True))


def plate(project: Project) -> vs.VideoNode:
    """Return the plate as it lies behind every frame: YUV444P16, canvas size."""
    return backgrounds(
        composite(project, bands="fast"),
        missing(project),
        ledger(project),
        project.work,
        mode="still",
    )


def foreground(
    project: Project, *, on: vs.VideoNode | None = None, seen: Masks | None = None
) -> vs.VideoNode:
    """Recolour the subject's clothes, give them the lens's fringes, and sharpen the face.

    Args:
        project: The project.
        on: Its background, if that is built already.
        seen: Its masks, if they are open already.

    Returns:
        YUV444P16, canvas size.
    """
    seen = seen or masks(project)
    return subject_on(project, on or background(project, seen=seen), seen, inserted=False)


def face(
    project: Project, *, on: vs.VideoNode | None = None, seen: Masks | None = None
) -> vs.VideoNode:
    """Insert the silly face, if there is one, on top of what ``foreground`` does.

    Args and result are those of ``foreground``.
    """
    seen = seen or masks(project)
    inserted = project.config.face.enable
    return subject_on(project, on or background(project, seen=seen), seen, inserted=inserted)


def result(project: Project) -> vs.VideoNode:
    """Build the whole meme.

    Returns:
        YUV444P16, BT.709 limited, canvas size, one frame a pair.
    """
    return stage(project, "final")


def stage(project: Project, until: Until, *, base: vs.VideoNode | None = None) -> vs.VideoNode:
    """Build up to a stage, in the working format.

    Args:
        project: The project.
        until: Name of the stage.
        base: The composite, if it is built already.

    Returns:
        YUV444P16, BT.709 limited, canvas size.
    """
    return StageGraph(project, base=base)[until]


class StageGraph:
    """A project's stages and what they are made of, each built once, when it is asked for."""

    def __init__(self, project: Project, *, base: vs.VideoNode | None = None) -> None:
        """Take a project, and its composite, if it is built already."""
        self.project = project
        self._base = base

    def __getitem__(self, until: Until) -> vs.VideoNode:
        """Return a stage: YUV444P16, BT.709 limited, canvas size."""
        stage: vs.VideoNode = getattr(self, until)
        return stage

    @cached_property
    def masks(self) -> Masks:
        """The masks of subject and face."""
        return masks(self.project)

    @cached_property
    def composite(self) -> vs.VideoNode:
        """Real samples alone."""
        return self._base or composite(self.project)

    @cached_property
    def background(self) -> vs.VideoNode:
        """The composite with its plate."""
        return background(self.project, base=self.composite, seen=self.masks)

    @cached_property
    def foreground(self) -> vs.VideoNode:
        """The background with the subject's new look."""
        made = foreground(self.project, on=self.background, seen=self.masks)
        return carried(self.project, made, self.background)

    @cached_property
    def face(self) -> vs.VideoNode:
        """The same with the face, before the finish."""
        made = face(self.project, on=self.background, seen=self.masks)
        return shared(carried(self.project, made, self.background))

    @cached_property
    def final(self) -> vs.VideoNode:
        """All of it."""
        return finished(self.project, self.face, seen=self.masks)


def delivered(
    project: Project, until: Until = "final", *, base: vs.VideoNode | None = None
) -> vs.VideoNode:
    """Build up to a stage, in the format of delivery.

    Args:
        project: The project.
        until: Name of the stage.
        base: The composite, if it is built already.

    Returns:
        YUV420P8, or P10 as ``[output] depth`` says, BT.709 limited, dithered; without the frames
        that ``[time] gaps = "cut"`` drops.
    """
    made = within_frame(project, stage(project, until, base=base), until)
    made = without_dropped(project, made)
    return shared(from_working(made, depth=project.config.output.depth))
