"""Frames of the composite as RGB arrays, in order, at canvas or working size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import vapoursynth as vs

from ...arrays.frames import to_array
from ...arrays.images import Image, resized
from ...memory import held_with_room, in_order
from .motion_evidence import STEPS

core = vs.core

LARGEST_WORK_PX = (960, 540)


class CanvasFrames:
    """The composite, read as RGB.

    Args:
        clip: YUV444P16, BT.709 limited, canvas size, one frame per pair.
        empty: What no source reaches, GRAY8 full range, of the same size and length.
        canvas: Width and height of the film's canvas, where the clip shows it smaller.
        work_px: Largest width and height at which masks are made.
    """

    def __init__(
        self,
        clip: vs.VideoNode,
        empty: vs.VideoNode,
        *,
        canvas: tuple[int, int] | None = None,
        work_px: tuple[int, int] = LARGEST_WORK_PX,
    ) -> None:
        self.size = (clip.width, clip.height)
        self.canvas_size = canvas or self.size
        self.fps = (clip.fps_num, clip.fps_den) if clip.fps_num else (24, 1)
        self.length = clip.num_frames
        scale = min(1.0, work_px[0] / clip.width, work_px[1] / clip.height)
        self.work_size = (round(clip.width * scale), round(clip.height * scale))
        width, height = self.work_size
        self._empty = empty
        self._full = core.resize.Bicubic(clip, format=vs.RGB24)
        work = core.resize.Bicubic(clip, width=width, height=height, format=vs.RGB24)
        self._work = held_with_room(work, reach=max(STEPS))

    @property
    def scale(self) -> float:
        """Working px a canvas px."""
        return self.work_size[0] / self.canvas_size[0]

    def work(self, n: int) -> Image:
        """Frame `n` at working size."""
        with self._work.get_frame(n) as frame:
            return to_array(frame)

    def run(self, first: int, last: int) -> Iterator[Image]:
        """Frames `first` to `last`, both included, at working size."""
        for frame in in_order(self._work[first : last + 1]):
            yield to_array(frame)

    def canvas(self, first: int, last: int) -> Iterator[tuple[Image, Image]]:
        """Frames `first` to `last` at canvas size, each with the mask of what no source reaches."""
        here = slice(first, last + 1)
        both = zip(in_order(self._full[here]), in_order(self._empty[here]), strict=True)
        for frame, empty in both:
            yield to_array(frame), np.array(empty[0], np.uint8)

    def real(self, n: int) -> Image:
        """Where frame `n` has picture, working size, 8 bit 0 or 255."""
        with self._empty.get_frame(n) as frame:
            empty = resized(np.array(frame[0], np.uint8), self.work_size)
        return np.asarray(255 * (empty == 0), np.uint8)
