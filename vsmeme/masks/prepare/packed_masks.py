"""The masks of a shot at working size, compressed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.images import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotMasks:
    """Masks of a shot at working size, compressed one by one, and how they came about."""

    foreground: tuple[bytes, ...]
    face: tuple[bytes, ...]
    alarms: tuple[int, ...]
    calls: int

    def frame(self, n: int) -> tuple[Image, Image]:
        """Foreground and face of the shot's frame `n`, 8 bit, working size."""
        return _unpacked(self.foreground[n]), _unpacked(self.face[n])


def pack_mask(mask: Image) -> bytes:
    """A mask, 8 bit, compressed without loss."""
    return cv2.imencode(".png", mask)[1].tobytes()


def _unpacked(packed: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(picture, np.uint8)
