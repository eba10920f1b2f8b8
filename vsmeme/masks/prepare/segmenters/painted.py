"""Masks that a person painted."""

from __future__ import annotations

import cv2
import numpy as np

from ....arrays.images import Image, resized
from ....errors import UsageError
from ..hints import Hints


class Painted:
    """A picture that the user has drawn: light is inside."""

    name = "painted"
    sees, hears = False, False

    def __init__(self, canvas: tuple[int, int]) -> None:
        self._canvas = canvas

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        if hints.painted is None:
            raise UsageError('segment.backend: "painted" needs a prompt with painted = "file.png"')
        picture = cv2.imread(str(hints.painted), cv2.IMREAD_UNCHANGED)
        if picture is None:
            raise UsageError(f"{hints.painted}: expected a PNG, got something unreadable")
        width, height = self._canvas
        if picture.shape[:2] != (height, width):
            got = f"{picture.shape[1]}x{picture.shape[0]}"
            raise UsageError(
                f"{hints.painted}: expected the canvas size {width}x{height}, got {got}"
            )
        if picture.dtype != np.uint8:
            picture = np.asarray(picture // 257, np.uint8)
        if picture.ndim == 3:
            alpha = picture[..., 3] if picture.shape[2] == 4 else None
            if alpha is not None and alpha.min() < 255:
                picture = alpha
            else:
                picture = cv2.cvtColor(np.ascontiguousarray(picture[..., :3]), cv2.COLOR_BGR2GRAY)
        mask = np.asarray(picture, np.uint8)
        if mask.max() < 128:
            raise UsageError(
                f"{hints.painted}: expected a light region on black, got an empty mask"
            )
        return resized(mask, (frame.shape[1], frame.shape[0]))
