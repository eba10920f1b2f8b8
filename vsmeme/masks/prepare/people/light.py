"""The light that the networks know: dark, faint and hazy pictures brought near to it."""

from __future__ import annotations

import cv2
import numpy as np

from ....arrays.images import Floats, Image
from ..face_detectors.base import Face

ENDS = (1.0, 99.0)  # percentiles that are the picture's darkest and lightest
LIGHTEST = 230.0
ENOUGH = 1.6  # a smaller stretch is none: points would move with what passes a face
# A face (mean of its medians of R, G and B) below the first is brought to the second.
DIM, FACE_LIGHT, MOST_GAIN = 45.0, 130.0, 4.0
INNER = 0.2  # of a face's box, on each side, that is not looked at


def levelled(picture: Image, *, enough: float = ENOUGH) -> Image:
    """Stretch the light of a dark or faint picture to the usual range.

    Args:
        picture: RGB, 8 bit.
        enough: A smaller stretch is left out.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    low, high = (float(value) for value in np.percentile(grey, ENDS))
    gain = LIGHTEST / max(high - low, 1.0)
    return picture if gain < enough else _stretched(picture, gain, -low * gain)


def lit(picture: Image, face: Face) -> Image:
    """Make a picture (RGB, 8 bit) whose face is in the dark as light as one lit as usual."""
    rows = slice(*_inner(face.y, face.h))
    columns = slice(*_inner(face.x, face.w))
    part = picture[rows, columns]
    if not part.size:
        return picture
    light = float(np.median(part.reshape(-1, 3), axis=0).mean())
    if light >= DIM:
        return picture
    return _stretched(picture, min(MOST_GAIN, FACE_LIGHT / max(light, 1.0)), 0.0)


def _inner(start: float, length: float) -> tuple[int, int]:
    first = max(0, int(start + INNER * length))
    return first, max(first, int(start + (1 - INNER) * length))


def _stretched(picture: Image, gain: float, shift: float) -> Image:
    table: Floats = np.arange(256, dtype=np.float32) * np.float32(gain) + np.float32(shift)
    return np.asarray(cv2.LUT(picture, np.clip(table, 0, 255).round().astype(np.uint8)), np.uint8)
