"""Measure what the upscaled DVD lacks at fine scale beside the wide, where both show the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import vapoursynth as vs

from ...arrays.frames import made_together
from ...memory import trimmed
from ..grain import CODE, Stock
from ..steady import steady_code, steady_inputs
from ..texture import Detail, detail, pull_to_codes
from ..texture_tables import Texture
from .fit_texture import texture_of
from .measure_grain import BLOCK_PX, FLAT_SHARE
from .texture_blocks import DITHERS, FEW_BLOCKS, Numbers, TextureBlocks

core = vs.core

BLOCK = (16, 32)  # rows and columns over which energies are means, px
SHARED_ENERGY = 0.3**2  # of blocks whose texture may be asked after, 8-bit codes squared
APART_FRAMES = 3  # of two looks at a shot
TWICE = 2.0  # as much change as in the wide: what changes is the DVD's codec, not the picture
MOST = 90  # percentile of it that still counts as boiling
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
        rows: Rows next to the seams, for each layout; four frames of each around every frame
            number are rendered.
        stock: The film's grain, which the bands are given besides.
        shots: How many shots the film has.

    Returns:
        What is lacking; nothing where too little is seen.
    """
    lack = measure_lack(rows)
    if not lack:
        return Texture()
    seen, power, boil = lack
    return texture_of(seen, power, stock, shots=shots, boil=boil)


def measure_lack(rows: Iterable[OverlapRows]) -> tuple[TextureBlocks, Numbers, float] | None:
    """Compare blocks of the overlap.

    Args:
        rows: As `measure_texture`.

    Returns:
        The blocks, the power spectrum that the calm ones lack, and what boils in the bands, as in
        `Texture`; ``None`` where nothing is seen.
    """
    parts = list(rows)
    for part in parts:
        _read_ahead(part.wide, part.frames, around=0)
    boil = measure_boil(parts)
    blocks: list[TextureBlocks] = []
    spectra: list[Numbers] = []
    while parts:
        more, powers = _compared(parts.pop(0), boil)  # what its clips keep goes with it
        blocks += more
        spectra += powers
    if not blocks:
        return None
    seen = TextureBlocks(*(np.concatenate(values) for values in zip(*blocks, strict=True)))
    return seen, np.mean(spectra, axis=0), boil


def _compared(part: OverlapRows, boil: float) -> tuple[list[TextureBlocks], list[Numbers]]:
    """Compare the rows of one layout's part: its blocks, and the power that they lack."""
    blocks, spectra = [], []
    _read_ahead(part.own, part.frames, around=1 if boil else 0)
    looks = [_Look(own, wide, boil) for own, wide in zip(part.own, part.wide, strict=True)]
    for n, shot in zip(part.frames, part.shots, strict=True):
        later = _another(part, n, shot)
        for look in looks:  # all seams of a frame before the next frame
            blocks.append(look.blocks(n, shot, n + 1 if later is None else later))
            spectra.append(_lacking_power(_plane(look.own, n), _plane(look.wide, n)))
    return blocks, spectra


def _read_ahead(clips: Sequence[vs.VideoNode], frames: Sequence[int], *, around: int) -> None:
    """Make rows in film order, side by side; their clips keep them, and looks jump to and fro.

    Args:
        clips: One for each seam.
        frames: Frame numbers; each and the one after it are looked at.
        around: Frames before and after these that are looked at, too.
    """
    last = len(clips[0]) - 1
    wanted = {m for n in frames for m in range(n - around, n + 2 + around)}
    for n in trimmed(sorted({min(max(m, 0), last) for m in wanted})):
        deque(made_together(clips, n), maxlen=0)


def measure_boil(rows: Sequence[OverlapRows]) -> float:
    """Measure how much the bands change from frame to frame where nothing moves.

    Args:
        rows: As `measure_texture`; a third of the frames is looked at.

    Returns:
        8-bit codes, at a scale coarser than fine; 0 where everything moves or nothing boils.
    """
    changes = []
    for part in rows:
        for films in zip(part.own, part.wide, strict=True):
            lumas = (core.std.ShufflePlanes(film, 0, vs.GRAY) for film in films)
            mine, theirs = (steady_inputs(*detail(luma)[:2]).change[1] for luma in lumas)
            for n in part.frames[::3]:
                changes.append(np.stack([_blocks(_plane(mine, n)), _blocks(_plane(theirs, n))]))
    if not changes:
        return 0.0
    own, wide = np.concatenate(changes, 1)
    boiling = own[own > wide * TWICE]
    return float(np.sqrt(np.percentile(boiling, MOST))) if boiling.size >= FEW_BLOCKS else 0.0


def _another(rows: OverlapRows, n: int, shot: int) -> int | None:
    """Another frame of the same shot, the next one that is looked at, else the one before.

    One that is a few frames away is preferred: by then a slow pan has moved.
    """
    same = [m for m, other in zip(rows.frames, rows.shots, strict=True) if other == shot and m != n]
    others = [m for m in same if abs(m - n) >= APART_FRAMES] or same
    later = [m for m in others if m > n]
    return later[0] if later else others[-1] if others else None


class _Look:
    """Rows of both films, split by scale."""

    def __init__(self, own: vs.VideoNode, wide: vs.VideoNode, boil: float) -> None:
        self.own, self.wide = (core.std.ShufflePlanes(clip, 0, vs.GRAY) for clip in (own, wide))
        mine = detail(self.own)
        self.activity = mine.activity
        calm = _steadied(self.own, mine, boil) if boil else self.own
        shown = [_rounded(clip, dither) for clip in (self.own, calm) for dither in DITHERS]
        self.fine = [mine.fine, *(detail(clip).fine for clip in (self.wide, calm, *shown))]

    def blocks(self, n: int, shot: int, later: int) -> TextureBlocks:
        """Measure a frame and the one after it; ``later`` is another frame of the shot."""
        planes = [[_plane(clip, k) for k in (n, n + 1)] for clip in self.fine]
        own, wide, calm, *shown = (_energies(first, second) for first, second in planes)
        added = [
            np.stack([np.maximum(each - base, 0) for each in part], 1)
            for base, part in ((own, shown[: len(DITHERS)]), (calm, shown[len(DITHERS) :]))
        ]
        luma = _blocks(_plane(self.own, n) / CODE)
        mine, theirs = planes[0][0], planes[1][0]
        return TextureBlocks(
            np.full(len(luma), float(shot)),
            luma,
            np.log2(np.maximum(_blocks(_plane(self.activity, n)), 1e-6)) / 2,
            own,
            calm,
            wide,
            _fixed(theirs, planes[1][1], _plane(self.fine[1], later)),
            _blocks(mine * theirs),
            _blocks(np.abs(theirs)) ** 2 / np.maximum(_blocks(theirs**2), 1e-9),
            *added,
        )


def _fixed(first: Numbers, second: Numbers, third: Numbers) -> Numbers:
    """How much of what neighbouring frames share is still there in a third one, 0..1, by block.

    A slow pan looks still from frame to frame; noise that is fixed to the canvas would lie on it
    like dust on a window. Blocks that share little have one answer together.
    """
    near, far = _blocks(first * second), _blocks(first * third)
    textured = near > SHARED_ENERGY
    rest = float(near[~textured].sum())
    lasting = np.full(len(near), float(far[~textured].sum()) / rest if rest > 0 else 1.0)
    lasting[textured] = far[textured] / near[textured]
    return np.clip((lasting - GONE) / (FIXED - GONE), 0, 1)


def _steadied(luma: vs.VideoNode, parts: Detail, boil: float) -> vs.VideoNode:
    """The picture without what boils, on the 16-bit grid."""
    clips = steady_inputs(parts.soft, parts.fine).clips
    code = steady_code("xyzabcde", boil, "1") + f"P@ F@ + {CODE} *"
    return core.akarin.Expr(clips, code, format=luma.format.id)


def _rounded(luma: vs.VideoNode, dither: float) -> vs.VideoNode:
    """The picture as eight bits show it, on the 16-bit grid."""
    pulled = core.akarin.Expr(luma, pull_to_codes("x", 1 - dither, CODE))
    few = core.resize.Point(pulled, format=vs.GRAY8, dither_type="ordered")
    return core.resize.Point(few, format=vs.GRAY16)


def _energies(first: Numbers, second: Numbers) -> Numbers:
    """Still and moving energy of the blocks of two frames, a row a block."""
    moving = _blocks((second - first) ** 2) / 2
    still = np.maximum(_blocks(((first + second) / 2) ** 2) - moving / 2, 0)
    return np.stack([still, moving], 1)


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
