"""Frames before the first key: kept in a temporary file, masked backward from the key."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Self

import numpy as np

from vsmeme.prepare.propagate_features import Image, look
from vsmeme.prepare.propagate_follow import Follower
from vsmeme.prepare.propagate_leg import Memory, Slot, between
from vsmeme.prepare.propagate_solve import enlarge


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

    def close(self, key: Slot, memory: Memory) -> Iterator[Image]:
        """Yield the masks of all frames that waited, in order.

        Args:
            key: The frame after the last of them, with its mask.
            memory: Where the models are; they have learnt the key.
        """
        height, width = self._shape[:2]
        with tempfile.TemporaryFile(prefix="vsmeme-") as masks:
            follower = Follower(key.look, key.mask, memory.colour)
            later = key
            for n in range(self._count - 1, -1, -1):
                slot = self._step(n, later, follower, memory)
                masks.write(enlarge(slot.mask, slot.frame).data)
                later = slot
            memory.at = -1
            for n in range(self._count):
                masks.seek((self._count - 1 - n) * height * width)
                packed = masks.read(height * width)
                yield np.frombuffer(packed, np.uint8).reshape(height, width).copy()

    def _step(self, n: int, later: Slot, follower: Follower, memory: Memory) -> Slot:
        size = int(np.prod(self._shape))
        self._frames.seek(n * size)
        frame = np.frombuffer(self._frames.read(size), np.uint8).reshape(self._shape)
        slot = Slot(number=n, frame=frame, look=look(frame), mask=later.mask)
        slot.mask = follower.step(
            slot.look,
            lambda: between(later, slot),
            lambda: memory.follow(later, slot, between(later, slot)),
        )
        memory.learn(slot)
        return slot
