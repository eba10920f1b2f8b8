"""A source as every step sees it: opened, its fields joined, brought to SDR."""

from __future__ import annotations

import vapoursynth as vs

from ..artifact import FilePath
from .colour_tags import SourceColour
from .facts import SourceFacts
from .fields import film_frames
from .files import Role, open_video, with_siting
from .tone import apply_tone

core = vs.core


def open_source_film(
    facts: SourceFacts,
    *,
    role: Role,
    folder: FilePath,
    cache: FilePath | None = None,
    colour: SourceColour = "auto",
) -> vs.VideoNode:
    """Open a measured source.

    Args:
        facts: What was measured of it.
        role: ``wide`` or ``dvd``.
        folder: What the names of tone tables are relative to.
        cache: Folder for the index of the stream.
        colour: What the colours are, where the file's tags are wrong.

    Returns:
        One frame a film frame, of the facts' size: the source's own format, or YUV444P16 where a
        tone is applied.
    """
    clip = open_video(facts.path, role=role, cache=cache, colour=colour)
    return as_film(clip, facts, folder=folder)


def as_film(clip: vs.VideoNode, facts: SourceFacts, *, folder: FilePath) -> vs.VideoNode:
    """Bring a measured source that is open already to its film frames, in SDR.

    Args:
        clip: The source as decoded, with colour props.
        facts: What was measured of it.
        folder: What the names of tone tables are relative to.

    Returns:
        As `open_source_film`.
    """
    if facts.trim:
        clip = clip[facts.trim[0] : sum(facts.trim)]
    clip = with_siting(clip, facts.chroma_location)
    if facts.fields:
        clip = film_frames(clip, facts.fields)
    if facts.squared:
        clip = core.resize.Spline36(clip, width=facts.width, height=facts.height)
        clip = core.std.SetFrameProps(clip, _SARNum=1, _SARDen=1)
    return apply_tone(clip, facts.tone, folder=folder) if facts.tone else clip
