"""A leg: the frames between two keys, walked forward as they come and backward at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ....arrays.images import Floats, Image, resized
from .background_mosaic import BackgroundMemory
from .colour_model import ColourModel
from .edge_refinement import enlarge
from .follower import Follower
from .frame_features import FrameFeatures, look
from .mean_field import logit, sigmoid
from .optical_flow import FlowField, measure_motion, turned, warp_by_flow

LOST = 0.3  # IoU of a key with what was carried to it, below which that had gone astray
# Disagreement with the key's colours up to which they tell all, and from which on they tell little.
SURE_DRIFT, LOST_DRIFT = 0.02, 0.04
DRIFT_WEIGHT = 6.0  # how much less a walk counts there, a unit of its disagreement with the key
SHRUNK, GONE = 0.2, 5.0  # of the key's area, below which a mask is gone; what that disagrees


@dataclass(slots=True, kw_only=True)
class Slot:
    """A frame that waits for its final mask."""

    number: int
    frame: Image
    look: FrameFeatures
    mask: Floats
    drift: float = 0.0  # of the forward walk
    motion: FlowField | None = None  # from the frame before, once somebody has asked
    background: Floats | None = None  # log odds
    given: Image | None = None  # the mask of a key


@dataclass(slots=True)
class Memory:
    """What legs share: the colour model learnt from keys, and the remembered background."""

    colour: ColourModel = field(default_factory=ColourModel)
    background: BackgroundMemory | None = None
    at: int = -1  # frame that the background is placed on

    def follow(self, before: Slot, after: Slot, motion: FlowField) -> Floats | None:
        """Log odds by the remembered background, brought from one frame to the next."""
        if self.background is None or self.at != before.number:
            self.background = BackgroundMemory(before.look)
            self.background.learn(before.look, before.mask)
        self.at = after.number
        if not self.background.step(before.look, after.look, before.mask, motion):
            return None
        rough = warp_by_flow(before.mask, motion.back)
        doubt = float(np.clip((before.drift - SURE_DRIFT) / (LOST_DRIFT - SURE_DRIFT), 0, 1))
        return self.background.odds(after.look, rough, motion, doubt=doubt)

    def learn(self, slot: Slot) -> None:
        """Remember a frame's background, if the memory is placed on it."""
        if self.at == slot.number and self.background is not None:
            self.background.learn(slot.look, slot.mask)

    def anchor(self, slot: Slot, given: Image) -> None:
        """Make a frame a key."""
        slot.given = given
        slot.mask = resized(given, slot.look.size).astype(np.float32) * np.float32(1 / 255)
        self.colour.learn(slot.look, slot.mask)


class Leg:
    """Frames since a key.

    Attributes:
        elapsed: Frames since its key.
        follower: Carries the mask of its key forward.
    """

    def __init__(self, start: Slot, memory: Memory) -> None:
        self._memory = memory
        self._slots: list[Slot] = []
        self._last, self._key_mask = start, start.mask
        self.elapsed = 0
        self.follower = Follower(start.look, start.mask, memory.colour)

    def __len__(self) -> int:
        return len(self._slots)

    def append(self, number: int, frame: Image) -> Slot:
        """Take the next frame and carry the mask on to it."""
        before = self._last
        slot = Slot(number=number, frame=frame, look=look(frame), mask=before.mask)
        slot.mask = self.follower.step(
            slot.look, lambda: between(before, slot), lambda: self._remember(before, slot)
        )
        slot.drift = self.follower.drift
        self._memory.learn(slot)
        self._slots.append(slot)
        self._last = slot
        self.elapsed += 1
        return slot

    def _remember(self, before: Slot, slot: Slot) -> Floats | None:
        slot.background = self._memory.follow(before, slot, between(before, slot))
        return slot.background

    def close(self, given: Image) -> Iterator[Image]:
        """End the leg at its last frame, whose mask is given, and yield its masks."""
        last = self._slots[-1]
        expected = last.mask > 0.5
        self._memory.anchor(last, given)
        shared = float((expected & (last.mask > 0.5)).sum())
        lost = shared < LOST * max(1.0, float((expected | (last.mask > 0.5)).sum()))
        self._walk_back(lost=lost)
        return self.drain()

    def _walk_back(self, *, lost: bool) -> None:
        last = self._slots[-1]
        follower = Follower(last.look, last.mask, self._memory.colour)
        count = len(self._slots)
        for i in range(count - 2, -1, -1):
            slot, later = self._slots[i], self._slots[i + 1]
            back = follower.step(
                slot.look,
                lambda slot=slot, later=later: turned(between(slot, later)),  # type: ignore[misc]
                lambda slot=slot: slot.background,  # type: ignore[misc]
            )
            share = (i + 1) / count  # of the backward walk, whose key lies at the end
            if lost:
                there = _trust(follower.drift, back, last.mask)
                here = _trust(slot.drift, slot.mask, self._key_mask)
                share = share * there / max(1e-6, share * there + (1 - share) * here)
            slot.mask = sigmoid((1 - share) * logit(slot.mask) + share * logit(back))

    @property
    def number(self) -> int:
        """Number of its last frame."""
        return self._slots[-1].number

    def next(self) -> Leg:
        """The leg that starts at this one's closing key."""
        return Leg(self._last, self._memory)

    def release(self) -> Image:
        """Return the oldest frame's mask, which is then no longer held."""
        slot = self._slots.pop(0)
        return slot.given if slot.given is not None else enlarge(slot.mask, slot.frame)

    def drain(self) -> Iterator[Image]:
        """Yield all masks that are left."""
        while self._slots:
            yield self.release()


def _trust(drift: float, mask: Floats, key: Floats) -> float:
    """How far a walk is believed that lost its subject somewhere."""
    if float(mask.sum()) < SHRUNK * float(key.sum()):
        drift = GONE
    return float(np.exp(-DRIFT_WEIGHT * max(0.0, drift)))


def between(before: Slot, after: Slot) -> FlowField:
    """FlowField between two neighbouring frames, measured once."""
    if after.motion is None:
        after.motion = measure_motion(before.look, after.look)
    return after.motion
