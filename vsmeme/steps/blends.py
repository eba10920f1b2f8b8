"""Pairs whose DVD frame mixes two moments: named with their share, and never learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..arrays.images import Mask
from ..progress import log
from ..sync.prepare.blended_frames import find_blends
from ..sync.prepare.match_films import Match
from ..sync.timeline import Timeline
from .open_sources import FilmSource

LEAST_SHARE = 0.05  # of the moving pairs: below it mixes are single dissolves, not a conversion


def blended_pairs(wide: FilmSource, dvd: FilmSource, match: Match, table: Timeline) -> Mask:
    """Find the pairs whose DVD frame is a blend, and say how many they are.

    Args:
        wide: The wide.
        dvd: The DVD.
        match: Where the proxies lie on each other.
        table: The match table.

    Returns:
        One entry a pair.
    """
    frames = np.array([pair.wide for pair in table.pairs])
    path = np.array([pair.dvd for pair in table.pairs])
    using = match.using[frames - match.first]
    mixed, told = find_blends(wide.film, dvd.film, match.places, using, frames, path)
    share = float(mixed.sum()) / max(1, int(told.sum()))
    if share >= LEAST_SHARE:
        log.warning(
            "%.0f %% of the DVD's moving frames are blends of two film frames, as a conversion to "
            "another rate makes them: bands are soft there, and nothing is learned from them",
            100 * share,
        )
    return mixed


def unsure_pairs(table: Timeline, mixed: Mask) -> Timeline:
    """Take the confidence from pairs: frames that are not sure teach nothing.

    Args:
        table: The match table.
        mixed: Which pairs, one entry each.
    """
    pairs = (
        replace(pair, confident=False) if blend else pair
        for pair, blend in zip(table.pairs, mixed, strict=True)
    )
    return replace(table, pairs=tuple(pairs))
