"""Pictures as NumPy arrays: types, sizes, blurs, growing, what lies nearest."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

type Image = NDArray[np.uint8]
type Picture = NDArray[np.uint16]
type Floats = NDArray[np.float32]
type Doubles = NDArray[np.float64]
type Ints = NDArray[np.int64]
type Mask = NDArray[np.bool_]


def resized(picture: Image, size: tuple[int, int]) -> Image:
    """Return an 8 bit picture at another size (width, height), averaged if smaller; contiguous."""
    if size == (picture.shape[1], picture.shape[0]):
        return np.ascontiguousarray(picture)
    mode = cv2.INTER_AREA if size[0] <= picture.shape[1] else cv2.INTER_LINEAR
    return cv2.resize(picture, size, interpolation=mode).astype(np.uint8, copy=False)


def floats(values: ArrayLike) -> Floats:
    """Return the values as float32."""
    return np.asarray(values, np.float32)


def blur(picture: Floats, sigma: float) -> Floats:
    """Return a Gaussian blur of `sigma` px."""
    return floats(cv2.GaussianBlur(picture, (0, 0), sigma))


def nearest_outside(holes: Mask) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return each pixel's distance to the nearest pixel outside holes, and its flat index.

    Both are ``h x w``; a pixel outside is its own nearest, as all are where nothing is outside.
    """
    outside = np.flatnonzero(~holes)
    if not outside.size:
        own = np.arange(holes.size).reshape(holes.shape)
        return np.zeros(holes.shape, np.float32), own
    distance, labels = cv2.distanceTransformWithLabels(
        holes.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.zeros(int(labels.max()) + 1, np.int64)
    index[labels.ravel()[outside]] = outside
    return np.asarray(distance, np.float32), index[labels]


def dilated(mask: Mask, radius_px: int) -> Mask:
    """Grow a mask by a disc of ``radius_px`` (chamfer distance, within 2 % of round)."""
    if radius_px < 1 or not mask.any():
        return mask.copy()
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(distance, np.float32) <= radius_px


def _undo_quantisation(picture: NDArray[np.uint8]) -> Floats:
    """Return floats 0..1, smooth where 8 bits made steps, at most half a step away from them."""
    exact = picture.astype(np.float32)
    smooth = cv2.GaussianBlur(exact, (0, 0), 2.0)
    return np.asarray(np.clip(smooth, exact - 0.5, exact + 0.5) / 255.0, np.float32)


def mask_overlap(a: Image, b: Image) -> float:
    """Intersection over union of two masks, 8 bit, 0..1."""
    x, y = a > 127, b > 127
    return float((x & y).sum()) / max(1.0, float((x | y).sum()))


def channel_sum[Kind: (np.float32, np.float64)](values: NDArray[Kind]) -> NDArray[Kind]:
    """Sum over the channels of `h x w x c`; NumPy's own takes twenty times as long for so few."""
    total = values[..., 0] + values[..., 1]
    for channel in range(2, values.shape[-1]):
        total += values[..., channel]
    return total


def channel_max[Kind: (np.float32, np.float64)](values: NDArray[Kind]) -> NDArray[Kind]:
    """Largest over the channels of `h x w x c`, for the same reason."""
    most = np.maximum(values[..., 0], values[..., 1])
    for channel in range(2, values.shape[-1]):
        np.maximum(most, values[..., channel], out=most)
    return np.asarray(most)
