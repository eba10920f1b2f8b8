"""Which frames of a shot show what a plate lacks, and which frames want it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays.images import Mask
from ..plate.prepare.plate_grid import Grid
from ..plate.prepare.shot_survey import Survey, small_size, to_small

Floats = NDArray[np.float32]
# A pixel is well known from this many clear observations on.
ENOUGH = 7


def choose_frames(seen: Survey, grid: Grid, *, most: int) -> list[int]:
    """Choose the frames that show the most of what the key frame lacks.

    Half of them evenly over the shot; the others one by one, each for the pixels that have been
    seen the least.

    Returns:
        Pair numbers in rising order; the key frame is one of them.
    """
    frames = [glance.frame for glance in seen.glances]
    if len(frames) <= most:
        return frames
    shown = np.stack(
        [(_placed(seen.at(n).background, seen, grid, n) > 0.9).reshape(-1) for n in frames]
    )
    even = np.linspace(0, len(frames) - 1, max(2, most // 2)).round().astype(int)
    picked = sorted({*even.tolist(), grid.key - frames[0]})
    count = shown[picked].sum(axis=0)
    while len(picked) < most:
        gain = (shown & (count < ENOUGH)).sum(axis=1)
        gain[picked] = 0
        best = int(gain.argmax())
        if not gain[best]:
            break
        picked.append(best)
        count = count + shown[best]
    return sorted(frames[i] for i in picked)


def wanted_when(seen: Survey, grid: Grid) -> tuple[Floats, Mask]:
    """Return for each plate pixel the mean number of the frames that lack it, and where any does.

    A frame lacks what lies in its missing area; elsewhere the key frame's number stands.
    """
    lacks = [_placed(1.0 - g.real, seen, grid, g.frame) for g in seen.glances]
    share = np.sum(lacks, axis=0, dtype=np.float32)
    times = np.array([g.frame - grid.key for g in seen.glances], np.float32)
    total = np.einsum("n,nhw->hw", times, np.stack(lacks))
    size = (grid.box.w, grid.box.h)
    nearly = cv2.dilate(share, np.ones((3, 3), np.uint8))
    any_lacks = np.asarray(cv2.resize(nearly, size, interpolation=cv2.INTER_LINEAR)) > 0.01
    share = np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_LINEAR), np.float32)
    total = np.asarray(cv2.resize(total, size, interpolation=cv2.INTER_LINEAR), np.float32)
    when = np.where(share > 0.05, total / np.maximum(share, 0.05), 0.0) + grid.key
    return when.astype(np.float32), any_lacks


def _placed(plane: Floats, seen: Survey, grid: Grid, frame: int) -> Floats:
    """Return a small plane of a frame on the plate's grid at reduced size; 0 outside."""
    scale = small_size(seen.size)[0] / seen.size[0]
    size = max(1, round(grid.box.w * scale)), max(1, round(grid.box.h * scale))
    x, y = grid.origin
    shift = np.array([[1.0, 0.0, -x * scale], [0.0, 1.0, -y * scale], [0.0, 0.0, 1.0]])
    matrix = to_small(grid.motion[frame - grid.first], seen.size) @ shift
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(plane, matrix, size, flags=flags), np.float32)
