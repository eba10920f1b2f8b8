"""Brightness and colour of a fill brought to the picture around it, without touching that."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Floats, Mask, Picture

# Overlap that is compared, as a share of the picture's width.
RIM_SHARE = 1 / 64
# Differences beyond this are another object, not another light (16 codes of 8 bit).
LARGEST_DIFFERENCE = 16.0 * 256.0


def rim(kept: Mask, *, width_px: int) -> Mask:
    """Return the kept pixels next to what is filled."""
    filled = (~kept).astype(np.uint8)
    reach = cv2.dilate(filled, np.ones((2 * width_px + 1, 2 * width_px + 1), np.uint8))
    return kept & (np.asarray(reach) > 0)


def match_light(plate: Picture, fill: Picture, *, both: Mask, filled: Mask) -> Picture:
    """Carry the difference at a fill's rim into it, smoothly.

    Args:
        plate: The picture, ``3 x h x w``.
        fill: The fill, valid in ``both`` and ``filled``.
        both: Where picture and fill are known.
        filled: What is taken from the fill.

    Returns:
        The picture with the fill in it; everything outside ``filled`` is untouched.
    """
    out = plate.copy()
    alike = both.copy()
    for own, other in zip(plate, fill, strict=True):
        alike &= np.abs(_difference(own, other)) <= LARGEST_DIFFERENCE
    for to, own, other in zip(out, plate, fill, strict=True):  # one at a time: plates are large
        carried = other[filled].astype(np.float32)
        if alike.any():
            carried += spread_difference(_difference(own, other)[..., None], alike)[filled, 0]
        to[filled] = np.clip(np.rint(carried), 0, 65535)
    return out


def _difference(plate: NDArray[np.uint16], fill: NDArray[np.uint16]) -> Floats:
    return np.subtract(plate, fill, dtype=np.float32)


def spread_difference(values: Floats, known: Mask) -> Floats:
    """Continue known values smoothly over the whole picture (push-pull over a pyramid).

    Args:
        values: ``h x w x c``.
        known: Where they count, ``h x w``; at least one pixel.

    Returns:
        ``h x w x c``: near known pixels their local mean, far from them a wider one.
    """
    weight = known.astype(np.float32)
    total = np.where(known[..., None], values, 0.0).astype(np.float32)
    levels = []
    while True:
        levels.append((total, weight))
        height, width = weight.shape
        if max(height, width) == 1:
            break
        size = max(1, (width + 1) // 2), max(1, (height + 1) // 2)
        # Twice the share: a level is trusted once half of it is known.
        total, weight = (_resize(plane, size) for plane in (total, weight))
        excess = np.maximum(2.0 * weight, 1.0)
        total, weight = (
            np.asarray(2.0 * total / excess[..., None], np.float32),
            np.asarray(2.0 * weight / excess, np.float32),
        )
    total, weight = levels.pop()
    estimate = np.asarray(total / np.maximum(weight, 1e-6)[..., None], np.float32)
    for total, weight in reversed(levels[1:] or levels):
        wider = _resize(estimate, weight.shape[::-1], kind=cv2.INTER_LINEAR)
        estimate = np.asarray(total + (1.0 - weight[..., None]) * wider, np.float32)
    return _resize(estimate, known.shape[::-1], kind=cv2.INTER_LINEAR)


def _resize(plane: Floats, size: tuple[int, ...], *, kind: int = cv2.INTER_AREA) -> Floats:
    return np.asarray(
        cv2.resize(plane, (size[0], size[1]), interpolation=kind), np.float32
    ).reshape(size[1], size[0], *plane.shape[2:])
