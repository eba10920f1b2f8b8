"""What propagation looks at in a frame: colour at two blurs, local deviation, a grey picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....arrays.images import Floats, Image, blur, floats, resized

WORK_WIDTH_PX = 427  # the longer side; what the measurements in the README were made at
FINE_BLUR_PX, COARSE_BLUR_PX = 0.8, 2.5
# Halved and doubled: docs/benchmarks/constants.md.
DEVIATION_WEIGHT = 1.5
COARSE_WEIGHT = 0.7
CHROMA_WEIGHT = 1.6  # Lab chroma of film varies less than its lightness


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFeatures:
    """A frame at working size.

    `grey` is 8 bit `h x w` for flow, `lab` float32 `h x w x 3` lightly blurred (chroma weighted),
    `features` float32 `h x w x 7`: Lab at two blurs and the local deviation of lightness.
    """

    grey: Image
    lab: Floats
    features: Floats

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.grey.shape[1], self.grey.shape[0]


def work_size(width: int, height: int) -> tuple[int, int]:
    """Size that propagation works at: the longer side at most `WORK_WIDTH_PX`."""
    scale = min(1.0, WORK_WIDTH_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def look(frame: Image) -> FrameFeatures:
    """Measure a frame.

    Args:
        frame: RGB, 8 bit, `h x w x 3`, any size.

    Returns:
        Its features at working size.
    """
    frame = resized(frame, work_size(frame.shape[1], frame.shape[0]))
    unit = frame.astype(np.float32) * np.float32(1 / 255)
    lab = floats(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB))
    lab[..., 1:] *= CHROMA_WEIGHT
    fine = blur(lab, FINE_BLUR_PX)
    coarse = blur(lab, COARSE_BLUR_PX)
    light = lab[..., 0]
    square = blur(light * light, COARSE_BLUR_PX)
    deviation = np.sqrt(np.maximum(square - coarse[..., 0] ** 2, 0))
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    features = np.dstack([fine, COARSE_WEIGHT * coarse, DEVIATION_WEIGHT * deviation])
    return FrameFeatures(grey=grey, lab=fine, features=floats(features))
