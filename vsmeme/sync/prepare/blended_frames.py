"""DVD frames that mix two moments of the film: a conversion to another rate by blending."""

from __future__ import annotations

import numpy as np

from ...arrays.images import Floats, Ints, Mask
from .maps.proxy_view import ProxyMap, ProxyView
from .proxies import FilmProxies

LEAST_SHARE = 0.15  # of the neighbour in the mix: less is hardly seen
GAIN = 0.5  # of what the wide's frame leaves unexplained, at least so much the neighbour explains
LEAST_MOTION = 2e-3  # 1 - correlation of the wide's neighbours: what moves less can't be told
BLOCK_FRAMES = 32


def find_blends(
    wide: FilmProxies, dvd: FilmProxies, place: ProxyMap, frames: Ints, path: Ints
) -> tuple[Mask, Mask]:
    """Tell which DVD frames are mixes of a wide frame and a neighbour of it.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        place: DVD proxies to wide proxies.
        frames: Wide frames, rising.
        path: DVD frame of each.

    Returns:
        Which pairs are mixes; of which pairs it can be told, because the picture moves.
    """
    view = ProxyView.of(wide, dvd, place)
    mixed, told = np.zeros(len(frames), bool), np.zeros(len(frames), bool)
    for start in range(0, len(frames), BLOCK_FRAMES):
        rows = slice(start, start + BLOCK_FRAMES)
        own = _flat(view.see_wide(wide.proxies[frames[rows]]))
        shown = _flat(view.see_dvd(dvd.proxies[path[rows]]))
        for step in (-1, 1):
            others = np.clip(frames[rows] + step, 0, len(wide) - 1)
            share, gain, motion = _mix(own, _flat(view.see_wide(wide.proxies[others])), shown)
            moves = motion > LEAST_MOTION
            told[rows] |= moves
            mixed[rows] |= moves & (gain > GAIN) & (share > LEAST_SHARE) & (share < 1 - LEAST_SHARE)
    return mixed, told


def _flat(images: Floats) -> Floats:
    rows = images.reshape(len(images), -1)
    return np.asarray(rows - rows.mean(axis=1, keepdims=True), np.float32)


def _mix(own: Floats, other: Floats, shown: Floats) -> tuple[Floats, Floats, Floats]:
    """Share of the other in the best mix, how much it explains, and how much the two differ."""
    aa, bb, ab = (
        np.einsum("ij,ij->i", x, y) for x, y in ((own, own), (other, other), (own, other))
    )
    ad, bd, dd = (np.einsum("ij,ij->i", x, shown) for x in (own, other, shown))
    det = np.maximum(aa * bb - ab * ab, 1e-6)
    a, b = (ad * bb - bd * ab) / det, (bd * aa - ad * ab) / det
    alone = dd - ad * ad / np.maximum(aa, 1e-6)
    both = dd - a * ad - b * bd
    share = b / np.where(np.abs(a + b) > 1e-6, a + b, 1e-6)
    gain = 1 - both / np.maximum(alone, 1e-6)
    motion = 1 - ab / np.sqrt(np.maximum(aa * bb, 1e-6))
    return share, gain, motion
