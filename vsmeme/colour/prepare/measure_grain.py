"""Measure a film's grain where nothing is in focus: how strong, how fine; and its mean colour."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import vapoursynth as vs

from ..grain import KERNEL, NEUTRAL, Stock

Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]

PLACES = 10  # pairs of neighbouring frames that are looked at, spread over the film
BLOCK_PX = 32
FLAT_SHARE = 0.3  # of the blocks of a brightness: the calmest ones
STEPS = (16.0, 60.0, 104.0, 148.0, 192.0, 236.0)  # limits of the brightness classes, 8-bit codes
MOST_BLOCKS = 2000  # of a pair of frames, spread over them: more say nothing new
FEW_BLOCKS = 12  # fewer say nothing about a class
STILL_CODES = 0.6  # largest change of a block's mean between neighbouring frames
DETREND_CYCLES = 0.09  # cycles per px; below it, slopes of the picture hide the grain
LEAST_CODES = 0.15  # weaker grain is rounding
OUTLIER_FACTOR = 2.0  # a class this much above the middle one holds motion, not grain
MOTION_FACTOR = 3.0  # low frequencies of a difference above this multiple of the rest: motion


class Blocks(NamedTuple):
    """Blocks of several frames: mean luma, structure, and the power spectrum of their grain."""

    luma: Numbers
    structure: Numbers
    power: Numbers


def neighbours_to_sample(frames: int) -> list[int]:
    """First frames of the pairs that grain is measured on, spread over a film of a length."""
    if frames < 2:
        return []
    return [int(n) for n in np.unique(np.linspace(0, frames - 2, PLACES).astype(int))]


def measure_stock(clip: vs.VideoNode) -> Stock:
    """Measure grain and mean colour of a film.

    The grain is what differs between neighbouring frames where the picture is flat and still; what
    a codec has frozen or a wall has for texture is not grain.

    Args:
        clip: YUV of 16 bits, limited range, ``w x h x n``; those of ``neighbours_to_sample`` and
            the ones that follow them are rendered.

    Returns:
        The stock; without grain where the film has none, or none that can be told.
    """
    found: list[Blocks] = []
    chroma: list[tuple[float, float]] = []
    for first, second in _neighbours(clip):
        chroma.append((float(first[1].mean()), float(first[2].mean())))
        if first[0].shape[0] >= BLOCK_PX and first[0].shape[1] >= BLOCK_PX:
            found.append(measure_blocks(first[0], second[0]))
    mean = (
        (float(np.mean([u for u, _ in chroma])), float(np.mean([v for _, v in chroma])))
        if chroma
        else (NEUTRAL, NEUTRAL)
    )
    if not found:
        return _rounded(Stock(chroma=mean))
    blocks = Blocks(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    return _rounded(_stock(blocks, mean))


def _rounded(stock: Stock) -> Stock:
    """Leave out the digits that the measurement does not have."""
    return Stock(
        levels=tuple((round(luma, 3), round(sigma, 4)) for luma, sigma in stock.levels),
        kernel=tuple(round(weight, 6) for weight in stock.kernel),
        chroma=(round(stock.chroma[0], 3), round(stock.chroma[1], 3)),
    )


def _neighbours(clip: vs.VideoNode) -> Iterator[tuple[list[Plane], list[Plane]]]:
    """Yield pairs of neighbouring frames as planes in 8-bit codes."""
    for n in neighbours_to_sample(clip.num_frames):
        with clip.get_frame(n) as a, clip.get_frame(n + 1) as b:
            yield _planes(a), _planes(b)


def _planes(frame: vs.VideoFrame) -> list[Plane]:
    scale = np.float32(1 / (1 << (frame.format.bits_per_sample - 8)))
    return [np.asarray(frame[p]).astype(np.float32) * scale for p in range(3)]


def measure_blocks(first: Plane, second: Plane) -> Blocks:
    """Cut two neighbouring frames into blocks; keep those that stand still.

    Args:
        first: Luma, 8-bit codes.
        second: The next frame.

    Returns:
        The blocks; ``power`` is that of one frame's grain, deviation squared a frequency.
    """
    a, b = _cut(first), _cut(second)
    luma = a.mean((1, 2), dtype=np.float64)
    change = (b - a).mean((1, 2), dtype=np.float64) / np.sqrt(2)
    still = np.abs(change) < STILL_CODES
    told = np.flatnonzero(still & (luma > STEPS[0]) & (luma < STEPS[-1]))
    told = told[:: max(1, -(-len(told) // MOST_BLOCKS))]
    a, b, luma = a[told], b[told], luma[told]
    difference = (b - a).astype(np.float64) / np.sqrt(2)
    both = ((a + b) / 2).astype(np.float64)
    smooth = both.reshape(len(both), BLOCK_PX // 4, 4, BLOCK_PX // 4, 4).mean((2, 4))
    structure = smooth.var((1, 2))
    window = np.outer(np.hanning(BLOCK_PX), np.hanning(BLOCK_PX))
    centred = difference - difference.mean((1, 2), keepdims=True)
    power = np.abs(np.fft.fft2(centred * window)) ** 2 / (window**2).sum()
    inside = ~_moving(power)
    return Blocks(luma[inside], structure[inside], power[inside])


def _moving(power: Numbers) -> npt.NDArray[np.bool_]:
    """Tell the blocks whose difference is motion: its power lies at the low frequencies."""
    f = _frequency()
    low = power[:, (f > 0) & (f < 0.13)].mean(1)
    rest = power[:, (f >= 0.13) & (f < 0.3)].mean(1)
    return np.asarray(low > MOTION_FACTOR * rest + 0.05)


def _cut(plane: Plane) -> Plane:
    h, w = (side // BLOCK_PX * BLOCK_PX for side in plane.shape)
    blocks = plane[:h, :w].reshape(h // BLOCK_PX, BLOCK_PX, w // BLOCK_PX, BLOCK_PX)
    return blocks.swapaxes(1, 2).reshape(-1, BLOCK_PX, BLOCK_PX)


def _frequency() -> Numbers:
    f = np.fft.fftfreq(BLOCK_PX)
    return np.asarray(np.hypot(f[:, None], f[None, :]))


def _stock(blocks: Blocks, chroma: tuple[float, float]) -> Stock:
    levels, spectra = [], []
    for low, high in pairwise(STEPS):
        inside = np.flatnonzero((blocks.luma >= low) & (blocks.luma < high))
        if len(inside) < FEW_BLOCKS:
            continue
        calm = inside[np.argsort(blocks.structure[inside])]
        calm = calm[: max(FEW_BLOCKS, round(FLAT_SHARE * len(calm)))]
        sigma = float(np.sqrt(np.median(blocks.power[calm].mean((1, 2)))))
        levels.append((float(np.mean(blocks.luma[calm])), sigma))
        if sigma >= LEAST_CODES:
            spectra.append(np.median(blocks.power[calm], axis=0) / sigma**2)
    cap = OUTLIER_FACTOR * float(np.median([sigma for _, sigma in levels])) if levels else 0.0
    kept = tuple((luma, min(sigma, cap) if sigma >= LEAST_CODES else 0.0) for luma, sigma in levels)
    if not spectra or not any(sigma >= LEAST_CODES for _, sigma in kept):
        return Stock(chroma=chroma)
    return Stock(levels=kept, kernel=kernel_of(np.mean(spectra, axis=0)), chroma=chroma)


def kernel_of(power: Numbers) -> tuple[float, ...]:
    """Return the small kernel whose spectrum is nearest to a measured one.

    Args:
        power: Power spectrum of a block, FFT order.

    Returns:
        5x5 numbers, row by row, symmetric, their squares add up to 1.
    """
    f = _frequency()
    filled = power.copy()
    ring = (f >= DETREND_CYCLES) & (f < DETREND_CYCLES + 0.05)
    filled[f < DETREND_CYCLES] = power[ring].mean()
    mirrored = np.roll(filled[::-1, ::-1], 1, axis=(0, 1))
    target = np.maximum((filled + mirrored) / 2, 1e-6)
    kernel = _truncated(np.fft.ifft2(np.sqrt(target)).real)
    for _ in range(60):  # alternate between the wanted amplitude and the kernel's small support
        spectrum = np.fft.fft2(kernel)
        sign = np.where(spectrum.real < 0, -1.0, 1.0)
        kernel = _truncated(np.fft.ifft2(np.sqrt(target) * sign).real)
    half = KERNEL // 2
    small = np.roll(kernel, (half, half), axis=(0, 1))[:KERNEL, :KERNEL]
    small = small / np.sqrt(np.square(small).sum())
    return tuple(float(v) for v in small.ravel())


def _truncated(kernel: Numbers) -> Numbers:
    half = KERNEL // 2
    index = np.abs(np.fft.fftfreq(BLOCK_PX) * BLOCK_PX)
    inside = (index[:, None] <= half) & (index[None, :] <= half)
    return np.asarray(np.where(inside, kernel, 0.0))
