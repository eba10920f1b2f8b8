"""SAM 2 behind the common interface: key frames by prompts, the frames between by its memory."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from ....arrays.images import Floats, Image, mask_overlap
from ..hints import Hints
from ..propagation.frame_spool import Waiting
from .base import KeyFrame, Segmenter, Watch
from .grabcut import main_parts, refined
from .sam import from_prior
from .video_memory import Sam2Network, StillFrame, VideoMemory

HELD_FRAMES = 24  # that wait for the next frame of which more is known
LEAST_AGREEMENT = 0.6  # IoU with what the automatic way found, below which that is kept


class Sam2:
    """SAM 2: what the user says is its prompt, else what the automatic way finds.

    Args:
        network: The network.
        automatic: Finds the subject where nobody says what it is, and knows painted masks.
    """

    name = "sam2"
    sees, hears = True, True

    def __init__(self, network: Sam2Network, automatic: Segmenter) -> None:
        self._network, self._automatic = network, automatic
        self._still: StillFrame | None = None

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        if hints.painted is not None:
            return self._automatic.segment(frame, hints)
        if hints.guess is None and (hints.boxes or hints.points):
            return refined(frame, main_parts(self._ask(frame, from_prior(hints)), hints))
        mask = self._automatic.segment(frame, hints)
        if not (mask > 127).any():
            return mask
        own = self._ask(frame, from_prior(Hints(prior=mask)))
        agreed = mask_overlap(255 * own, mask) >= LEAST_AGREEMENT
        return refined(frame, main_parts(own, hints)) if agreed else mask

    def _ask(self, frame: Image, hints: Hints) -> Image:
        if self._still is None or self._still.frame is not frame:
            self._still = StillFrame(self._network, frame)
        mask = np.zeros(frame.shape[:2], np.uint8)
        for box in hints.boxes or (None,):
            mask |= self._still.ask(hints, box)
        return mask

    def carry(
        self, frames: Iterable[Image], keys: Mapping[int, KeyFrame], *, watched: Mapping[int, Watch]
    ) -> VideoMasks:
        """Carry masks over the frames of a shot; see `VideoSegmenter`."""
        return VideoMasks(VideoMemory(self._network), frames, keys, watched=watched)


class VideoMasks:
    """Masks in the making, by the network's memory.

    Attributes:
        masks: One mask per frame, 8 bit, in order. May be iterated over once.
        alarms: Frames where the subject goes out of sight, or where a mask was put right; complete
            once `masks` is consumed.
        segmenter_calls: None: the memory is not asked, it follows.
        asked: The frame that was looked at last.
    """

    def __init__(
        self,
        memory: VideoMemory,
        frames: Iterable[Image],
        keys: Mapping[int, KeyFrame],
        *,
        watched: Mapping[int, Watch],
    ) -> None:
        self._memory, self._frames = memory, frames
        self._keys, self._watched = keys, watched
        self.alarms: list[int] = []
        self.segmenter_calls, self.asked = 0, -1
        self.masks: Iterator[Image] = self._run()

    def _run(self) -> Iterator[Image]:
        """Yield the masks; the frames before the first key take a detour over the disk."""
        for number, key in sorted(self._keys.items()):
            self._memory.learn(number, key.frame, key.mask)
        first = min(self._keys)
        numbered = enumerate(self._frames)
        with Waiting() as waiting:
            for number, frame in numbered:
                if number == first:
                    break
                waiting.append(frame)
            if first:
                yield from waiting.turned(self._walk(waiting.backward(), backwards=True))
        yield self._keys[first].mask
        yield from self._walk(numbered, backwards=False)

    def _walk(self, numbered: Iterable[tuple[int, Image]], *, backwards: bool) -> Iterator[Image]:
        """Follow the subject over frames as they come, which is either direction of time."""
        held: list[tuple[int, Image]] = []
        masks: list[Image] = []
        hidden = False
        for number, frame in numbered:
            self.asked = number
            mask = self._mask(number, frame, backwards=backwards)
            if not mask.any() and not hidden and number not in self._keys:
                insort(self.alarms, number)
            hidden = not mask.any()
            made = self._watched[number](frame, mask) if number in self._watched else None
            if made is not None:
                insort(self.alarms, number)
                self._memory.learn(number, frame, made)
                again = [self._mask(n, f, backwards=not backwards) for n, f in reversed(held)]
                masks, mask = again[::-1], made
            held.append((number, frame))
            masks.append(mask)
            if number in self._keys or number in self._watched or len(held) > HELD_FRAMES:
                yield from masks
                held, masks = [], []
        yield from masks

    def _mask(self, number: int, frame: Image, *, backwards: bool) -> Image:
        if number in self._keys:
            return self._keys[number].mask
        share: Floats = self._memory.step(number, frame, backwards=backwards)
        inside = np.asarray(share > 0.5, np.uint8)
        return refined(frame, inside) if inside.any() else inside
