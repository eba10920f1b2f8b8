"""Masks for every frame from the masks of a few: anchored at keys, from both sides, streaming."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized

import numpy as np

from ....arrays.images import Floats, Image, mask_overlap
from ....errors import UsageError, wrong
from .between_keys import Leg, Memory, Slot
from .edge_refinement import enlarge
from .frame_features import look
from .frame_spool import Waiting

LOOK_AHEAD_FRAMES = 48
SHORTEST_GAP_FRAMES = 3
QUIET_FRAMES = 24  # after an alarm for which no mask came
USUAL_GAP_FRAMES = 7  # where the number of frames is not known
AGREED = 0.95  # IoU of what was carried and what was made, from which carrying goes well

NOTHING: Floats = np.zeros((1, 1), np.float32)
Segment = Callable[[Image, Image], Image | None]


class Propagation:
    """Masks in the making.

    Attributes:
        masks: One mask per frame, 8 bit `h x w`, in order. May be iterated over once.
        alarms: Frames where the propagation was no longer trusted; complete once `masks` is
            consumed.
        segmenter_calls: Calls of `segment` so far.
        asked: Number of the frame that `segment` was last asked about.
    """

    def __init__(
        self,
        frames: Iterable[Image],
        keys: Mapping[int, Image],
        *,
        segment: Segment | None,
        max_calls: int,
        calm_frames: int,
        watched: Mapping[int, Segment],
    ) -> None:
        self._frames, self._watched = frames, watched
        self._keys = dict(keys)
        self._segment = segment
        self._left = max_calls if segment else 0
        self._quiet = 0
        self._calm_frames, self._calm = calm_frames, False
        self._total = len(frames) if isinstance(frames, Sized) else None
        self.asked = -1
        self.alarms: list[int] = []
        self.segmenter_calls = 0
        self.masks: Iterator[Image] = self._run()

    def _run(self) -> Iterator[Image]:
        """Yield the masks; the frames before the first key take a detour over the disk."""
        numbered = enumerate(self._frames)
        memory, count = Memory(), 0
        with Waiting() as waiting:
            for number, frame in numbered:
                _check_frame(number, frame)
                count = number + 1
                key = self._key(number, frame)
                if key is not None:
                    break
                waiting.append(frame)
            else:
                raise self._beyond(count)
            first = Slot(number=number, frame=frame, look=look(frame), mask=NOTHING)
            memory.anchor(first, key)
            last = None if self._total is None else self._total - 1
            if number:
                walk = self._walk(
                    first, memory, waiting.backward(), last=0, later=(last or number) - number
                )
                yield from waiting.turned(walk)
            yield key
        for number, mask in enumerate(self._walk(first, memory, numbered, last=last), count):
            count = number + 1
            yield mask
        if self._keys:
            raise self._beyond(count)

    def _walk(
        self,
        first: Slot,
        memory: Memory,
        numbered: Iterable[tuple[int, Image]],
        *,
        last: int | None,
        later: int = 0,
    ) -> Iterator[Image]:
        """Carry a key on over the frames as they come, which is either direction of time.

        Args:
            first: The key.
            memory: Where the models are; they have learnt the key.
            numbered: Numbers and frames from the key on.
            last: Number of the last of them; `None` where nobody knows.
            later: Frames of another walk that the calls have to serve, too.
        """
        self.asked, self._quiet = first.number, 0
        leg = Leg(first, memory)
        for number, frame in numbered:
            _check_frame(number, frame)
            slot = leg.append(number, frame)
            key = self._key(number, frame)
            if key is None and number in self._watched:
                key = self._watch(slot)
            if key is None and self._alarmed(leg, last, later):
                key = self._ask(slot)
            if key is not None:
                yield from leg.close(key)
                leg = leg.next()
                self._quiet = 0
            elif len(leg) > LOOK_AHEAD_FRAMES:
                yield leg.release()
        yield from leg.drain()

    def _key(self, number: int, frame: Image) -> Image | None:
        key = self._keys.pop(number, None)
        return None if key is None else _check_mask("keys", number, key, frame)

    def _beyond(self, count: int) -> UsageError:
        expected = f"frame numbers below {count}"
        return wrong("propagate_masks", "keys", expected, sorted(self._keys))

    def _alarmed(self, leg: Leg, last: int | None, later: int) -> bool:
        """Whether the last mask should no longer be trusted: by its look, or by its age."""
        self._quiet = max(0, self._quiet - 1)
        asking = self._segment is not None
        elapsed = min(leg.elapsed, abs(leg.number - self.asked))
        if asking and (not self._left or elapsed < SHORTEST_GAP_FRAMES - 1):
            return False
        if asking and not leg.follower.rigid:
            if last is None:
                return elapsed >= USUAL_GAP_FRAMES
            ahead = abs(last - leg.number)
            return elapsed >= self._gap(elapsed + ahead + later) or (ahead == 0 and elapsed > 1)
        return leg.follower.alarming and not self._quiet

    def _watch(self, slot: Slot) -> Image | None:
        """Ask whether the mask of a frame is still right; a mask says that it is not."""
        prior = enlarge(slot.mask, slot.frame)
        made = self._watched[slot.number](slot.frame, prior)
        if made is None:
            return None
        insort(self.alarms, slot.number)
        return _check_mask("watched", slot.number, made, slot.frame)

    def _ask(self, slot: Slot) -> Image | None:
        """Record an alarm and, where somebody can be asked, ask for the mask."""
        insort(self.alarms, slot.number)
        self._quiet = QUIET_FRAMES
        if not (self._segment and self._left):
            return None
        self._left -= 1
        self.asked = slot.number
        self.segmenter_calls += 1
        prior = enlarge(slot.mask, slot.frame)
        made = self._segment(slot.frame, prior)
        if made is None:
            return None
        mask = _check_mask("segment", slot.number, made, slot.frame)
        self._calm = mask_overlap(mask, prior) >= AGREED
        return mask

    def _gap(self, served: int) -> int:
        """Gap between calls: what the budget pays for over the frames to be served, or calm."""
        if self._total is None:
            return USUAL_GAP_FRAMES
        even = -(-served // self._left)
        return max(even, SHORTEST_GAP_FRAMES, self._calm_frames if self._calm else 0)


def propagate_masks(
    frames: Iterable[Image],
    keys: Mapping[int, Image],
    *,
    segment: Segment | None = None,
    max_calls: int = 12,
    calm_frames: int = 0,
    watched: Mapping[int, Segment] | None = None,
) -> Propagation:
    """Carry masks from key frames to all frames of a shot.

    Args:
        frames: RGB pictures of one shot in order, 8 bit, `h x w x 3`, full range, all of one
            size. If it has a length, the calls of `segment` are spread over it.
        keys: Masks of some frames by their number, 8 bit, `h x w`, 0..255. An empty mask says
            that the subject is not there.
        segment: Asked at an alarm for the mask of a frame: `segment(frame, prior_mask)`. What it
            returns is taken as a further key; `None` says that it knows no better.
        max_calls: Most calls of `segment`.
        calm_frames: Frames without a call after one whose mask was as it had been carried.
        watched: By number of a frame of which more is known: asked there whether the mask is still
            right. A mask is a further key, `None` says that it is. No call of `segment`.

    Returns:
        The masks as an iterator, at the size of the frames. At most `LOOK_AHEAD_FRAMES` frames
        are held at a time (those before the first key lie in a temporary file). Masks of keys
        and of `segment` come back as they were given.

    Raises:
        UsageError: No key, a key beyond the frames, or pictures and masks of a wrong kind; for
            what only shows on the way, while the masks are consumed.
    """
    if not keys:
        raise wrong("propagate_masks", "keys", "at least one mask", "none")
    if min(keys) < 0:
        raise wrong("propagate_masks", "keys", "frame numbers from 0 on", sorted(keys))
    if max_calls < 0:
        raise wrong("propagate_masks", "max_calls", "0 or more", max_calls)
    return Propagation(
        frames,
        keys,
        segment=segment,
        max_calls=max_calls,
        calm_frames=calm_frames,
        watched=watched or {},
    )


def _check_frame(number: int, frame: Image) -> None:
    good = isinstance(frame, np.ndarray) and frame.dtype == np.uint8
    if not (good and frame.ndim == 3 and frame.shape[2] == 3 and min(frame.shape[:2]) > 0):
        raise wrong("propagate_masks", "frames", "uint8 RGB arrays (h, w, 3)", _kind(number, frame))


def _check_mask(parameter: str, number: int, mask: Image, frame: Image) -> Image:
    good = isinstance(mask, np.ndarray) and mask.dtype in (np.uint8, np.bool_)
    if not (good and mask.shape == frame.shape[:2]):
        expected = f"a uint8 mask of {frame.shape[1]}x{frame.shape[0]}"
        raise wrong("propagate_masks", parameter, expected, _kind(number, mask))
    return mask.astype(np.uint8) * 255 if mask.dtype == np.bool_ else mask


def _kind(number: int, got: object) -> str:
    if isinstance(got, np.ndarray):
        return f"{got.dtype} of shape {got.shape} at frame {number}"
    return f"{type(got).__name__} at frame {number}"
