"""Measure what the upscaled DVD lacks at fine scale beside the wide, where both show the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import vapoursynth as vs

from ..grain import CODE, Stock
from ..texture import detail, pull_to_codes
from ..texture_tables import Texture
from .fit_texture import DITHERS, Numbers, TextureBlocks, texture_of
from .measure_grain import BLOCK_PX, FLAT_SHARE

core = vs.core

BLOCK = (16, 32)  # rows and columns over which energies are means, px
SHARED_ENERGY = 0.3**2  # of blocks whose texture may be asked after, 8-bit codes squared
GONE, FIXED = 0.3, 0.7  # share of the texture found again: none is fixed, all of it is


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapRows:
    """Rows of the overlap, upscaled as the bands are, and the wide's own.

    Attributes:
        own: The upscaled DVD, colour-fitted, YUV444P16: one clip for each seam.
        wide: The wide over the same px, YUV444P16, of the same length.
        frames: Frames whose next one is of the same shot, ascending.
        shots: The number of the shot of each.
    """

    own: Sequence[vs.VideoNode]
    wide: Sequence[vs.VideoNode]
    frames: Sequence[int]
    shots: Sequence[int]


def measure_texture(rows: Iterable[OverlapRows], stock: Stock, *, shots: int = 1) -> Texture:
    """Measure what the bands of a film lack.

    Args:
        rows: Rows next to the seams, for each layout; two frames of each for every frame number
            are rendered.
        stock: The film's grain, which the bands are given besides.
        shots: How many shots the film has.

    Returns:
        What is lacking; nothing where too little is seen.
    """
    lack = measure_lack(rows)
    return texture_of(*lack, stock, shots=shots) if lack else Texture()


def measure_lack(rows: Iterable[OverlapRows]) -> tuple[TextureBlocks, Numbers] | None:
    """Compare blocks of the overlap.

    Args:
        rows: As `measure_texture`.

    Returns:
        The blocks, and the power spectrum that the calm ones lack; ``None`` where nothing is seen.
    """
    blocks, spectra = [], []
    for part in rows:
        looks = [_Look(own, wide) for own, wide in zip(part.own, part.wide, strict=True)]
        for n, shot in zip(part.frames, part.shots, strict=True):
            later = _another(part, n, shot)
            for look in looks:  # all seams of a frame before the next frame
                fixed = 1.0 if later is None else look.fixed(n, later)
                blocks.append(look.blocks(n, shot, fixed))
                spectra.append(_lacking_power(_plane(look.own, n), _plane(look.wide, n)))
    if not blocks:
        return None
    seen = TextureBlocks(*(np.concatenate(values) for values in zip(*blocks, strict=True)))
    return seen, np.mean(spectra, axis=0)


def _another(rows: OverlapRows, n: int, shot: int) -> int | None:
    """Another frame of the same shot, the next one that is looked at, else the one before."""
    same = [m for m, other in zip(rows.frames, rows.shots, strict=True) if other == shot]
    at = same.index(n)
    return same[at + 1] if at + 1 < len(same) else same[at - 1] if at else None


class _Look:
    """Rows of both films, split by scale."""

    def __init__(self, own: vs.VideoNode, wide: vs.VideoNode) -> None:
        self.own, self.wide = (core.std.ShufflePlanes(clip, 0, vs.GRAY) for clip in (own, wide))
        mine = detail(self.own)
        self.activity = mine.activity
        rounded = [detail(_rounded(self.own, dither)).fine for dither in DITHERS]
        self.fine = [mine.fine, detail(self.wide).fine, *rounded]

    def fixed(self, n: int, later: int) -> float:
        """How much of what two neighbouring frames share is still there much later, 0..1.

        A slow pan looks still from frame to frame; noise that is fixed to the canvas would lie on
        it like dust on a window.
        """
        first, second, third = (_plane(self.fine[1], k) for k in (n, n + 1, later))
        near, far = _blocks(first * second), _blocks(first * third)
        textured = near > SHARED_ENERGY
        if not textured.any():
            return 1.0
        lasting = float(np.median(far[textured] / near[textured]))
        return float(np.clip((lasting - GONE) / (FIXED - GONE), 0, 1))

    def blocks(self, n: int, shot: int, fixed: float) -> TextureBlocks:
        """Measure a frame and the one after it.

        What is still from frame to frame but goes along with a slow pan is left out on both sides:
        nothing that lies still on the canvas, and nothing that flickers, could stand for it.
        """
        planes = [[_plane(clip, k) for k in (n, n + 1)] for clip in self.fine]
        both = [_energies(first, second) for first, second in planes]
        both = [(fixed * still, moving) for still, moving in both]
        own, wide, *delivered = both
        luma = _blocks(_plane(self.own, n) / CODE)
        return TextureBlocks(
            np.full(len(luma), float(shot)),
            luma,
            np.log2(np.maximum(_blocks(_plane(self.activity, n)), 1e-6)) / 2,
            *own,
            *wide,
            _blocks(planes[0][0] * planes[1][0]),
            _blocks(np.abs(planes[1][0])) ** 2 / np.maximum(_blocks(planes[1][0] ** 2), 1e-9),
            np.stack([np.maximum(still - own[0], 0) for still, _ in delivered], 1),
            np.stack([np.maximum(moving - own[1], 0) for _, moving in delivered], 1),
        )


def _rounded(luma: vs.VideoNode, dither: float) -> vs.VideoNode:
    """The picture as eight bits show it, on the 16-bit grid."""
    pulled = core.akarin.Expr(luma, pull_to_codes("x", 1 - dither, CODE))
    few = core.resize.Point(pulled, format=vs.GRAY8, dither_type="ordered")
    return core.resize.Point(few, format=vs.GRAY16)


def _energies(first: Numbers, second: Numbers) -> tuple[Numbers, Numbers]:
    """Still and moving energy of the blocks of two frames."""
    moving = _blocks((second - first) ** 2) / 2
    return np.maximum(_blocks(((first + second) / 2) ** 2) - moving / 2, 0), moving


def _plane(clip: vs.VideoNode, n: int) -> Numbers:
    with clip.get_frame(n) as frame:
        return np.asarray(frame[0]).astype(np.float64)


def _blocks(plane: Numbers) -> Numbers:
    down, across = BLOCK
    h, w = plane.shape[0] // down * down, plane.shape[1] // across * across
    cut = plane[:h, :w].reshape(h // down, down, w // across, across)
    return np.asarray(cut.mean((1, 3)).ravel())


def _lacking_power(own: Numbers, wide: Numbers) -> Numbers:
    """Power spectrum that the calmest square blocks lack: edges have detail, not texture."""
    h, w = (side // BLOCK_PX * BLOCK_PX for side in own.shape)
    powers = []
    window = np.outer(np.hanning(BLOCK_PX), np.hanning(BLOCK_PX))
    for plane in (own / CODE, wide / CODE):
        squares = plane[:h, :w].reshape(h // BLOCK_PX, BLOCK_PX, w // BLOCK_PX, BLOCK_PX)
        cut = squares.swapaxes(1, 2).reshape(-1, BLOCK_PX, BLOCK_PX)
        centred = (cut - cut.mean((1, 2), keepdims=True)) * window
        powers.append(np.abs(np.fft.fft2(centred)) ** 2 / (window**2).sum())
    calm = np.argsort(powers[0].sum((1, 2)))[: max(1, round(FLAT_SHARE * len(powers[0])))]
    return np.asarray(np.median(powers[1][calm], 0) - np.median(powers[0][calm], 0))
