"""What the fields of a clip say about time: which neighbours comb, which repeat.

Fields are compared in few columns, at full height, in 8 bit, where they move and nowhere else:
still detail says nothing, and noise little.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.images import Floats

COLUMNS = 120
MOTION_CODES = 6  # between two fields of one parity: more than coding noise
SMOOTH = 0.03  # share of the motion by which the lines of one smooth field leave their range

Bytes = NDArray[np.uint8]
Combing = tuple[float, int]  # share of the motion, and how many samples move


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FieldSigns:
    """Signs of n frames.

    Attributes:
        combs: ``n x 3``: how far woven lines leave the range of the lines above and below, against
            how far the lines of one field do, where there is motion: top and bottom field of the
            frame; its bottom and the next frame's top; its top and the next frame's bottom. 1
            means noise or detail, less one moment, more two. The last frame has no next: 0.
        moving: ``n x 3``: how many samples of these pairs move.
        changes: ``n x 2``: mean difference of the frame's top and bottom field from those of the
            frame before, codes; 0 for the first frame.
    """

    combs: Floats
    moving: Floats
    changes: Floats

    def __len__(self) -> int:
        return len(self.changes)


def measure_signs(frames: Iterable[vs.VideoFrame]) -> FieldSigns:
    """Read the signs of frames in order, two of them in memory.

    Args:
        frames: YUV, gray or RGB of 8 to 16 bit, as coded.
    """
    pairs: list[tuple[Combing, Combing, Combing]] = []
    changes: list[tuple[float, float]] = []
    before: Bytes | None = None
    step: Bytes | None = None
    for frame in frames:
        picture = _columns(frame)
        if before is None:
            changes.append((0.0, 0.0))
        else:
            motion = np.asarray(cv2.absdiff(before, picture), np.uint8)
            changes.append((float(motion[0::2].mean()), float(motion[1::2].mean())))
            pairs.append(_combing(before, picture, motion, step))
            step = motion
        before = picture
    if before is not None:
        none: Combing = (0.0, 0)
        last = none if step is None else _combing(before, before, step, None)[0]
        pairs.append((last, none, none))
    table = np.asarray(pairs, np.float32).reshape(-1, 3, 2)
    return FieldSigns(
        combs=table[..., 0], moving=table[..., 1], changes=np.asarray(changes, np.float32)
    )


def _columns(frame: vs.VideoFrame) -> Bytes:
    """Luma in 8 bit, an even number of lines, in few columns."""
    plane: NDArray[Any] = np.asarray(frame[0])
    if frame.format.bits_per_sample > 8:
        plane = plane >> (frame.format.bits_per_sample - 8)
    step = max(1, plane.shape[1] // COLUMNS)
    width, height = plane.shape[1] // step, plane.shape[0] // 2 * 2
    area = np.ascontiguousarray(plane[:height, : width * step], np.uint8)
    return np.asarray(cv2.resize(area, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _combing(
    now: Bytes, after: Bytes, motion: Bytes, before: Bytes | None
) -> tuple[Combing, Combing, Combing]:
    """Combing of a frame, and of its bottom and its top with the next frame's other field."""
    own = np.asarray(motion if before is None else cv2.max(motion, before), np.uint8)
    bottom_first, top_first = now.copy(), now.copy()
    bottom_first[0::2] = after[0::2]
    top_first[1::2] = after[1::2]
    usual = SMOOTH + _combed(now, own, apart=2)[0]
    pairs = (now, own), (bottom_first, motion), (top_first, motion)
    found = [_combed(woven, moved) for woven, moved in pairs]
    (a, n), (b, m), (c, k) = found
    return (a / usual, n), (b / usual, m), (c / usual, k)


def _combed(woven: Bytes, motion: Bytes, *, apart: int = 1) -> Combing:
    """How far lines leave the range of those so many above and below, as a share of the motion."""
    above, line, below = woven[: -2 * apart], woven[apart:-apart], woven[2 * apart :]
    over = cv2.subtract(line, cv2.max(above, below))
    under = cv2.subtract(cv2.min(above, below), line)
    motion = motion[apart:-apart]
    moves = cv2.threshold(motion, MOTION_CODES, 1, cv2.THRESH_BINARY)[1]
    count = int(cv2.countNonZero(moves))
    if not count:
        return 0.0, 0
    beyond = cv2.sumElems(cv2.multiply(cv2.max(over, under), moves))[0]
    return beyond / cv2.sumElems(cv2.multiply(motion, moves))[0], count
