"""Telea's fast marching, for tests and small holes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....arrays.images import Floats, Mask, _undo_quantisation


@dataclass(slots=True, kw_only=True)
class Telea:
    """Fill by OpenCV's fast marching (Telea 2004): quick, smooth, no textures."""

    radius_px: int = 5
    name: str = "telea"
    model: str = ""

    def fill(self, picture: Floats, mask: Mask, avoid: Mask) -> Floats:
        """Fill; see ``Inpainter.fill``."""
        eight = np.rint(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)
        holes = (mask | avoid).astype(np.uint8)
        filled = cv2.inpaint(eight, holes, self.radius_px, cv2.INPAINT_TELEA)
        return _undo_quantisation(np.asarray(filled, np.uint8))
