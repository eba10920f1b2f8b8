"""Words for a picture's light and palette, for models that want a prompt."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ....arrays.bt709 import LUMA_WEIGHTS
from ....arrays.images import Mask

# Hue bounds in degrees, and what people call what lies below them.
_HUES = (
    (20, "red"),
    (45, "orange"),
    (70, "yellow"),
    (165, "green"),
    (200, "teal"),
    (260, "blue"),
    (300, "violet"),
    (340, "pink"),
    (361, "red"),
)


def describe_picture(picture: NDArray[np.float32], known: Mask) -> str:
    """Word a prompt from what is measured.

    Args:
        picture: RGB, ``h x w x 3``, 0..1.
        known: Which pixels count.

    Returns:
        Such as ``empty background of a film still, bright soft light, cool tones, blue and green``.
    """
    pixels = np.clip(picture[known], 0.0, 1.0)
    if not len(pixels):
        return "empty background of a film still"
    luma = pixels @ LUMA_WEIGHTS
    words = [f"{_light(luma)} light", f"{_tone(pixels)} tones"]
    colours = _colours(pixels)
    if colours:
        words.append(" and ".join(colours))
    return ", ".join(["empty background of a film still", *words])


def _light(luma: NDArray[np.float32]) -> str:
    level = "dark" if luma.mean() < 0.25 else "dim" if luma.mean() < 0.4 else "bright"
    if 0.4 <= luma.mean() < 0.55:
        level = "even"
    return f"{level} {'hard' if luma.std() > 0.25 else 'soft'}"


def _tone(pixels: NDArray[np.float32]) -> str:
    red, _, blue = pixels.mean(axis=0)
    return "warm" if red > blue + 0.04 else "cool" if blue > red + 0.04 else "neutral"


def _colours(pixels: NDArray[np.float32]) -> list[str]:
    """Return up to two colour names that cover a tenth of the picture each."""
    hsv = cv2.cvtColor(pixels.reshape(-1, 1, 3), cv2.COLOR_RGB2HSV).reshape(-1, 3)
    strong = (hsv[:, 1] > 0.15) & (hsv[:, 2] > 0.1)
    names = np.array([name for _, name in _HUES])
    which = names[np.searchsorted([bound for bound, _ in _HUES], hsv[strong, 0], side="right")]
    found, counts = np.unique(which, return_counts=True)
    order = np.argsort(-counts)[:2]
    return [str(found[i]) for i in order if counts[i] >= len(pixels) / 10]
