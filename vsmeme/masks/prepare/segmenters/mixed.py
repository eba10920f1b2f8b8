"""What needs no network: painted masks where there are some, GrabCut elsewhere."""

from __future__ import annotations

from ....arrays.images import Image
from ..hints import Hints
from .grabcut import GrabCut
from .painted import Painted


class Mixed:
    """Painted masks where there are some, GrabCut elsewhere."""

    sees, hears = False, True

    def __init__(self, painted: Painted, *, required: bool) -> None:
        self._painted, self._grabcut = painted, GrabCut()
        self.name = "painted" if required else "grabcut"
        self._required = required

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        asked = hints.prior is None and hints.guess is None
        if hints.painted is not None or (self._required and asked):
            return self._painted.segment(frame, hints)
        return self._grabcut.segment(frame, hints)
