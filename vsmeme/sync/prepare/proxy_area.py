"""The picture inside the bars, as the proxies of a film show it."""

from __future__ import annotations

import numpy as np

from ...pixels.rect import Rect
from ...source.prepare.black_bars import NONE, Insets, measure_bars
from .proxies import FilmProxies

BAR_FRAMES = 24  # that bars are looked for in


def area_of(film: FilmProxies, frames: range) -> Rect:
    """Return the picture inside the bars of some frames, px of the proxies."""
    at = np.unique(np.linspace(frames.start, frames.stop - 1, BAR_FRAMES).astype(np.int64))
    bars: Insets = measure_bars(film.proxies[at]) if len(at) else NONE
    return bars.inside(whole(film))


def whole(film: FilmProxies) -> Rect:
    """Return a whole frame of the proxies."""
    return Rect(x=0, y=0, w=film.size[0], h=film.size[1])
