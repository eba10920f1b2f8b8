"""BT.709 limited 16-bit samples to gamma-encoded RGB floats and back, on arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..pixels.bt709 import BLUE_PER_CB, KB, KG, KR, RED_PER_CR
from .images import Doubles, Floats, Picture

# ITU-R BT.709-6, 3.3: limited range, 8-bit levels times 256.
BLACK, LUMA_SPAN, NEUTRAL, CHROMA_SPAN = 4096.0, 219.0 * 256.0, 32768.0, 224.0 * 256.0
LUMA_WEIGHTS: Floats = np.array([KR, KG, KB], np.float32)
"""What R, G and B count in the luma."""
TO_YUV: Floats = np.array(
    [
        [KR, KG, KB],
        [-KR / BLUE_PER_CB, -KG / BLUE_PER_CB, (1.0 - KB) / BLUE_PER_CB],
        [(1.0 - KR) / RED_PER_CR, -KG / RED_PER_CR, -KB / RED_PER_CR],
    ],
    np.float32,
)
"""R, G, B to Y (0..1), Cb and Cr (-0.5..0.5)."""


def rgb_of_samples[T: (Floats, Doubles)](y: T, cb: T, cr: T) -> T:
    """Return RGB, ``h x w x 3``, nominal range 0..1, not clipped, of 16-bit samples as floats."""
    y, cb, cr = (y - BLACK) / LUMA_SPAN, (cb - NEUTRAL) / CHROMA_SPAN, (cr - NEUTRAL) / CHROMA_SPAN
    red, blue = y + RED_PER_CR * cr, y + BLUE_PER_CB * cb
    green = (y - KR * red - KB * blue) / KG
    return np.stack([red, green, blue], axis=-1)


def yuv_to_rgb(planes: Picture) -> NDArray[np.float32]:
    """Return RGB, ``h x w x 3``, nominal range 0..1, not clipped."""
    y, cb, cr = (plane.astype(np.float32) for plane in planes)
    return rgb_of_samples(y, cb, cr)


def rgb_to_yuv(picture: NDArray[np.float32]) -> Picture:
    """Return 16-bit samples, ``3 x h x w``, rounded to nearest."""
    red, green, blue = (picture[..., i] for i in range(3))
    y = np.float32(KR) * red + np.float32(KG) * green + np.float32(KB) * blue
    cb = (blue - y) / np.float32(BLUE_PER_CB)
    cr = (red - y) / np.float32(RED_PER_CR)
    planes = np.stack(
        [
            y * np.float32(LUMA_SPAN) + np.float32(BLACK),
            cb * np.float32(CHROMA_SPAN) + np.float32(NEUTRAL),
            cr * np.float32(CHROMA_SPAN) + np.float32(NEUTRAL),
        ]
    )
    return np.clip(np.rint(planes), 0, 65535).astype(np.uint16)
