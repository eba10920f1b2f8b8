"""Differences of colours as people see them: CIELAB and CIEDE2000."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .images import Floats, floats

TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65, 2 degrees
Doubles = NDArray[np.float64]
FAR = 25.0**7  # of the chroma at which blue and gray are weighed anew


def lab_of(colours: Floats) -> Floats:
    """Return CIELAB (D65) of sRGB colours.

    Args:
        colours: ``... x 3``, R'G'B' in 0..1; what lies outside is clipped.

    Returns:
        Lightness 0..100, a and b, in the shape of ``colours``.

    Source:
        IEC 61966-2-1 for sRGB, CIE 15:2004 for CIELAB.
    """
    coded = np.clip(np.asarray(colours, np.float64), 0, 1)
    light = np.where(coded > 0.04045, ((coded + 0.055) / 1.055) ** 2.4, coded / 12.92)
    share = light @ (TO_XYZ / WHITE[:, None]).T
    curve = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    x, y, z = (curve[..., axis] for axis in range(3))
    return floats(np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1))


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Return the CIEDE2000 difference of colours.

    Args:
        one: CIELAB, ``... x 3``.
        other: The same shape.

    Returns:
        Differences, ``...``; one is about what an eye just sees.

    Source:
        Sharma, Wu, Dalal: The CIEDE2000 color-difference formula, 2005; numbers as there.
    """
    first, second = (np.asarray(lab, np.float64) for lab in (one, other))
    light = (first[..., 0] + second[..., 0]) / 2
    gray = (np.hypot(first[..., 1], first[..., 2]) + np.hypot(second[..., 1], second[..., 2])) / 2
    stretch = 1 + 0.5 * (1 - _far(gray))
    chroma, hue = zip(*(_polar(lab, stretch) for lab in (first, second)), strict=True)
    mean_chroma = (chroma[0] + chroma[1]) / 2
    turn, mean_hue = _hues(chroma, hue)
    weight = (
        1
        - 0.17 * np.cos(mean_hue - np.radians(30))
        + 0.24 * np.cos(2 * mean_hue)
        + 0.32 * np.cos(3 * mean_hue + np.radians(6))
        - 0.20 * np.cos(4 * mean_hue - np.radians(63))
    )
    dark = (light - 50) ** 2
    by_light = (second[..., 0] - first[..., 0]) / (1 + 0.015 * dark / np.sqrt(20 + dark))
    by_chroma = (chroma[1] - chroma[0]) / (1 + 0.045 * mean_chroma)
    across = 2 * np.sqrt(chroma[0] * chroma[1]) * np.sin(turn / 2)
    by_hue = across / (1 + 0.015 * mean_chroma * weight)
    blue = np.radians(30) * np.exp(-(((np.degrees(mean_hue) - 275) / 25) ** 2))
    mixed = -np.sin(2 * blue) * 2 * _far(mean_chroma) * by_chroma * by_hue
    return floats(np.sqrt(np.maximum(by_light**2 + by_chroma**2 + by_hue**2 + mixed, 0)))


def _far(chroma: Doubles) -> Doubles:
    share: Doubles = np.sqrt(chroma**7 / (chroma**7 + FAR))
    return share


def _polar(lab: Doubles, stretch: Doubles) -> tuple[Doubles, Doubles]:
    red = lab[..., 1] * stretch
    return np.hypot(red, lab[..., 2]), np.arctan2(lab[..., 2], red) % (2 * np.pi)


def _hues(chroma: tuple[Doubles, ...], hue: tuple[Doubles, ...]) -> tuple[Doubles, Doubles]:
    """Turn from one hue to the other, and the mean hue, radians; of grays the other's counts."""
    grey = chroma[0] * chroma[1] == 0
    turn = (hue[1] - hue[0] + np.pi) % (2 * np.pi) - np.pi
    middle = (hue[0] + turn / 2) % (2 * np.pi)
    return np.where(grey, 0, turn), np.where(grey, hue[0] + hue[1], middle)
