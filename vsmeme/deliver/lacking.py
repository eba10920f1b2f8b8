"""What a delivered composite lacks, in words: nothing is generated there, so it has to be said."""

from __future__ import annotations

from collections.abc import Iterator

from .. import readers, stages
from ..project import Project


def lacking(project: Project) -> Iterator[str]:
    """Yield one line for everything that the delivered picture lacks.

    Args:
        project: A matched project.
    """
    runs = readers.placements(project)
    if not any(run.layout.bands() for run in runs):
        yield "the picture is the wide's alone: the DVD shows nothing beyond it"
    if project.config.output.until != "composite":
        return
    frame = stages.frame_choice(project).rect
    black = sum(
        len(run) * sum(inside.area for part in run.missing() if (inside := part.intersect(frame)))
        for run in runs
    )
    if black:
        share = black / (frame.area * sum(map(len, runs)))
        yield f"{share:.1%} of the picture is black: neither release shows it"
