"""DVD frames that mix two moments of the film: a conversion to another rate by blending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from ...arrays.images import Floats, Ints, Mask
from .maps.proxy_view import ProxyMap, ProxyView
from .proxies import FilmProxies

LEAST_SHARE = 0.15  # of the neighbour in the mix: less is hardly seen
GAIN = 0.5  # of what the wide's frame leaves unexplained, at least so much the neighbour explains
# of the neighbour's energy that the wide's frame does not explain: what moves less can't be told
LEAST_MOTION = 2e-3
BLOCK_FRAMES = 32


def find_blends(
    wide: FilmProxies,
    dvd: FilmProxies,
    places: Sequence[ProxyMap],
    using: Ints,
    frames: Ints,
    path: Ints,
) -> tuple[Mask, Mask]:
    """Tell which DVD frames are mixes of a wide frame and a neighbour of it.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        places: Maps of DVD proxies to wide proxies.
        using: Which of them each frame is seen through.
        frames: Wide frames, rising.
        path: DVD frame of each.

    Returns:
        Which pairs are mixes; of which pairs it can be told, because the picture moves.
    """
    mixed, told = np.zeros(len(frames), bool), np.zeros(len(frames), bool)
    for rows in _blocks(using):
        view = ProxyView.of(wide, dvd, places[int(using[rows.start])])
        if not view.region.area:
            continue
        own = _with_shifts(view.see_wide(wide.proxies[frames[rows]]))
        shown = _flat(view.see_dvd(dvd.proxies[path[rows]]))
        for step in (-1, 1):
            others = np.clip(frames[rows] + step, 0, len(wide) - 1)
            share, gain, motion = _mix(own, _flat(view.see_wide(wide.proxies[others])), shown)
            moves = motion > LEAST_MOTION
            told[rows] |= moves
            mixed[rows] |= moves & (gain > GAIN) & (share > LEAST_SHARE) & (share < 1 - LEAST_SHARE)
    return mixed, told


def _blocks(using: Ints) -> Iterator[slice]:
    """Runs of frames that are seen through one map, none too long."""
    edges = np.flatnonzero(np.diff(using, prepend=-1, append=-1))
    for first, last in pairwise(edges.tolist()):
        for start in range(first, last, BLOCK_FRAMES):
            yield slice(start, min(start + BLOCK_FRAMES, last))


def _flat(images: Floats) -> Floats:
    rows = images.reshape(len(images), -1)
    return np.asarray(rows - rows.mean(axis=1, keepdims=True), np.float32)


def _with_shifts(images: Floats) -> Floats:
    """Images and their slopes: what a shift of a fraction of a px adds is no mix."""
    slopes = np.gradient(images, axis=(2, 1))
    return np.stack([_flat(np.asarray(part, np.float32)) for part in (images, *slopes)], axis=1)


def _mix(own: Floats, other: Floats, shown: Floats) -> tuple[Floats, Floats, Floats]:
    """Share of the other in the best mix, how much it explains, and how much the two differ.

    Args:
        own: Wide frames with their slopes, ``n x 3 x px``.
        other: Their neighbours, ``n x px``.
        shown: The DVD's frames.
    """
    basis = np.concatenate((own, other[:, None]), axis=1).astype(np.float64)
    gram = np.einsum("nkp,nlp->nkl", basis, basis)
    gram += np.eye(4) * (1e-6 * gram[:, :1, :1] + 1e-6)
    right = np.einsum("nkp,np->nk", basis, shown.astype(np.float64))[..., None]
    few = np.linalg.solve(gram[:, :3, :3], np.concatenate((right[:, :3], gram[:, :3, 3:]), axis=2))
    both = np.linalg.solve(gram, right)
    energy = np.einsum("np,np->n", shown, shown)
    alone = energy - (right[:, :3, 0] * few[..., 0]).sum(axis=1)
    mixed = energy - (right[..., 0] * both[..., 0]).sum(axis=1)
    a, b = both[:, 0, 0], both[:, 3, 0]
    share = b / np.where(np.abs(a + b) > 1e-6, a + b, 1e-6)
    gain = 1 - mixed / np.maximum(alone, 1e-6)
    left = gram[:, 3, 3] - (gram[:, :3, 3] * few[..., 1]).sum(axis=1)
    motion = left / np.maximum(gram[:, 3, 3], 1e-6)
    return share.astype(np.float32), gain.astype(np.float32), motion.astype(np.float32)
