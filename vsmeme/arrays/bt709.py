"""BT.709 limited 16-bit samples to gamma-encoded RGB floats and back, on arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .images import Picture

# ITU-R BT.709-6, 3.2 and 3.3: luma coefficients; limited range as 8-bit levels times 256.
KR, KB = 0.2126, 0.0722
KG = 1.0 - KR - KB
BLACK, LUMA_SPAN, NEUTRAL, CHROMA_SPAN = 4096.0, 219.0 * 256.0, 32768.0, 224.0 * 256.0


def yuv_to_rgb(planes: Picture) -> NDArray[np.float32]:
    """Return RGB, ``h x w x 3``, nominal range 0..1, not clipped."""
    y = (planes[0].astype(np.float32) - np.float32(BLACK)) / np.float32(LUMA_SPAN)
    cb = (planes[1].astype(np.float32) - np.float32(NEUTRAL)) / np.float32(CHROMA_SPAN)
    cr = (planes[2].astype(np.float32) - np.float32(NEUTRAL)) / np.float32(CHROMA_SPAN)
    red = y + np.float32(2.0 - 2.0 * KR) * cr
    blue = y + np.float32(2.0 - 2.0 * KB) * cb
    green = (y - np.float32(KR) * red - np.float32(KB) * blue) / np.float32(KG)
    return np.stack([red, green, blue], axis=-1)


def rgb_to_yuv(picture: NDArray[np.float32]) -> Picture:
    """Return 16-bit samples, ``3 x h x w``, rounded to nearest."""
    red, green, blue = (picture[..., i] for i in range(3))
    y = np.float32(KR) * red + np.float32(KG) * green + np.float32(KB) * blue
    cb = (blue - y) / np.float32(2.0 - 2.0 * KB)
    cr = (red - y) / np.float32(2.0 - 2.0 * KR)
    planes = np.stack(
        [
            y * np.float32(LUMA_SPAN) + np.float32(BLACK),
            cb * np.float32(CHROMA_SPAN) + np.float32(NEUTRAL),
            cr * np.float32(CHROMA_SPAN) + np.float32(NEUTRAL),
        ]
    )
    return np.clip(np.rint(planes), 0, 65535).astype(np.uint16)
