"""Stages for the eye: side by side, numbered, with names in the previewers that know names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial

import vapoursynth as vs

from .. import readers, stages
from ..errors import UserError
from ..project import Project
from ..source.formats import from_working
from ..sync.apply_match import CONFIDENT, DVD_FRAME, SCORE, WIDE_FRAME, with_match_props

core = vs.core

TILE_W = 640
COLUMNS = 2
PAIR = "VsmemePair"
PROPS = (PAIR, WIDE_FRAME, DVD_FRAME, SCORE, CONFIDENT)


def show(clip: vs.VideoNode | vs.AudioNode, index: int, name: str) -> None:
    """Set an output, with its name where vsview or vspreview runs the script.

    Args:
        clip: Any constant format, or a sound.
        index: Number of the output.
        name: What the previewer's tab says.
    """
    if "__vsview__" in sys.modules:
        from vsview.api import set_output

        set_output(clip, index, name)
    elif "vspreview" in sys.modules:
        from vspreview import set_output

        set_output(clip, index, name)
    else:
        clip.set_output(index)


def numbered(project: Project, clip: vs.VideoNode) -> vs.VideoNode:
    """Attach pair number, frames of both sources and their correlation as frame props.

    Args:
        project: A matched project.
        clip: One frame a pair.

    Returns:
        The clip with ``VsmemePair`` and the props of ``apply_match``.
    """
    table = readers.timeline(project)
    counted = core.akarin.PropExpr(clip, lambda: {PAIR: "N"})
    return with_match_props(counted, table)


def tiles(project: Project) -> dict[str, vs.VideoNode]:
    """Build every stage that the artifacts allow, as YUV420P8 of the canvas.

    Args:
        project: A matched project.

    Returns:
        Name and clip; a stage that is not made yet is a grey picture that says why.
    """
    first = stages.composite(project, bands="fast")
    base = cache(partial(stages.composite, project))
    built: dict[str, Callable[[], vs.VideoNode]] = {
        "composite, fast": lambda: first,
        "composite": base,
        "plate": lambda: stages.plate(project),
        "background": lambda: stages.stage(project, "background", base=base()),
        "foreground": lambda: stages.stage(project, "foreground", base=base()),
        "final": lambda: stages.stage(project, "final", base=base()),
    }
    return {name: _tile(build, name, first) for name, build in built.items()}


def side_by_side(project: Project, clips: dict[str, vs.VideoNode]) -> vs.VideoNode:
    """Lay stages next to each other, each with its name, the first with numbers and score.

    Args:
        project: A matched project.
        clips: What ``tiles`` returns.

    Returns:
        YUV420P8, two tiles a row, 640 px wide each.
    """
    small = []
    for name, clip in clips.items():
        height = 2 * round(TILE_W * clip.height / clip.width / 2)
        tile = core.resize.Bicubic(clip, width=TILE_W, height=height)
        small.append(core.text.Text(tile, name, alignment=9))
    small[0] = core.text.FrameProps(numbered(project, small[0]), props=list(PROPS), alignment=7)
    if len(small) % COLUMNS:
        small.append(core.std.BlankClip(small[0], color=[16, 128, 128], keep=True))
    rows = [core.std.StackHorizontal(small[n : n + COLUMNS]) for n in range(0, len(small), COLUMNS)]
    return core.std.StackVertical(rows) if len(rows) > 1 else rows[0]


def _tile(build: Callable[[], vs.VideoNode], name: str, like: vs.VideoNode) -> vs.VideoNode:
    try:
        return from_working(build())
    except UserError as error:
        grey = core.std.BlankClip(like, color=[96 * 256, 128 * 256, 128 * 256], keep=True)
        return core.text.Text(from_working(_tagged(grey, like)), f"{name}: {error}", alignment=5)


def _tagged(clip: vs.VideoNode, like: vs.VideoNode) -> vs.VideoNode:
    return core.std.CopyFrameProps(clip, like)
