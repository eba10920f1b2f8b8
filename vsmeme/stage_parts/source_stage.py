"""Both releases as matched clips, and their sound."""

from __future__ import annotations

from dataclasses import replace

import vapoursynth as vs

from ..canvas.film_canvas import Sources
from ..errors import ArtifactError
from ..memory import shared
from ..project import Project
from ..readers import match_record, sound_file, timeline
from ..source.files import Role
from ..source.open_film import open_source_film
from ..sync.apply_match import apply_match
from ..sync.match_record import SourceRecord

core = vs.core


def sources(project: Project) -> Sources:
    """Open both releases and match them: frame n of either is pair n."""
    table = timeline(project)
    record = match_record(project)
    wide = open_matched_source(project, "wide", record.wide)
    dvd = open_matched_source(project, "dvd", record.dvd)
    return Sources(
        film=shared(apply_match(wide, table, side="wide")),
        dvd=shared(apply_match(dvd, table, side="dvd")),
        active=record.wide.facts.active,
    )


def sound(project: Project) -> vs.AudioNode | None:
    """Return the sound that belongs to the pairs, as long as they last.

    Returns:
        48 kHz, 16 bit; None where the result has none, or where it was not cut since the last
        change of ``[output]``: ``vsmeme match`` and ``vsmeme export`` do that.
    """
    wav = sound_file(project)
    if wav is None:
        return None
    return core.bs.AudioSource(str(wav), cachemode=0, showprogress=False)


def open_matched_source(project: Project, role: Role, source: SourceRecord) -> vs.VideoNode:
    """Open one release of a matched project, whole or the section of it that is worked on.

    Args:
        project: The project.
        role: ``wide`` or ``dvd``.
        source: What the match recorded of it.

    Raises:
        ArtifactError: The section is gone; names the command that cuts it again.
    """
    given, path = project.config.sources, project.film(role)
    colour = given.wide_colour if role == "wide" else given.dvd_colour
    if source.section:
        path = source.section.path(path, work=project.work)
    if not path.exists():
        raise ArtifactError(f"{path}: missing; run: {project.command('match')}")
    facts = replace(source.facts, path=path)
    return open_source_film(
        facts, role=role, folder=project.work, cache=project.index, colour=colour
    )
