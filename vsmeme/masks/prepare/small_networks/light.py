"""The light that the networks know: dark, faint, hazy and blue pictures brought near to it."""

from __future__ import annotations

import cv2
import numpy as np

from ....arrays.images import Floats, Image
from ....settings.setting_values import Box

ENDS = (1.0, 99.0)  # percentiles that are the picture's darkest and lightest
LIGHTEST = 230.0
ENOUGH = 1.6  # a smaller stretch is none: points would move with what passes a face
# A face (mean of its medians of R, G and B) below the first is brought to the second.
DIM, FACE_LIGHT, MOST_GAIN = 45.0, 130.0, 4.0
# Skin is redder than blue in white light; where it is not, it is brought to these shares of green.
COLD, SKIN_RED, SKIN_BLUE, MOST_TINT = 1.1, 1.2, 0.85, 2.5
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


def balanced(picture: Image) -> Image:
    """Stretch each channel to the usual range: coloured light becomes white, as far as it can."""
    grey = (np.asarray(cv2.merge([part] * 3), np.uint8) for part in cv2.split(picture))
    parts = [levelled(each, enough=1)[..., 0] for each in grey]
    return np.asarray(np.dstack(parts), np.uint8)


def lit(picture: Image, face: Box) -> Image:
    """Bring a picture whose face is in the dark or in blue light to usual light.

    Args:
        picture: RGB, 8 bit.
        face: Its box: `x, y, w, h`, px.
    """
    x, y, w, h = face
    rows, columns = slice(*_inner(y, h)), slice(*_inner(x, w))
    part = picture[rows, columns]
    if not part.size:
        return picture
    red, green, blue = (float(value) for value in np.median(part.reshape(-1, 3), axis=0))
    gains = [1.0, 1.0, 1.0]
    if blue > COLD * red:
        wanted = SKIN_RED * green / max(red, 1.0), 1.0, SKIN_BLUE * green / max(blue, 1.0)
        gains = [min(MOST_TINT, max(1 / MOST_TINT, gain)) for gain in wanted]
    light = (gains[0] * red + green + gains[2] * blue) / 3
    if light < DIM:
        more = min(MOST_GAIN, FACE_LIGHT / max(light, 1.0))
        gains = [more * gain for gain in gains]
    if gains == [1.0, 1.0, 1.0]:
        return picture
    channels = zip(cv2.split(picture), gains, strict=True)
    return np.dstack([_stretched(np.asarray(part, np.uint8), gain, 0.0) for part, gain in channels])


def _inner(start: float, length: float) -> tuple[int, int]:
    first = max(0, int(start + INNER * length))
    return first, max(first, int(start + (1 - INNER) * length))


def _stretched(picture: Image, gain: float, shift: float) -> Image:
    table: Floats = np.arange(256, dtype=np.float32) * np.float32(gain) + np.float32(shift)
    return np.asarray(cv2.LUT(picture, np.clip(table, 0, 255).round().astype(np.uint8)), np.uint8)
