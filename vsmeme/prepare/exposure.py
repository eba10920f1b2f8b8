"""How the light of a shot changes: gain and offset from the key frame to every frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..ledger import Exposure
from ..matrix import IDENTITY, Matrix33
from .fill import Grid
from .survey import Glance, Survey, to_small

Floats = NDArray[np.float32]
_NO_CHANGE: Exposure = ((1.0, 0.0), (1.0, 0.0), (1.0, 0.0))


def exposures(seen: Survey, grid: Grid) -> tuple[Exposure, ...]:
    """Fit gain and offset of each plane that bring the key frame to every frame.

    Returns:
        One a frame of the shot; empty if no frame needs any (within 1/4 8-bit code).
    """
    base = seen.at(grid.key)
    fitted = [
        _exposure(base, glance, motion, seen.size)
        for glance, motion in zip(seen.glances, grid.motion, strict=True)
    ]
    levels = (16384.0, 32768.0, 49152.0)
    worst = max(
        abs(gain * level + offset - level)
        for entry in fitted
        for (gain, offset), around in zip(entry, (levels, levels[1:2], levels[1:2]), strict=True)
        for level in around
    )
    return tuple(fitted) if worst > 64.0 else ()


def expose(picture: Floats, exposure: Exposure) -> Floats:
    """Apply gain and offset to the planes of a picture, ``3 x h x w``."""
    planes = [p * gain + offset for p, (gain, offset) in zip(picture, exposure, strict=True)]
    return np.stack(planes).astype(np.float32)


def _exposure(base: Glance, glance: Glance, motion: Matrix33, size: tuple[int, int]) -> Exposure:
    """Fit by least squares, outliers left out twice; chroma takes the luma's gain."""
    if glance.frame == base.frame:
        return _NO_CHANGE
    height, width = base.background.shape
    matrix = to_small(motion, size) if motion != IDENTITY else np.eye(3)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(glance.background, matrix, (width, height), flags=flags)
    use = (np.asarray(seen) > 0.98) & (base.background > 0.98)
    if np.count_nonzero(use) < 200:
        return _NO_CHANGE
    pairs = [
        (
            base.picture[p][use].astype(np.float64),
            np.asarray(
                cv2.warpPerspective(glance.picture[p], matrix, (width, height), flags=flags)
            )[use].astype(np.float64),
        )
        for p in range(3)
    ]
    gain, offset = _line(*pairs[0])
    rest = [
        (gain, float(np.median(there - 32768.0 - gain * (here - 32768.0))) + 32768.0 * (1.0 - gain))
        for here, there in pairs[1:]
    ]
    return ((gain, offset), rest[0], rest[1])


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    keep = np.ones(x.shape, np.bool_)
    gain, offset = 1.0, 0.0
    for _ in range(3):
        spread = float(x[keep].var())
        mean_x, mean_y = float(x[keep].mean()), float(y[keep].mean())
        covariance = float(((x[keep] - mean_x) * (y[keep] - mean_y)).mean())
        gain = float(np.clip(covariance / spread, 0.25, 4.0)) if spread > 1e4 else 1.0
        offset = mean_y - gain * mean_x
        error = np.abs(y - gain * x - offset)
        keep = error <= 2.5 * max(float(np.median(error)) * 1.4826, 32.0)
    return gain, offset
