"""Global colour model: histograms of foreground and background, from true keys only."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ....arrays.images import Floats, floats
from .frame_features import CHROMA_WEIGHT, FrameFeatures

BINS = 32
LIGHT = 100.0
CHROMA = 110.0 * CHROMA_WEIGHT
# Halved and doubled: docs/benchmarks/constants.md.
SMOOTH_BINS = 0.9
TAPS = 9  # of the blur: four standard deviations each way
LEAST = 2e-6
LIMIT = 3.0


class ColourModel:
    """Log odds of foreground against background by colour alone."""

    def __init__(self) -> None:
        self._counts = np.zeros((2, BINS, BINS, BINS), np.float32)
        self._odds: Floats | None = None

    def learn(self, frame: FrameFeatures, mask: Floats) -> None:
        """Add a key frame; `mask` is `h x w` in 0..1."""
        bins = _bins(frame)
        for row, weight in enumerate((mask < 0.1, mask > 0.9)):
            flat = np.bincount(bins[weight], minlength=BINS**3).astype(np.float32)
            if flat.sum():
                self._counts[row] += flat.reshape(BINS, BINS, BINS) / flat.sum()
        smooth = [_smoothed(c) / max(float(c.sum()), 1e-9) for c in self._counts]
        odds = np.log((smooth[1] + LEAST) / (smooth[0] + LEAST))
        self._odds = np.clip(odds, -LIMIT, LIMIT).astype(np.float32)

    def odds(self, frame: FrameFeatures) -> Floats:
        """Return log odds, `h x w`, positive where the colours are the foreground's."""
        if self._odds is None:
            return np.zeros(frame.lab.shape[:2], np.float32)
        found = self._odds.ravel()[_bins(frame)]
        return cv2.GaussianBlur(found, (0, 0), 1.0).astype(np.float32)


def _smoothed(counts: Floats) -> Floats:
    """Blur a histogram along its three axes, mirrored at the ends."""
    for _ in range(counts.ndim):
        rows = cv2.GaussianBlur(
            counts.reshape(BINS, -1), (1, TAPS), SMOOTH_BINS, borderType=cv2.BORDER_REFLECT
        )
        counts = np.moveaxis(floats(rows).reshape(BINS, BINS, BINS), 0, -1)
    return np.ascontiguousarray(counts)


def _bins(frame: FrameFeatures) -> NDArray[np.int64]:
    light = frame.lab[..., 0] * (BINS / LIGHT)
    red = (frame.lab[..., 1] / CHROMA + 0.5) * BINS * 1.0
    yellow = (frame.lab[..., 2] / CHROMA + 0.5) * BINS * 1.0
    parts = [np.clip(p, 0, BINS - 1).astype(np.int64) for p in (light, red, yellow)]
    return np.asarray((parts[0] * BINS + parts[1]) * BINS + parts[2], np.int64)
