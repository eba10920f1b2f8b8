"""How the light of a shot changes: gain and offset from the key frame to every frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Floats
from ...pixels.matrix import IDENTITY, Matrix33
from ..ledger import Exposure
from .plate_grid import PlateGrid
from .shot_survey import Glance, Survey, to_small

# Light is corrected only where frames differ from the key frame by more than a quarter of an 8-bit
# code and a fit leaves at most 0.7 of that; elsewhere the fit's own noise would flicker.
LEAST_CHANGE, WORTH_FITTING = 64.0, 0.7
_NO_CHANGE: Exposure = ((1.0, 0.0), (1.0, 0.0), (1.0, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """A fit and the median difference of luma without and with it, 16-bit codes."""

    exposure: Exposure = _NO_CHANGE
    before: float = 0.0
    after: float = 0.0


def exposures(seen: Survey, grid: PlateGrid) -> tuple[Exposure, ...]:
    """Fit gain and offset of each plane that bring the key frame to every frame.

    Returns:
        One a frame of the shot; empty if the light stays the same, as far as it can be told.
    """
    base = seen.at(grid.key)
    fits = [
        _exposure(base, glance, motion, seen.size)
        for glance, motion in zip(seen.glances, grid.motion, strict=True)
    ]
    changed = [fit.after / fit.before for fit in fits if fit.before > LEAST_CHANGE]
    if not changed or float(np.median(changed)) > WORTH_FITTING:
        return ()
    return tuple(fit.exposure for fit in fits)


def expose(picture: Floats, exposure: Exposure) -> Floats:
    """Apply gain and offset to the planes of a picture, ``3 x h x w``."""
    planes = [p * gain + offset for p, (gain, offset) in zip(picture, exposure, strict=True)]
    return np.stack(planes).astype(np.float32)


def _exposure(base: Glance, glance: Glance, motion: Matrix33, size: tuple[int, int]) -> _Fit:
    """Fit by least squares, outliers left out twice; chroma takes the luma's gain."""
    if glance.frame == base.frame:
        return _Fit()
    height, width = base.background.shape
    matrix = to_small(motion, size) if motion != IDENTITY else np.eye(3)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(glance.background, matrix, (width, height), flags=flags)
    use = (np.asarray(seen) > 0.98) & (base.background > 0.98)
    if np.count_nonzero(use) < 200:
        return _Fit()
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
    here, there = pairs[0]
    return _Fit(
        exposure=((gain, offset), rest[0], rest[1]),
        before=float(np.median(np.abs(there - here))),
        after=float(np.median(np.abs(there - gain * here - offset))),
    )


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Fit y = gain x + offset with noise on both sides alike: none of it shrinks the gain."""
    keep = np.ones(x.shape, np.bool_)
    gain, offset = 1.0, 0.0
    for _ in range(3):
        mean_x, mean_y = float(x[keep].mean()), float(y[keep].mean())
        spread_x, spread_y = float(x[keep].std()), float(y[keep].std())
        gain = float(np.clip(spread_y / spread_x, 0.25, 4.0)) if spread_x > 100.0 else 1.0
        offset = mean_y - gain * mean_x
        error = np.abs(y - gain * x - offset)
        keep = error <= 2.5 * max(float(np.median(error)) * 1.4826, 32.0)
    return gain, offset
