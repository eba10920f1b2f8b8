"""What a delivered composite lacks, in words: nothing is generated there, so it has to be said."""

from __future__ import annotations

from collections.abc import Iterator

from .. import readers, stages
from ..placement.layout import THIN_BAND_DVD_PX
from ..project import Project


def lacking(project: Project) -> Iterator[str]:
    """Yield one line for everything that the delivered picture lacks.

    Args:
        project: A matched project.
    """
    runs = readers.placements(project)
    thickest = max(run.layout.thickest_band for run in runs)
    if thickest < THIN_BAND_DVD_PX:
        what = "next to nothing" if thickest else "nothing"
        yield f"the picture is the wide's alone: the DVD shows {what} beyond it"
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
