"""Clips of a matched project, for scripts that open their releases themselves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import vapoursynth as vs

from ..bands.upscale_bands import fast_strips
from ..canvas.film_canvas import Sources, film_canvas
from ..canvas.seam import SEAM_WIDTH_PX, Blend
from ..errors import wrong
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..placement.placed_runs import PlacedRun
from ..source.files import Role, tag

if TYPE_CHECKING:
    from ..project import Project
    from ..sync.match_record import SourceRecord

core = vs.core


def composite_clips(
    wide: vs.VideoNode,
    dvd: vs.VideoNode,
    placement: str | os.PathLike[str] | Layout | Sequence[PlacedRun],
    *,
    bands: Literal["model", "fast"] = "fast",
    blend: Blend = "poisson",
    width: int = SEAM_WIDTH_PX,
) -> vs.VideoNode:
    """Rebuild the full picture from two clips.

    Args:
        wide: The widescreen release as decoded, YUV or RGB; what it does not tag is BT.709.
        dvd: The open-matte DVD as decoded, YUV; what it does not tag is BT.601.
        placement: A matched project's ``meme.toml``: both clips are whole films, and frames,
            layouts and colours are the project's. Or one layout, or runs of them: frame n of
            either clip belongs to frame n of the other, and the colours stay as they are.
        bands: Of a project: ``model`` upscales as it has decided, ``fast`` interpolates.
        blend: Without a project: how the seams are joined.
        width: Without a project: rows and columns of the seam, canvas px.

    Returns:
        YUV444P16, BT.709 limited, canvas size, one frame a pair; black where neither reaches.

    Raises:
        UsageError: A clip is not what the placement says.
        ArtifactError: The project is not matched, or was matched on other files.
    """
    wide, dvd = tag(wide, role="wide"), tag(dvd, role="dvd")
    if isinstance(placement, str | os.PathLike):
        return _of_project(wide, dvd, Path(placement), bands)
    runs = placement
    if isinstance(placement, Layout):
        runs = (PlacedRun(first=0, last=dvd.num_frames - 1, layout=placement),)
    if not isinstance(runs, Sequence) or not runs:
        expected = "a meme.toml, a layout, or runs of layouts"
        raise wrong("composite_clips", "placement", expected, type(placement).__name__)
    frames = runs[-1].last + 1
    for name, clip in (("wide", wide), ("dvd", dvd)):
        if clip.num_frames != frames:
            raise wrong("composite_clips", name, f"{frames} frames", clip.num_frames)
    active = Rect(x=0, y=0, w=wide.width, h=wide.height)
    pair = Sources(film=wide, dvd=core.std.AssumeFPS(dvd, wide), active=active)
    return film_canvas(pair, runs, upscale=fast_strips, grade=None, blend=blend, width=width)


def section_clip(
    clip: vs.VideoNode, project: str | os.PathLike[str], *, side: Role
) -> vs.VideoNode:
    """Bring a clip of a whole film to the frames that a matched project counts.

    With `[time]` a project matches a section of each film, and its tables count from where that
    section begins. Fields are joined, px made square and HDR brought to SDR as the project has it.

    Args:
        clip: The release as decoded, from its first frame on; what it does not tag is BT.709 for
            the wide, BT.601 for the DVD.
        project: Its ``meme.toml``.
        side: Which of the two releases it is.

    Returns:
        The clip's format (YUV444P16 where HDR was brought to SDR), from the section's first frame
        on: what `apply_match` and `show_match` take with the project's `Timeline`.

    Raises:
        UsageError: The clip is not the release that was matched.
        ArtifactError: The project is not matched, or was matched on other files.
    """
    from .. import readers
    from ..project import load_project

    opened = load_project(Path(project))
    record = readers.match_record(opened)
    source = record.wide if side == "wide" else record.dvd
    return _as_film(opened, tag(clip, role=side), source, side, "section_clip")


def _of_project(
    wide: vs.VideoNode, dvd: vs.VideoNode, path: Path, bands: Literal["model", "fast"]
) -> vs.VideoNode:
    from .. import readers
    from ..project import load_project
    from ..sync.apply_match import apply_match
    from .composite_stage import project_composite

    project = load_project(path)
    record, table = readers.match_record(project), readers.timeline(project)
    film = _as_film(project, wide, record.wide, "wide", "composite_clips")
    other = _as_film(project, dvd, record.dvd, "dvd", "composite_clips")
    pair = Sources(
        film=apply_match(film, table, side="wide"),
        dvd=apply_match(other, table, side="dvd"),
        active=record.wide.facts.active,
    )
    return project_composite(project, bands, pair=pair)


def _as_film(
    project: Project, clip: vs.VideoNode, source: SourceRecord, role: Role, function: str
) -> vs.VideoNode:
    """Bring a clip of a whole film to the frames that the match counts."""
    from ..source.open_film import as_film

    facts = source.facts
    if not facts.squared and (clip.width, clip.height) != (facts.width, facts.height):
        size = f"{facts.width}x{facts.height}, as {facts.path.name} was matched"
        raise wrong(function, role, size, f"{clip.width}x{clip.height}")
    film = as_film(clip, facts, folder=project.work)
    section = None if facts.trim else source.section  # a script's section is cut above
    first = round(section.start * facts.fps) if section else 0
    return film[first:] if first else film
