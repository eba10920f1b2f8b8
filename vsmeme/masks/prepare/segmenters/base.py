"""Ways to segment one frame: a painted picture, a person network; GrabCut has its own file."""

from __future__ import annotations

from typing import Protocol

from ....arrays.images import Image
from ..hints import Hints


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
