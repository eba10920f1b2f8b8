"""A truly interlaced DVD: which of its fields show the moments that the wide shows."""

from __future__ import annotations

import numpy as np

from ...errors import UsageError
from ...progress import log
from ...project import Project
from ...sync.prepare.match_films import Match
from ..open_sources import FilmSource, match_sides, open_side

TWICE = 1.5  # the wide's rate over the DVD's, from which a frame a field is wanted
LEAST_GAIN = 0.02
"""Of what pairs lack of a correlation of 1, to give up the fields that were taken first: noise
changes it by less, half a frame of motion takes a tenth to nine tenths of it."""


def fit_fields(
    project: Project, wide: FilmSource, dvd: FilmSource, match: Match
) -> tuple[FilmSource, Match]:
    """Choose the fields of a truly interlaced DVD that show the wide's moments.

    Its film frames are made of the earlier field of every coded frame at first. The wide of the
    same rate may have been filmed at the moments of the later ones, and a wide of twice the rate
    shows both.

    Args:
        project: The project.
        wide: The wide.
        dvd: The DVD as it was opened.
        match: Their match.

    Returns:
        The DVD and the match that fit better.
    """
    plan = dvd.source.facts.fields
    if plan is None or not plan.interlaced:
        return dvd, match
    twice = wide.fps > TWICE * dvd.fps
    section = None if dvd.section.whole else dvd.section
    fields = plan.every_field() if twice else plan.later_fields()
    other = open_side(project, "dvd", section=section, fields=fields)
    try:
        rematch = match_sides(wide, other, folder=project.work / "cache")
    except UsageError:  # these moments fit nowhere
        return dvd, match
    now, then = _lacking(match), _lacking(rematch)
    if len(rematch.dvd) < len(match.dvd) or then > (1 - LEAST_GAIN) * now:
        return dvd, match
    chosen = "both fields of every DVD frame show" if twice else "the DVD's later fields show"
    log.info("%s the wide's moments (correlation %.4f, %.4f)", chosen, 1 - then, 1 - now)
    return other, rematch


def _lacking(match: Match) -> float:
    """Return what the pairs lack of a correlation of 1, on average; without a partner likewise."""
    return 1 - float(np.mean(match.score))
