"""One sample from what several frames show at a pixel: where most agree, else the nearest in time.

The consensus is the mean of the closest part of the observations (after the shorth of Andrews et
al. 1972): what a mask has let through in some frames lies outside of it, up to more than half.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..arrays.images import Mask, Picture

Floats = NDArray[np.float32]
UNSEEN = np.uint16(65535)
# The part of the observations that has to agree, and from which spread of it on (luma, 16-bit
# codes) it counts as no agreement.
AGREEING = 0.4
CHUNK = 1 << 16


def consensus(samples: Picture, use: Mask) -> tuple[Floats, Floats]:
    """Return the mean of the observations that agree best, and how far these lie apart.

    Args:
        samples: ``3 x n x p``: n observations of p pixels.
        use: Which of them count, ``n x p``.

    Returns:
        ``3 x p`` and the spread of their luma, ``p``; nothing of use where no observation counts.
    """
    middle = np.empty((3, samples.shape[2]), np.float32)
    spread = np.empty(samples.shape[2], np.float32)
    for start in range(0, samples.shape[2], CHUNK):
        part = slice(start, start + CHUNK)
        middle[:, part], spread[part] = _closest(samples[:, :, part], use[:, part])
    return middle, spread


def _closest(samples: Picture, use: Mask) -> tuple[Floats, Floats]:
    length, pixels = use.shape
    luma = np.where(use, samples[0], UNSEEN).astype(np.int32)
    order = luma.argsort(axis=0)
    luma = np.take_along_axis(luma, order, axis=0)
    count = use.sum(axis=0)
    size = np.maximum(np.ceil(AGREEING * count).astype(int), np.minimum(count, 2))
    columns = np.arange(pixels)
    best = np.zeros(pixels, np.int64)
    spread = np.full(pixels, np.iinfo(np.int32).max, np.int32)
    for first in range(length):
        last = np.clip(first + size - 1, 0, length - 1)
        width = luma[last, columns] - luma[first]
        better = (width < spread) & (first + size <= count)
        best[better] = first
        spread[better] = width[better]
    rank = np.arange(length)[:, None]
    chosen = (rank >= best) & (rank < best + size)
    total = np.maximum(chosen.sum(axis=0), 1)
    middle = np.stack(
        [(np.take_along_axis(plane, order, axis=0) * chosen).sum(axis=0) / total
         for plane in samples.astype(np.float32)]
    )  # fmt: skip
    return middle.astype(np.float32), spread.astype(np.float32)


def nearest(samples: Picture, use: Mask, *, frames: Floats, when: Floats) -> Floats:
    """Return what the frame shows that is nearest in time.

    Args:
        samples: ``3 x n x p``.
        use: Which of them count, ``n x p``.
        frames: The observations' frame numbers, ``n``.
        when: The frame number that is wanted at each pixel, ``p``.

    Returns:
        ``3 x p``.
    """
    away = np.full(when.shape, np.inf, np.float32)
    choice = np.zeros(when.shape, np.int64)
    for i, frame in enumerate(frames):
        closer = use[i] & (np.abs(frame - when) < away)
        away[closer] = np.abs(frame - when[closer])
        choice[closer] = i
    return samples[:, choice, np.arange(when.size)].astype(np.float32)
