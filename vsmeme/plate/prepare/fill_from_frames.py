"""Real pixels first: what the key frame lacks, from other frames of the shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.images import Floats, Mask, Picture, dilated
from ..ledger import Exposure
from .match_light import RIM_SHARE, match_light, rim
from .observations import merge_observations
from .plate_grid import PlateGrid
from .shot_frames import Footage
from .shot_survey import Survey, small_size, to_small

# Samples kept until they are merged; fewer frames are read where more would be needed.
BUDGET_BYTES = 1_200_000_000
MOST_FRAMES = 21


# A pixel is well known from this many clear observations on.
ENOUGH = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A plate of real pixels.

    Attributes:
        plate: Samples, ``3 x h x w``.
        open: What no frame shows and the key frame lacks: to be generated.
        hidden: What the subject hides in every frame: never shown, never generated.
        subject: The subject on the key frame.
        lacked: What any frame lacks and takes from the plate.
        from_others: Pixels that came from other frames.
    """

    plate: Picture
    open: Mask
    hidden: Mask
    subject: Mask
    lacked: Mask
    from_others: int


def fill(
    footage: Footage,
    seen: Survey,
    grid: PlateGrid,
    *,
    exposure: Sequence[Exposure],
    feather_px: int,
    reliable: bool = True,
) -> Filled:
    """Fill the key frame's gaps by what other frames show.

    Args:
        footage: Where the frames come from.
        seen: The survey of the same frames.
        grid: The plate's grid.
        exposure: What brings the key frame to each frame; empty for none. It is undone here.
        feather_px: How far the subject's soft edge reaches, canvas px.
        reliable: Whether the grid's motion holds; without it only the key frame is used.

    Returns:
        The plate.
    """
    when, lacked = wanted_when(seen, grid)
    key = next(iter(footage.read([grid.key])))
    shape = (grid.box.h, grid.box.w)
    plate = np.zeros((3, *shape), np.uint16)
    plate[:, *grid.canvas_slices] = key.picture
    kept = _on_plate(grid, ~key.missing & ~dilated(key.subject > 0, feather_px))
    real = _on_plate(grid, ~key.missing)
    subject = _on_plate(grid, key.subject > 0)
    filled = np.zeros(shape, np.bool_)
    if not kept.all():
        compared = rim(kept, width_px=max(4, round(seen.size[0] * RIM_SHARE)))
        wanted = np.flatnonzero(~kept | compared)
        most = max(5, min(MOST_FRAMES, BUDGET_BYTES // (7 * wanted.size)))
        chosen = choose_frames(seen, grid, most=most) if reliable else [grid.key]
        merged, found = merge_observations(
            footage,
            grid,
            chosen,
            wanted=wanted,
            when=when,
            lacked=lacked,
            exposure=exposure,
            feather_px=feather_px,
        )
        known = plate.copy()
        known.reshape(3, -1)[:, wanted[found]] = merged[:, found]
        filled.reshape(-1)[wanted[found]] = True
        plate = match_light(plate, known, both=filled & compared, filled=filled & ~kept)
    unknown = ~kept & ~filled
    return Filled(
        plate=plate,
        open=unknown & ~real,
        hidden=unknown & real,
        subject=subject,
        lacked=lacked,
        from_others=int(np.count_nonzero(filled & ~kept)),
    )


def _on_plate(grid: PlateGrid, part: Mask) -> Mask:
    """Place a mask of the canvas on the plate; False beyond it."""
    out = np.zeros((grid.box.h, grid.box.w), np.bool_)
    out[grid.canvas_slices] = part
    return out


def choose_frames(seen: Survey, grid: PlateGrid, *, most: int) -> list[int]:
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


def wanted_when(seen: Survey, grid: PlateGrid) -> tuple[Floats, Mask]:
    """Return each plate pixel's mean index of the frames in which it is missing, and where any is.

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


def _placed(plane: Floats, seen: Survey, grid: PlateGrid, frame: int) -> Floats:
    """Return a small plane of a frame on the plate's grid at reduced size; 0 outside."""
    scale = small_size(seen.size)[0] / seen.size[0]
    size = max(1, round(grid.box.w * scale)), max(1, round(grid.box.h * scale))
    x, y = grid.origin
    shift = np.array([[1.0, 0.0, -x * scale], [0.0, 1.0, -y * scale], [0.0, 0.0, 1.0]])
    matrix = to_small(grid.motion[frame - grid.first], seen.size) @ shift
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(plane, matrix, size, flags=flags), np.float32)
