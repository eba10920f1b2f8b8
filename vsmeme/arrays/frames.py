"""Frames of a clip as NumPy arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vapoursynth as vs

Frames = npt.NDArray[np.uint8]  # frames x h x w x 3, RGB


def to_array(frame: vs.VideoFrame) -> Frames:
    """Return an RGB24 frame as h x w x 3."""
    return np.stack([np.asarray(frame[plane]) for plane in range(3)], axis=-1)
