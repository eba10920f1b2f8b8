"""Frames before the first key: kept in a temporary file, walked from the key towards the start."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Self

import numpy as np

from ....arrays.images import Image


class Waiting:
    """Frames that wait for the first key; memory does not grow with their number."""

    def __init__(self) -> None:
        self._frames = tempfile.TemporaryFile(prefix="vsmeme-")  # noqa: SIM115 - lives with this
        self._shape: tuple[int, ...] = (0, 0, 3)
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._frames.close()

    def append(self, frame: Image) -> None:
        """Put a frame aside."""
        self._shape = frame.shape
        self._frames.write(np.ascontiguousarray(frame).data)
        self._count += 1

    def backward(self) -> Iterator[tuple[int, Image]]:
        """Yield numbers and frames, the last one first."""
        for n in range(self._count - 1, -1, -1):
            yield n, _read(self._frames, n, self._shape)

    def turned(self, masks: Iterable[Image]) -> Iterator[Image]:
        """Yield masks that come for `backward` in the order of the frames."""
        with tempfile.TemporaryFile(prefix="vsmeme-") as kept:
            for mask in masks:
                kept.write(np.ascontiguousarray(mask).data)
            for n in range(self._count - 1, -1, -1):
                yield _read(kept, n, self._shape[:2])


def _read(file: BinaryIO, n: int, shape: tuple[int, ...]) -> Image:
    size = int(np.prod(shape))
    file.seek(n * size)
    return np.frombuffer(file.read(size), np.uint8).reshape(shape).copy()
