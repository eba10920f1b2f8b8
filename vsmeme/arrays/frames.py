"""Frames of a clip as NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import vapoursynth as vs

Frames = npt.NDArray[np.uint8]  # frames x h x w x 3, RGB


def to_array(frame: vs.VideoFrame) -> Frames:
    """Return an RGB24 frame as h x w x 3, contiguous."""
    return np.stack([np.asarray(frame[plane]) for plane in range(3)], axis=-1)


def plane_stack(frame: vs.VideoFrame) -> npt.NDArray[Any]:
    """Return all planes of a frame that has no subsampling, planes x h x w, as its samples are."""
    return np.stack([np.asarray(frame[plane]) for plane in range(frame.format.num_planes)])


def made_together(clips: Sequence[vs.VideoNode], n: int) -> Iterator[vs.VideoFrame]:
    """Yield a frame of several clips, each closed when the next is asked for.

    The core makes them side by side.
    """
    coming = [clip.get_frame_async(n) for clip in clips]
    for future in coming:
        with future.result() as frame:
            yield frame
