"""Blocks of the overlap, seen at fine scale in both films, and the arithmetic on their energies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from ..grain import KERNEL
from .measure_grain import BLOCK_PX

Numbers = npt.NDArray[np.float64]

DITHERS = (1.0, 0.5, 0.0)
"""Shares of the delivered dither. Ordered dither adds up to 0.4 codes that the wide, whose samples
are whole codes already, does not have."""
FEW_BLOCKS = 24  # fewer say nothing about a degree of activity
LEAST_CODES = 0.1  # a lack below this is rounding
LEAST_GAIN = 0.5  # less would smooth out what the eye still sees at ten bits
TINY = 0.02**2


class TextureBlocks(NamedTuple):
    """Blocks of the overlap, one number each; energies are mean squares in 8-bit codes.

    Attributes:
        shot: Number of the shot.
        luma: Mean luma, 8-bit codes.
        activity: log2 of the local activity of the upscaled DVD.
        own: Fine energy of the upscaled DVD: what two neighbouring frames share, and the rest in
            one frame; two numbers a block.
        calm: The same after it was steadied in time.
        wide: The same of the wide.
        fixed: How much of what they share lies still on the canvas for long, 0..1.
        both: Mean product of their fine structures.
        spread: How evenly the wide's fine structure fills the block: squared mean amount over mean
            square, 0.64 for noise, less for edges.
        rounded: What rounding to the delivered bits adds to ``own``, with each of `DITHERS`.
        rounded_calm: The same to ``calm``.
    """

    shot: Numbers
    luma: Numbers
    activity: Numbers
    own: Numbers
    calm: Numbers
    wide: Numbers
    fixed: Numbers
    both: Numbers
    spread: Numbers
    rounded: Numbers
    rounded_calm: Numbers

    def part(self, inside: npt.NDArray[np.bool_]) -> Self:
        """Some of the blocks."""
        return self.__class__(*(values[inside] for values in self))

    def delivered(self, gain: float | Numbers, steady: float | Numbers) -> Numbers:
        """Still and moving energy, two numbers a block, after gain, steadying and rounding.

        Args:
            gain: Factor on fine structure, one or one a block.
            steady: Share of what boils that is taken out, one or one a block.
        """
        share = np.broadcast_to(steady, len(self.own))[:, None]
        root = (1 - share) * np.sqrt(self.own) + share * np.sqrt(self.calm)
        rounded = self.rounded + share * (self.rounded_calm - self.rounded)
        return np.asarray(np.broadcast_to(gain, len(self.own))[:, None] ** 2 * root**2 + rounded)


def at_luma(luma: Numbers, knots: Sequence[tuple[float, float]]) -> Numbers:
    """Return values between knots, constant beyond them.

    Args:
        luma: Places, 8-bit codes.
        knots: Luma and value, luma rising.
    """
    places, values = np.array(knots, np.float64).T
    return np.asarray(np.interp(luma, places, values))


def least(enough: Callable[[float], bool]) -> float:
    """Return the smallest number in 0..1 that is enough; 1 where none is."""
    if enough(0.0):
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def log_ratio(own: Numbers, wide: Numbers) -> float:
    """Return by how much a deviation is above the wide's: log2, median over blocks."""
    return float(np.median(np.log2((own + TINY) / (wide + TINY))) / 2)


def fine_share(kernel: Sequence[float]) -> float:
    """Return which share of the energy of noise of a spectrum is fine, as `detail` splits it."""
    side = 2 * BLOCK_PX
    padded = np.zeros((side, side))
    padded[:KERNEL, :KERNEL] = np.reshape(kernel, (KERNEL, KERNEL))
    f = np.fft.fftfreq(side)
    box = ((1 + 2 * np.cos(2 * np.pi * f)) / 3) ** 3
    fine = (1 - np.outer(box, box)) ** 2
    return float((np.abs(np.fft.fft2(padded)) ** 2 * fine).mean())


def lack(own: Numbers, wide: Numbers) -> float:
    """Return the deviation of noise that brings half of the blocks above the wide's energy.

    Nothing lacks where there is no block, as in a shot of which no pair was looked at.
    """
    if not len(wide):
        return 0.0
    low, high = 0.0, float(wide.max()) + TINY
    for _ in range(40):
        middle = (low + high) / 2
        short = np.median(np.log((own + middle + TINY) / (wide + TINY))) < 0
        low, high = (middle, high) if short else (low, middle)
    return float(np.sqrt(low)) if low > LEAST_CODES**2 else 0.0
