"""Pictures of layers at proxy size: each is made once, as a JPEG or PNG in the work folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Lock, get_ident
from typing import Protocol

import cv2
import numpy as np

from ....arrays.frames import to_array
from ....arrays.images import Image
from ....errors import UsageError
from .layers import LayerClip

JPEG_QUALITY = 90
OUTLINE_PX = 2
SUBJECT_BGR, FACE_BGR = (90, 230, 80), (40, 210, 255)
BUDGET_BYTES = 4 << 30
TYPES = {
    "picture": ("jpg", "image/jpeg"),
    "outline": ("png", "image/png"),
    "cover": ("png", "image/png"),
}


class Pictures(Protocol):
    """What a store asks of layers."""

    def clip(self, name: str) -> LayerClip:
        """Return a layer's clips."""
        ...


class FrameStore:
    """Pictures of a project's layers.

    Args:
        layers: The layers.
        folder: Where the pictures are; a folder a layer, named by its key.
    """

    def __init__(self, layers: Pictures, folder: Callable[[], Path]) -> None:
        self._layers, self._folder = layers, folder
        self._locks: dict[str, Lock] = {}
        self._bytes: int | None = None
        self._present: dict[Path, set[int]] = {}

    def picture(self, name: str, n: int) -> tuple[bytes, str]:
        """Return a frame of a layer and its media type; made if it is not there yet.

        Raises:
            UsageError: There is no such frame.
        """
        layer = self._layers.clip(name)
        if not 0 <= n < layer.small.num_frames:
            raise UsageError(f"{name}: expected a frame below {layer.small.num_frames}, got {n}")
        kind = TYPES[layer.kind][1]
        path = self._path(name, layer, n)
        try:
            return path.read_bytes(), kind
        except FileNotFoundError:
            pass
        with self._locks.setdefault(name, Lock()):
            if path.exists():
                return path.read_bytes(), kind
            with layer.small.get_frame(n) as frame:
                return self.put(name, layer, n, to_array(frame)), kind

    def array(self, name: str, n: int) -> Image:
        """Return a frame of a layer at proxy size as RGB."""
        data = np.frombuffer(self.picture(name, n)[0], np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if picture is None:
            raise UsageError(f"{name}: frame {n} is damaged on the disk; remove work/cache/editor")
        return np.ascontiguousarray(picture[..., ::-1], np.uint8)

    def has(self, name: str, layer: LayerClip, n: int) -> bool:
        """Tell whether a frame is made already."""
        folder = self._path(name, layer, n).parent
        if folder not in self._present:
            files = folder.glob("*.*") if folder.exists() else ()
            self._present[folder] = {int(file.stem) for file in files if file.stem.isdigit()}
        return n in self._present[folder]

    def put(self, name: str, layer: LayerClip, n: int, picture: Image) -> bytes:
        """Keep a frame; returns its file's contents."""
        data = DRAWN[layer.kind](picture)
        path = self._path(name, layer, n)
        if not path.parent.exists():
            self._sweep(name, path.parent)
            path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.stem}-{get_ident()}.part")
        part.write_bytes(data)
        os.replace(part, path)  # noqa: PTH105 - the one atomic step
        self._present.setdefault(path.parent, set()).add(n)
        self._bytes = self.size + len(data)
        return data

    @property
    def size(self) -> int:
        """Bytes of all pictures."""
        if self._bytes is None:
            self._bytes = sum(f.stat().st_size for f in self._folder().rglob("*") if f.is_file())
        return self._bytes

    @property
    def room(self) -> bool:
        """Whether more pictures may be made ahead of their use."""
        return self.size < BUDGET_BYTES

    def _path(self, name: str, layer: LayerClip, n: int) -> Path:
        ending, _ = TYPES[layer.kind]
        return self._folder() / f"{name}-{layer.key}" / f"{n:06d}.{ending}"

    def _sweep(self, name: str, now: Path) -> None:
        """Remove what a layer showed before: nobody asks for it again."""
        for old in now.parent.glob(f"{name}-*"):
            if old != now:
                shutil.rmtree(old, ignore_errors=True)
                self._present.pop(old, None)
        self._bytes = None


def jpeg(picture: Image) -> bytes:
    """Encode an RGB picture."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    return cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), flags)[1].tobytes()


def _outlines(picture: Image) -> bytes:
    """Draw the outlines of subject (R) and face (G) on nothing."""
    drawn = np.zeros((*picture.shape[:2], 4), np.uint8)
    for plane, colour in ((0, SUBJECT_BGR), (1, FACE_BGR)):
        inside = np.ascontiguousarray(picture[..., plane] > 127).astype(np.uint8)
        edges, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, edges, -1, (*colour, 255), OUTLINE_PX)
    return cv2.imencode(".png", drawn)[1].tobytes()


def _cover(picture: Image) -> bytes:
    """Draw the face's mask (G) as what is let through."""
    drawn = np.full((*picture.shape[:2], 4), 255, np.uint8)
    drawn[..., 3] = picture[..., 1]
    return cv2.imencode(".png", drawn)[1].tobytes()


DRAWN = {"picture": jpeg, "outline": _outlines, "cover": _cover}
