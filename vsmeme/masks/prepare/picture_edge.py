"""Where picture ends on the canvas: masks reach there, and no edge is seen where there is none."""

from __future__ import annotations

import cv2
import numpy as np

from ...arrays.images import Floats, Image, floats, nearest_outside, resized

# A mask that was found at half the working size falls short by up to this much beside black.
SHORT_PX = 10
ALIKE = 48 / 255  # the largest channel's difference to what lies that much farther in


class PictureEdge:
    """What lies along the picture's end, at working size.

    Args:
        empty: What no source reaches, GRAY8 full range, canvas size.
        size: Working size, width and height.
    """

    def __init__(self, empty: Image, size: tuple[int, int]) -> None:
        self.empty = empty
        real = resized(np.asarray(255 * (empty == 0), np.uint8), size) == 255
        inner = cv2.distanceTransform(real.astype(np.uint8), cv2.DIST_L2, 5) > SHORT_PX
        self._near = np.flatnonzero(real & ~inner)
        self._beyond = np.flatnonzero(~real)
        self._anchors = nearest_outside(~inner)[1].flat[self._near]
        self._ends = nearest_outside(~real)[1].flat[self._beyond]

    def continued(self, mask: Floats, picture: Image) -> tuple[Floats, Image]:
        """Let a mask reach the picture's end, and continue both beyond it.

        Args:
            mask: Probability, working size, ``h x w``.
            picture: RGB of the same size.

        Returns:
            Both as if there were picture everywhere: what lies beyond is for looking at edges.
        """
        if not self._beyond.size:
            return mask, picture
        reached, whole = mask.copy(), picture.copy()
        level, colours = reached.reshape(-1), whole.reshape(-1, 3)
        here, there = floats(colours[self._near]), floats(colours[self._anchors])
        alike = np.abs(here - there).max(axis=1) <= 255 * ALIKE
        further = np.maximum(level[self._near], level[self._anchors])
        level[self._near] = np.where(alike, further, level[self._near])
        level[self._beyond] = level[self._ends]
        colours[self._beyond] = colours[self._ends]
        return reached, whole
