"""What the tracker sees: sizes of masks, and small cut-outs of one shot, read in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.bt709 import rgb_of_samples
from ...memory import in_order
from ...pixels.rect import Rect
from ...sync.shots import Shot
from .face_picture import Crop
from .region_sight import Sight

SAMPLES = {"face": 200, "foreground": 240}  # largest side that is tracked, samples
MARGIN = 0.35  # of the region's size, around it
CROP_MARGIN = 0.6
SOLID = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """A region's mask over a shot: bounding box and area (px) of each frame."""

    boxes: tuple[Rect | None, ...]
    areas: tuple[int, ...]

    def start(self, shot: Shot, keys: Sequence[int]) -> int | None:
        """The frame of the shot that its poses start from: the key with the largest view."""
        frames = range(shot.first, shot.first + len(self.areas))
        known = [k for k in keys if k in frames and self.areas[k - shot.first]]
        best = max(known or frames, key=lambda n: self.areas[n - shot.first], default=None)
        return best if best is not None and self.areas[best - shot.first] else None

    def extent(self, canvas: Rect, *, margin: int) -> Rect | None:
        """What holds the mask in every frame."""
        seen = [box for box in self.boxes if box]
        if not seen:
            return None
        x, y = min(b.x for b in seen) - margin, min(b.y for b in seen) - margin
        right, bottom = max(b.right for b in seen) + margin, max(b.bottom for b in seen) + margin
        return Rect(x=x, y=y, w=right - x, h=bottom - y).intersect(canvas)


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What one pass over a shot leaves of a region.

    Attributes:
        factor: Canvas px of a sample.
        sights: One a frame.
        crops: Full-size cut-outs of the frames that were asked for, by pair number.
    """

    factor: int
    sights: list[Sight] = field(default_factory=list)
    crops: dict[int, Crop] = field(default_factory=dict)


def measure_sizes(masks: Mapping[str, vs.VideoNode], shot: Shot) -> dict[str, Sizes]:
    """Read the masks of a shot once.

    Args:
        masks: GRAY8, full range, ``w x h x n``, by region.
        shot: The shot.

    Returns:
        Sizes by region.
    """
    out = {}
    for name, mask in masks.items():
        boxes: list[Rect | None] = []
        areas = []
        for frame in in_order(mask[shot.first : shot.last + 1]):
            plane = np.asarray(frame[0])
            areas.append(int((plane > SOLID).sum()))
            boxes.append(_box(plane))
        out[name] = Sizes(boxes=tuple(boxes), areas=tuple(areas))
    return out


def _box(mask: NDArray[np.uint8]) -> Rect | None:
    solid = mask > SOLID
    columns, rows = np.flatnonzero(solid.any(0)), np.flatnonzero(solid.any(1))
    if not len(columns):
        return None
    x, y = int(columns[0]), int(rows[0])
    return Rect(x=x, y=y, w=int(columns[-1]) + 1 - x, h=int(rows[-1]) + 1 - y)


def read_shot(
    clip: vs.VideoNode,
    masks: Mapping[str, vs.VideoNode],
    sizes: Mapping[str, Sizes],
    shot: Shot,
    wanted: Mapping[str, Sequence[int]],
) -> dict[str, Gathered]:
    """Read a shot once.

    Args:
        clip: YUV444P16, BT.709 limited, ``w x h x n``.
        masks: GRAY8 by region.
        sizes: Of this shot, by region.
        shot: The shot.
        wanted: Frames of which a full-size crop is kept, by region.

    Returns:
        By region.
    """
    canvas = Rect(x=0, y=0, w=clip.width, h=clip.height)
    frames = slice(shot.first, shot.last + 1)
    windows = {name: _windows(sizes[name], canvas) for name in masks}
    got = {name: Gathered(factor=_factor(name, sizes[name])) for name in masks}
    readers = {name: in_order(mask[frames]) for name, mask in masks.items()}
    for n, frame in enumerate(in_order(clip[frames])):
        planes = [np.asarray(frame[i]) for i in range(3)]
        for name, mine in got.items():
            mask = np.asarray(next(readers[name])[0])
            mine.sights.append(_sight(planes[0], mask, windows[name][n], mine.factor))
            number = shot.first + n
            if number in wanted[name]:
                mine.crops[number] = cut_out(planes, mask, canvas)
    return got


def _factor(name: str, sizes: Sizes) -> int:
    boxes = [b for b in sizes.boxes if b]
    side = max((max(b.w, b.h) for b in boxes), default=1)
    return max(1, round(side / SAMPLES[name]))


def _windows(sizes: Sizes, canvas: Rect) -> list[Rect]:
    """Where to look in each frame: around the mask, or around the last one."""
    last = next((b for b in sizes.boxes if b), canvas)
    out = []
    for box in sizes.boxes:
        last = box or last
        out.append(_grown(last, MARGIN, canvas))
    return out


def _grown(box: Rect, margin: float, canvas: Rect) -> Rect:
    reach = int(margin * max(box.w, box.h)) + 8
    large = Rect(x=box.x - reach, y=box.y - reach, w=box.w + 2 * reach, h=box.h + 2 * reach)
    return large.intersect(canvas) or canvas


def _sight(luma: NDArray[np.uint16], mask: NDArray[np.uint8], window: Rect, factor: int) -> Sight:
    """Cut out and reduce by a whole number, so that edges stay on edges."""
    x, y = window.x // factor, window.y // factor
    w = min(window.right, luma.shape[1]) // factor - x
    h = min(window.bottom, luma.shape[0]) // factor - y
    part = slice(y * factor, (y + h) * factor), slice(x * factor, (x + w) * factor)
    codes = (luma[part].astype(np.float32) - 4096) * np.float32(255 / 56064)
    cover = np.asarray(mask[part] / 255, np.float32)
    if factor > 1:
        codes = np.asarray(cv2.resize(codes, (w, h), interpolation=cv2.INTER_AREA), np.float32)
        cover = np.asarray(cv2.resize(cover, (w, h), interpolation=cv2.INTER_AREA), np.float32)
    return Sight(luma=codes, mask=cover, origin=(x, y))


def cut_out(planes: Sequence[NDArray[np.uint16]], mask: NDArray[np.uint8], canvas: Rect) -> Crop:
    """Cut the surroundings of a mask out of a frame.

    Args:
        planes: Y, U and V of YUV444P16, BT.709 limited.
        mask: Of the same size, 0..255.
        canvas: The whole picture.

    Returns:
        The cut-out as RGB; the whole canvas if the mask is empty.
    """
    box = _box(mask)
    window = _grown(box, CROP_MARGIN, canvas) if box else canvas
    part = slice(window.y, window.bottom), slice(window.x, window.right)
    y, cb, cr = (plane[part].astype(np.float64) for plane in planes)
    rgb = np.clip(np.rint(rgb_of_samples(y, cb, cr) * 255), 0, 255).astype(np.uint8)
    return Crop(rgb=rgb, mask=mask[part].copy(), origin=(window.x, window.y))
