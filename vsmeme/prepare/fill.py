"""Real pixels first: what the key frame lacks, from other frames of the shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..geometry import Rect
from ..ledger import Exposure, Mask, Picture
from ..matrix import IDENTITY, Matrix33, apply, compose, invert, translation
from .footage import HALF, Footage, View, grow
from .settle import RIM_SHARE, rim, settle
from .survey import Survey, small_size, to_small

# Samples kept while the median is taken; fewer frames are read where more would be needed.
BUDGET_BYTES = 1_200_000_000
MOST_FRAMES = 33
# A pixel is well known from this many clear observations on.
ENOUGH = 7
# Catmull-Rom reads two samples around; cv2.remap's cubic does, too.
KERNEL_PX = 2
_SENTINEL = np.uint16(65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The plate's pixel grid.

    Attributes:
        key: Pair number of the key frame.
        canvas: Width and height of the canvas.
        box: The plate in the key frame's canvas px; its corner is zero or negative.
        motion: Key-frame canvas edge coordinates to each surveyed frame's; all identity for a
            still camera.
        first: Pair number of the first of them.
    """

    key: int
    canvas: tuple[int, int]
    box: Rect
    motion: tuple[Matrix33, ...]
    first: int

    @property
    def origin(self) -> tuple[int, int]:
        """Where the key frame's canvas lies in the plate."""
        return -self.box.x, -self.box.y

    @property
    def canvas_slices(self) -> tuple[slice, slice]:
        """The key frame's canvas as slices of the plate."""
        x, y = self.origin
        return slice(y, y + self.canvas[1]), slice(x, x + self.canvas[0])

    def to_frame(self, frame: int) -> Matrix33:
        """Return the transform from the plate's edge coordinates to a frame's."""
        x, y = self.origin
        return compose(self.motion[frame - self.first], translation(-x, -y))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A plate of real pixels.

    Attributes:
        plate: Samples, ``3 x h x w``.
        open: What no frame shows and the key frame lacks: to be generated.
        hidden: What the subject hides in every frame: never shown, never generated.
        subject: The subject on the key frame.
        from_others: Pixels that came from other frames.
    """

    plate: Picture
    open: Mask
    hidden: Mask
    subject: Mask
    from_others: int


def plan_grid(seen: Survey, key: int, *, moving: bool) -> Grid:
    """Lay the plate's grid out: the canvas, or for a moving camera all that its frames show."""
    width, height = seen.size
    first = seen.glances[0].frame
    if not moving:
        still = (IDENTITY,) * len(seen.glances)
        box = Rect(x=0, y=0, w=width, h=height)
        return Grid(key=key, canvas=seen.size, box=box, motion=still, first=first)
    motion = seen.motion_from(key)
    corners = np.array(
        [
            apply(invert(matrix), x, y)
            for matrix in motion
            for x, y in ((0, 0), (width, 0), (0, height), (width, height))
        ]
    )
    # One kernel more than the frames reach, so that warping never reads a border.
    low = np.minimum(np.floor(corners.min(axis=0)).astype(int) - KERNEL_PX, 0)
    high = np.maximum(np.ceil(corners.max(axis=0)).astype(int) + KERNEL_PX, (width, height))
    box = Rect(x=int(low[0]), y=int(low[1]), w=int(high[0] - low[0]), h=int(high[1] - low[1]))
    return Grid(key=key, canvas=seen.size, box=box, motion=motion, first=first)


def fill(
    footage: Footage,
    seen: Survey,
    grid: Grid,
    *,
    exposure: Sequence[Exposure],
    feather_px: int,
    reliable: bool = True,
) -> Filled:
    """Fill the key frame's gaps by a robust median over other frames.

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
    key = next(iter(footage.read([grid.key])))
    shape = (grid.box.h, grid.box.w)
    plate = np.zeros((3, *shape), np.uint16)
    plate[:, *grid.canvas_slices] = key.picture
    kept = np.zeros(shape, np.bool_)
    kept[grid.canvas_slices] = ~key.missing & ~grow(key.subject > 0, feather_px)
    real = np.zeros(shape, np.bool_)
    real[grid.canvas_slices] = ~key.missing
    subject = np.zeros(shape, np.bool_)
    subject[grid.canvas_slices] = key.subject > 0
    filled = np.zeros(shape, np.bool_)
    if not kept.all():
        compared = rim(kept, width_px=max(4, round(seen.size[0] * RIM_SHARE)))
        wanted = np.flatnonzero(~kept | compared)
        most = max(5, min(MOST_FRAMES, BUDGET_BYTES // (7 * wanted.size)))
        chosen = choose_frames(seen, grid, most=most) if reliable else [grid.key]
        median, found = _gather(
            footage, grid, chosen, wanted, exposure=exposure, feather_px=feather_px
        )
        known = plate.copy()
        known.reshape(3, -1)[:, wanted[found]] = median[:, found]
        filled.reshape(-1)[wanted[found]] = True
        plate = settle(plate, known, both=filled & compared, filled=filled & ~kept)
    unknown = ~kept & ~filled
    return Filled(
        plate=plate,
        open=unknown & ~real,
        hidden=unknown & real,
        subject=subject,
        from_others=int(np.count_nonzero(filled & ~kept)),
    )


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
    shown = np.stack([_shown(seen, grid, frame).reshape(-1) for frame in frames])
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


def _shown(seen: Survey, grid: Grid, frame: int) -> Mask:
    """Return which small pixels of the plate a frame shows clearly."""
    small = small_size(seen.size)
    scale = small[0] / seen.size[0]
    size = max(1, round(grid.box.w * scale)), max(1, round(grid.box.h * scale))
    x, y = grid.origin
    shift = np.array([[1.0, 0.0, -x * scale], [0.0, 1.0, -y * scale], [0.0, 0.0, 1.0]])
    matrix = to_small(grid.motion[frame - grid.first], seen.size) @ shift
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return (
        np.asarray(cv2.warpPerspective(seen.at(frame).background, matrix, size, flags=flags)) > 0.9
    )


def _gather(
    footage: Footage,
    grid: Grid,
    frames: Sequence[int],
    wanted: NDArray[np.int64],
    *,
    exposure: Sequence[Exposure],
    feather_px: int,
) -> tuple[Picture, Mask]:
    """Return the median of what the frames show at the wanted pixels, and where any does.

    Samples well clear of the subject count first; where there is none, those outside its mask.
    """
    samples = np.full((3, len(frames), wanted.size), _SENTINEL)
    clear = np.zeros((len(frames), wanted.size), np.bool_)
    edge = np.zeros((len(frames), wanted.size), np.bool_)
    for i, view in enumerate(footage.read(frames)):
        values, clear[i], edge[i] = _look(view, grid, wanted, feather_px=feather_px)
        if exposure:
            for p, (gain, offset) in enumerate(exposure[view.frame - grid.first]):
                values[p] = (values[p] - np.float32(offset)) / np.float32(gain)
        samples[:, i] = np.clip(np.rint(values), 0, 65534)
    use = np.where(clear.any(axis=0), clear, edge)
    samples[:, ~use] = _SENTINEL
    samples.sort(axis=1)
    count = use.sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, len(frames) - 1)
    columns = np.arange(wanted.size)
    middle = samples[:, low, columns].astype(np.uint32) + samples[:, high, columns]
    return ((middle + 1) // 2).astype(np.uint16), count > 0


def _look(
    view: View, grid: Grid, wanted: NDArray[np.int64], *, feather_px: int
) -> tuple[NDArray[np.float32], Mask, Mask]:
    """Return a frame's samples at the wanted plate pixels, and which are clear or at an edge."""
    real = ~view.missing
    clear = real & ~grow(view.subject > 0, feather_px)
    edge = real & (view.subject < HALF)
    matrix = grid.to_frame(view.frame)
    if matrix == IDENTITY:
        planes = view.picture.reshape(3, -1)
        values = planes[:, wanted].astype(np.float32)
        return values, clear.reshape(-1)[wanted], edge.reshape(-1)[wanted]
    across, down = _places(matrix, wanted, grid.box.w)
    shape = view.missing.shape
    inner = np.zeros(shape, np.uint8)
    inner[KERNEL_PX : shape[0] - KERNEL_PX, KERNEL_PX : shape[1] - KERNEL_PX] = 1
    whole = ~grow(view.missing, KERNEL_PX) & (inner > 0)
    states = (clear & whole).astype(np.uint8) + 2 * (edge & whole).astype(np.uint8)
    state = cv2.remap(states, across, down, cv2.INTER_NEAREST, borderValue=0).reshape(-1)
    state = np.asarray(state, np.uint8)[: wanted.size]
    values = np.stack(
        [
            np.asarray(cv2.remap(plane.astype(np.float32), across, down, cv2.INTER_CUBIC)).reshape(
                -1
            )[: wanted.size]
            for plane in view.picture
        ]
    )
    return values, (state & 1) > 0, (state & 2) > 0


def _places(
    matrix: Matrix33, wanted: NDArray[np.int64], width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where plate pixels lie in a frame, in index coordinates, as maps for cv2.remap."""
    row = 4096  # remap takes at most 32767 columns
    padded = np.resize(wanted, -(-wanted.size // row) * row)
    x, y = padded % width + 0.5, padded // width + 0.5
    (a, b, c), (d, e, f), (g, h, i) = matrix
    w = g * x + h * y + i
    across = (a * x + b * y + c) / w - 0.5
    down = (d * x + e * y + f) / w - 0.5
    return across.reshape(-1, row).astype(np.float32), down.reshape(-1, row).astype(np.float32)
