"""Soft edges over a picture that stands still: they do not boil with its noise."""

from __future__ import annotations

import cv2
import numpy as np

from ....arrays.images import Floats, Image, channel_max, floats

WINDOW_PX = 5  # of working size: over so many, noise averages out and motion does not
STILL, MOVING = 1.0, 3.0  # 8-bit levels that the mean there changes by from frame to frame
NEW_SHARE = 0.3  # of a frame's own edge where all stands still


class StillEdges:
    """Masks of canvas size of one shot, one frame after the other."""

    def __init__(self) -> None:
        self._mask: Image | None = None
        self._picture: Floats | None = None

    def steadied(self, mask: Image, small: Image) -> Image:
        """A mask whose soft edge changes slowly where the picture does not change.

        Args:
            mask: 8 bit, canvas size.
            small: RGB of working size.

        Returns:
            The mask; an empty one, and what is wholly inside or outside before and now, unchanged.
        """
        size = (WINDOW_PX, WINDOW_PX)
        picture = floats(cv2.blur(small.astype(np.float32), size))
        before, seen = self._mask, self._picture
        self._picture = picture
        self._mask = mask
        x, y, w, h = cv2.boundingRect(mask)
        if before is None or seen is None or not w:
            return mask
        change = channel_max(np.abs(picture - seen))
        share = 1 - np.clip((MOVING - change) / (MOVING - STILL), 0, 1) * (1 - NEW_SHARE)
        self._mask = mask.copy()
        view, old = self._mask[y : y + h, x : x + w], before[y : y + h, x : x + w]
        rows, columns = np.nonzero(_soft(view, old))
        scale = (small.shape[0] / mask.shape[0], small.shape[1] / mask.shape[1])
        at = ((rows + y) * scale[0]).astype(np.intp), ((columns + x) * scale[1]).astype(np.intp)
        was = old[rows, columns].astype(np.float32)
        now = was + share[at] * (view[rows, columns] - was)
        view[rows, columns] = now.round().astype(np.uint8)
        return self._mask


def _soft(mask: Image, before: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where two masks differ and one of them is neither 0 nor 255."""
    between = (mask - np.uint8(1) < 254) | (before - np.uint8(1) < 254)
    return np.asarray((mask != before) & between)
