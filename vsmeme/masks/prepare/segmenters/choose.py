"""The table of segmenters, and the one that a project asked for."""

from __future__ import annotations

from pathlib import Path

from ....arrays.images import Image
from ....config import Segment
from ....errors import UsageError
from ....networks.manifest import find_file, read_manifest
from ..hints import Hints
from .base import Segmenter
from .grabcut import GrabCut
from .painted import Painted
from .person import Person
from .sam import Sam

BACKENDS = ("auto", "grabcut", "painted", "sam", "person")


def choose_segmenter(settings: Segment, folder: Path, canvas: tuple[int, int]) -> Segmenter:
    """Open the backend of a configuration.

    Args:
        settings: `[segment]`.
        folder: What a relative path of a model counts from.
        canvas: Width and height, canvas px.
    """
    name = settings.backend
    if name not in BACKENDS:
        raise UsageError(f"segment.backend: expected one of {', '.join(BACKENDS)}, got {name}")
    if name == "sam":
        return Sam(_model(settings.model or "sam-vit-b", folder))
    if name == "person":
        if not settings.model:
            raise UsageError('segment.model: backend "person" needs the path of an ONNX network')
        return Person(_model(settings.model, folder))
    return Mixed(Painted(canvas), required=name == "painted")


def _model(name: str, folder: Path) -> Path:
    """A name of the manifest, or a path that counts from the project's folder."""
    return find_file(name) if name in read_manifest() else folder / name


class Mixed:
    """Painted masks where there are some, GrabCut elsewhere."""

    sees = False

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
