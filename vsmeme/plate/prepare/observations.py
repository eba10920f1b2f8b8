"""What the frames of a shot show at the pixels that a plate lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Floats, Ints, Mask, Picture, dilated
from ...pixels.matrix import IDENTITY, Matrix33
from ..ledger import Exposure
from .plate_grid import KERNEL_PX, PlateGrid
from .shot_frames import HALF, Footage, FrameView

# Frames that show one background agree within some codes. From the first spread on (16-bit codes)
# parallax is suspected; at the second, pixels that some frame lacks come from one frame alone.
AGREED, PARTED = 4.0 * 256.0, 12.0 * 256.0


UNSEEN = np.uint16(65535)
# The part of the observations that has to agree, and from which spread of it on (luma, 16-bit
# codes) it counts as no agreement.
AGREEING = 0.4
CHUNK = 1 << 16
CLEAR, EDGE = np.uint8(1), np.uint8(2)


def merge_observations(
    footage: Footage,
    grid: PlateGrid,
    frames: Sequence[int],
    *,
    wanted: Ints,
    when: Floats,
    lacked: Mask,
    exposure: Sequence[Exposure],
    feather_px: int,
) -> tuple[Picture, Mask]:
    """Return one sample for each wanted pixel, and where there is any.

    Observations well clear of the subject count first; where there is none, those outside its
    mask. Where observations disagree (parallax), the frame nearest in time to those that need the
    pixel is used: it matches their surroundings.

    Args:
        footage: Where the frames come from.
        grid: The plate's grid.
        frames: Pair numbers of those that are looked at.
        wanted: Flat indices of plate pixels.
        when: The mean index of the frames in which each plate pixel is missing, ``h x w``.
        lacked: Where any frame does, ``h x w``.
        exposure: What brings the key frame to each frame; empty for none. It is undone here.
        feather_px: How far the subject's soft edge reaches, canvas px.

    Returns:
        Samples, ``3 x p``, and which of them were seen, ``p``.
    """
    seen = Observations()
    for view in footage.read(frames):
        values, clear, edge = _look(view, grid, wanted, feather_px=feather_px)
        if exposure:
            for p, (gain, offset) in enumerate(exposure[view.frame - grid.first]):
                values[p] = (values[p] - np.float32(offset)) / np.float32(gain)
        seen.add(values, clear, edge)
    merged = np.zeros((3, wanted.size), np.float32)
    spread, found = np.zeros(wanted.size, np.float32), np.zeros(wanted.size, np.bool_)
    for at, samples, use in seen.by_chunks():
        merged[:, at], spread[at] = consensus(samples, use)
        found[at] = True
    parted = _smooth_share(spread, found, wanted, lacked)
    numbers, wanted_when = np.array(frames, np.float32), when.reshape(-1)[wanted]
    for at, samples, use in seen.by_chunks() if parted.any() else ():
        alone = parted[at] > 0
        here = at[alone]
        single = nearest(
            samples[:, :, alone], use[:, alone], frames=numbers, when=wanted_when[here]
        )
        merged[:, here] += (single - merged[:, here]) * parted[here]
    return np.clip(np.rint(merged), 0, 65535).astype(np.uint16), found


class Observations:
    """What frames show at the wanted px; a px that a frame does not show takes a byte of it."""

    def __init__(self) -> None:
        self._states: list[NDArray[np.uint8]] = []
        self._values: list[Picture] = []

    def add(self, values: Floats, clear: Mask, edge: Mask) -> None:
        """Keep what a frame shows.

        Args:
            values: Its samples at all wanted px, ``3 x p``.
            clear: Where it is well clear of the subject, ``p``.
            edge: Where it is outside the subject's mask, ``p``.
        """
        self._states.append(CLEAR * clear.astype(np.uint8) | EDGE * edge.astype(np.uint8))
        shown = values[:, clear | edge]
        self._values.append(np.clip(np.rint(shown), 0, 65534).astype(np.uint16))

    def by_chunks(self) -> Iterator[tuple[Ints, Picture, Mask]]:
        """Yield the px that some frame shows, piece by piece.

        Yields:
            Their numbers, ``q``, ascending; their samples, ``3 x n x q``; which count, ``n x q``.
        """
        starts = [0] * len(self._states)
        for first in range(0, self._states[0].size, CHUNK):
            states = np.stack([each[first : first + CHUNK] for each in self._states])
            samples = np.zeros((3, *states.shape), np.uint16)
            for i, values in enumerate(self._values):
                own = states[i] > 0
                end = starts[i] + int(np.count_nonzero(own))
                samples[:, i, own] = values[:, starts[i] : end]
                starts[i] = end
            shown = np.flatnonzero(states.any(axis=0))
            states = states[:, shown]
            clear = (states & CLEAR) > 0
            use = np.where(clear.any(axis=0), clear, (states & EDGE) > 0)
            yield first + shown, samples[:, :, shown], use


def _smooth_share(spread: Floats, found: Mask, wanted: Ints, lacked: Mask) -> Floats:
    """Return how much of a single frame each wanted pixel takes, 0..1, without edges."""
    reach = max(3, lacked.shape[1] // 64)
    weight = np.zeros(lacked.shape, np.float32)
    weight.reshape(-1)[wanted] = found
    total = np.zeros(lacked.shape, np.float32)
    total.reshape(-1)[wanted] = np.where(found, spread, 0.0)
    seen = np.maximum(cv2.blur(weight, (reach, reach)), 1e-3)
    mean = np.asarray(cv2.blur(total, (reach, reach)) / seen, np.float32)
    share = np.clip((mean - AGREED) / (PARTED - AGREED), 0.0, 1.0) * lacked
    share = cv2.blur(share.astype(np.float32), (reach, reach))
    return np.where(found, share.reshape(-1)[wanted], 0.0).astype(np.float32)


def _look(
    view: FrameView, grid: PlateGrid, wanted: NDArray[np.int64], *, feather_px: int
) -> tuple[NDArray[np.float32], Mask, Mask]:
    """Return a frame's samples at the wanted plate pixels, and which are clear or at an edge."""
    real = ~view.missing
    clear = real & ~dilated(view.subject > 0, feather_px)
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
    whole = ~dilated(view.missing, KERNEL_PX) & (inner > 0)
    states = (clear & whole).astype(np.uint8) + 2 * (edge & whole).astype(np.uint8)
    state = cv2.remap(states, across, down, cv2.INTER_NEAREST, borderValue=0).reshape(-1)
    state = np.asarray(state, np.uint8)[: wanted.size]
    values = np.empty((3, wanted.size), np.float32)
    for own, plane in zip(values, view.picture, strict=True):
        moved = cv2.remap(plane.astype(np.float32), across, down, cv2.INTER_CUBIC)
        own[:] = moved.reshape(-1)[: wanted.size]
    return values, (state & 1) > 0, (state & 2) > 0


def _places(
    matrix: Matrix33, wanted: NDArray[np.int64], width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where plate pixels lie in a frame, in index coordinates, as maps for cv2.remap."""
    row = 4096  # remap takes at most 32767 columns
    across, down = np.zeros((2, -(-wanted.size // row) * row), np.float32)
    (a, b, c), (d, e, f), (g, h, i) = matrix
    for first in range(0, wanted.size, CHUNK):
        part = slice(first, min(first + CHUNK, wanted.size))
        x, y = wanted[part] % width + 0.5, wanted[part] // width + 0.5
        w = g * x + h * y + i
        across[part] = (a * x + b * y + c) / w - 0.5
        down[part] = (d * x + e * y + f) / w - 0.5
    return across.reshape(-1, row), down.reshape(-1, row)


def consensus(samples: Picture, use: Mask) -> tuple[Floats, Floats]:
    """Return the mean of the observations that agree best, and how far these lie apart.

    Args:
        samples: ``3 x n x p``: n observations of p pixels.
        use: Which of them count, ``n x p``.

    Returns:
        ``3 x p`` and the spread of their luma, ``p``; nothing of use where no observation counts.
    """
    length, pixels = use.shape
    luma = np.where(use, samples[0], UNSEEN).astype(np.int32)
    order = luma.argsort(axis=0)
    luma = np.take_along_axis(luma, order, axis=0)
    count = use.sum(axis=0)
    size = np.maximum(np.ceil(AGREEING * count).astype(int), np.minimum(count, 2))
    columns = np.arange(pixels)
    best = np.zeros(pixels, np.int64)
    spread = np.full(pixels, np.iinfo(np.int32).max, np.int32)
    for first in range(length):
        last = np.clip(first + size - 1, 0, length - 1)
        width = luma[last, columns] - luma[first]
        better = (width < spread) & (first + size <= count)
        best[better] = first
        spread[better] = width[better]
    rank = np.arange(length)[:, None]
    chosen = (rank >= best) & (rank < best + size)
    total = np.maximum(chosen.sum(axis=0), 1)
    middle = np.stack(
        [(np.take_along_axis(plane, order, axis=0) * chosen).sum(axis=0) / total
         for plane in samples.astype(np.float32)]
    )  # fmt: skip
    return middle.astype(np.float32), spread.astype(np.float32)


def nearest(samples: Picture, use: Mask, *, frames: Floats, when: Floats) -> Floats:
    """Return what the frame shows that is nearest in time.

    Args:
        samples: ``3 x n x p``.
        use: Which of them count, ``n x p``.
        frames: The observations' frame numbers, ``n``.
        when: The frame number that is wanted at each pixel, ``p``.

    Returns:
        ``3 x p``.
    """
    away = np.full(when.shape, np.inf, np.float32)
    choice = np.zeros(when.shape, np.int64)
    for i, frame in enumerate(frames):
        closer = use[i] & (np.abs(frame - when) < away)
        away[closer] = np.abs(frame - when[closer])
        choice[closer] = i
    return samples[:, choice, np.arange(when.size)].astype(np.float32)
