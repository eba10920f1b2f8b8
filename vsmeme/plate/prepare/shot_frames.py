"""Frames of a shot as arrays: the picture, the subject, and where there is no picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.frames import plane_stack
from ...arrays.images import Mask, Picture
from ...errors import wrong
from ...memory import forget_frames, in_order
from ...source.fields import select_frames

# From here on a soft mask counts as subject rather than background.
HALF = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameView:
    """One frame.

    Attributes:
        frame: Pair number.
        picture: BT.709 limited 16-bit samples, ``3 x h x w``.
        subject: Foreground and face together, 0..255, ``h x w``; 0 where there is no picture.
        missing: Where neither source has picture, ``h x w``.
    """

    frame: int
    picture: Picture
    subject: NDArray[np.uint8]
    missing: Mask


class Footage(Protocol):
    """What the plate is made from.

    Attributes:
        size: Canvas width and height.
    """

    size: tuple[int, int]

    def read(self, frames: Sequence[int]) -> Iterator[FrameView]:
        """Yield the frames that are asked for, in rising order."""
        ...


class ClipFootage:
    """Frames from clips, read in order."""

    def __init__(
        self,
        picture: vs.VideoNode,
        missing: vs.VideoNode,
        subjects: Sequence[vs.VideoNode],
    ) -> None:
        """Take the clips.

        Args:
            picture: The composite, YUV444P16, ``w x h x n``.
            missing: GRAY8 full range, ``w x h x n``.
            subjects: Foreground and face masks, GRAY8 full range, ``w x h x n``.
        """
        if picture.format.id != vs.YUV444P16:
            raise wrong("ClipFootage", "picture", "YUV444P16", picture.format.name)
        for mask in (missing, *subjects):
            if (mask.format.id, mask.width, mask.height) != (
                vs.GRAY8,
                picture.width,
                picture.height,
            ):
                got = f"{mask.width}x{mask.height} {mask.format.name}"
                raise wrong("ClipFootage", "mask", f"{picture.width}x{picture.height} GRAY8", got)
        self.size = (picture.width, picture.height)
        self._clips = (picture, missing, *subjects)

    def read(self, frames: Sequence[int]) -> Iterator[FrameView]:
        """See ``Footage.read``."""
        wanted = [select_frames(clip, frames) for clip in self._clips]
        runs = [in_order(clip) for clip in wanted]
        for number, (picture, missing, *subjects) in zip(
            frames, zip(*runs, strict=True), strict=True
        ):
            planes = plane_stack(picture)
            lack = np.asarray(missing[0]) >= HALF
            subject = np.zeros(lack.shape, np.uint8)
            for mask in subjects:
                np.maximum(subject, np.asarray(mask[0]), out=subject)
            subject[lack] = 0
            yield FrameView(frame=number, picture=planes, subject=subject, missing=lack)
        forget_frames()
