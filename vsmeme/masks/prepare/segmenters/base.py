"""What segments one frame, and what carries masks along by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ....arrays.images import Image
from ..hints import Hints

type Watch = Callable[[Image, Image], Image | None]
"""Asked with a frame and its mask whether that is right: a better mask, or `None`."""


class Segmenter(Protocol):
    """Segments one region of one frame."""

    name: str
    sees: bool  # knows subjects: at an alarm its mask beats the propagated one
    hears: bool  # makes use of what motion says

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment.

        Args:
            frame: RGB, 8 bit, `h x w x 3`.
            hints: In pixels of the frame.

        Returns:
            Mask, 8 bit, `h x w`, 0..255.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeyFrame:
    """A frame (RGB, 8 bit, `h x w x 3`) whose mask (8 bit, `h x w`) is known."""

    frame: Image
    mask: Image


class CarriedMasks(Protocol):
    """Masks in the making; see `Propagation`."""

    masks: Iterator[Image]
    alarms: list[int]
    segmenter_calls: int
    asked: int


@runtime_checkable
class VideoSegmenter(Protocol):
    """A segmenter that carries masks from key frames to all frames by itself."""

    def carry(
        self, frames: Iterable[Image], keys: Mapping[int, KeyFrame], *, watched: Mapping[int, Watch]
    ) -> CarriedMasks:
        """Carry masks along.

        Args:
            frames: RGB pictures of one shot in order, 8 bit, `h x w x 3`; read once.
            keys: Frames of it whose masks are known, by number.
            watched: By number of a frame of which more is known: says there whether the mask is
                right.

        Returns:
            The masks, streaming.
        """
        ...
