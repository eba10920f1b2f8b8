"""A leg: the frames between two keys, walked forward as they come and backward at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vsmeme.prepare.propagate_background import BackgroundMemory
from vsmeme.prepare.propagate_colour import ColourModel
from vsmeme.prepare.propagate_features import Floats, Image, Look, look, resized
from vsmeme.prepare.propagate_motion import Motion, measure_motion, turned, warp
from vsmeme.prepare.propagate_solve import enlarge, logit, sigmoid
from vsmeme.prepare.propagate_step import Walker


@dataclass(slots=True, kw_only=True)
class Slot:
    """A frame that waits for its final mask."""

    number: int
    frame: Image
    look: Look
    motion: Motion | None  # from the frame before
    mask: Floats
    background: Floats | None = None  # log odds
    given: Image | None = None  # the mask of a key


@dataclass(slots=True)
class Memory:
    """What legs share: models learnt from keys and the remembered background."""

    colour: ColourModel = field(default_factory=ColourModel)
    background: BackgroundMemory | None = None
    disagreement: float = 0.0


class Leg:
    """Frames since the last key; before the first key, frames that wait for one."""

    def __init__(self, *, start: Slot | None, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self._slots: list[Slot] = []
        self._last: Slot | None = start
        self._start = start
        self._walker: Walker | None = None
        if start is not None:
            self._walker = Walker(start.look, start.mask, self._memory.colour)
        self._since = 0
        self.elapsed = 0

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def anchored(self) -> bool:
        """Whether a key lies before it."""
        return self._walker is not None

    def append(self, number: int, frame: Image) -> Slot:
        """Take the next frame and, after a key, carry the mask on to it."""
        seen = look(frame)
        motion = measure_motion(self._last.look, seen) if self._last else None
        slot = Slot(
            number=number, frame=frame, look=seen, motion=motion,
            mask=np.zeros((seen.size[1], seen.size[0]), np.float32),
        )  # fmt: skip
        if self._walker is not None and motion is not None:
            slot.background = self._remembered(slot, motion)
            slot.mask = self._walker.step(seen, motion, slot.background)
            if self._memory.background is not None:
                self._memory.background.learn(seen, slot.mask)
        self._slots.append(slot)
        self._last = slot
        self._since += 1
        self.elapsed += 1
        return slot

    def _remembered(self, slot: Slot, motion: Motion) -> Floats | None:
        memory = self._memory.background
        if memory is None or self._last is None:
            return None
        if not memory.step(self._last.look, slot.look, self._last.mask, motion):
            return None
        return memory.odds(slot.look, warp(self._last.mask, motion.back))

    def alarmed(self, gap: int | None) -> bool:
        """Whether the mask of the last frame should not be trusted any more."""
        return gap is not None and self.elapsed >= gap

    def rearm(self) -> None:
        """Start counting towards the next alarm."""
        self._since = 0

    def close(self, given: Image) -> Iterator[Image]:
        """End the leg at its last frame, whose mask is given, and yield its masks."""
        last = self._slots[-1]
        last.given = given
        last.mask = _to_work(given, last.look.size)
        memory = self._memory
        memory.colour.learn(last.look, last.mask)
        if memory.background is None:
            memory.background = BackgroundMemory(last.look)
        memory.background.learn(last.look, last.mask)
        self._walk_back()
        while self._slots:
            yield self.release()

    def _walk_back(self) -> None:
        last = self._slots[-1]
        walker = Walker(last.look, last.mask, self._memory.colour)
        count = len(self._slots)
        for i in range(count - 2, -1, -1):
            slot, later = self._slots[i], self._slots[i + 1]
            if later.motion is None:
                continue
            back = walker.step(slot.look, turned(later.motion), slot.background)
            if self._walker is None:
                slot.mask = back
                continue
            share = (i + 1) / count  # of the backward walk: its key is nearer towards the end
            odds = (1 - share) * logit(slot.mask) + share * logit(back)
            slot.mask = sigmoid(odds)

    def next(self) -> Leg:
        """The leg that starts at this one's closing key."""
        return Leg(start=self._last, memory=self._memory)

    def release(self) -> Image:
        """Give the oldest frame's mask away."""
        slot = self._slots.pop(0)
        return slot.given if slot.given is not None else enlarge(slot.mask, slot.frame)

    def drain(self) -> Iterator[Image]:
        """Yield what is left at the end of the shot."""
        while self._slots:
            yield self.release()


def _to_work(mask: Image, size: tuple[int, int]) -> Floats:
    return resized(mask, size).astype(np.float32) * np.float32(1 / 255)
