"""Sums over px of the overlap: what the DVD's features say of the wide's detail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from .samples import TrainingSample
from .upscaler_graph import Inputs

Array = npt.NDArray[np.float32]
Sums = npt.NDArray[np.float64]
Picked = npt.NDArray[np.intp]

LUMA_PX, NEIGHBOUR_PX, CHROMA_PX, MOVED_CHROMA_PX = 7, 5, 5, 3
PIXELS_A_FRAME = 18_000  # evenly spread; more do not change what is trained
SUMMED_PX = 10_000  # of them for the sums: 36 frames have a thousand px for each weight
GOLDEN = (5**0.5 - 1) / 2
STRANGE = 3.0  # medians of strangeness, beyond which a frame is left out
STILL = 0.5 / 255  # mean change of the wide's luma in 3x3 DVD px below which nothing moves


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchWindow:
    """Some maps and the box of each in which the filters see it."""

    maps: tuple[int, ...]
    size: int

    @property
    def taps(self) -> int:
        """Weights of one filter."""
        return len(self.maps) * self.size**2


def windows(inputs: Inputs) -> tuple[PatchWindow, ...]:
    """Return the windows in which the maps of ``inputs`` are seen."""
    found = [PatchWindow(maps=(0,), size=LUMA_PX), PatchWindow(maps=(1, 2), size=CHROMA_PX)]
    if inputs.reach:
        luma = range(3, inputs.channels, 3)
        found.append(PatchWindow(maps=tuple(luma), size=NEIGHBOUR_PX))
        chroma = tuple(m for f in luma for m in (f + 1, f + 2))
        found.append(PatchWindow(maps=chroma, size=MOVED_CHROMA_PX))
    deep = range(inputs.channels, inputs.channels + inputs.deep)
    for maps in (deep, range(deep.stop, inputs.maps)):
        if maps:
            found.append(PatchWindow(maps=tuple(maps), size=1))
    return tuple(found)


def unfold(maps: Array, inputs: Inputs, at: tuple[Picked, Picked] | None = None) -> Array:
    """Lay the windows of each px side by side.

    Args:
        maps: Rows, columns, maps.
        inputs: What the maps are.
        at: Rows and columns of the px; all by default.

    Returns:
        The shape of ``at``, or rows and columns, then taps and a one.
    """
    rows, columns = np.indices(maps.shape[:2], np.intp) if at is None else at
    parts = []
    for window in windows(inputs):
        radius = window.size // 2
        chosen = maps[..., window.maps]
        grown = np.pad(chosen, [(radius, radius), (radius, radius), (0, 0)], mode="edge")
        seen = sliding_window_view(grown, (window.size, window.size), (0, 1))
        parts.append(seen[rows, columns].reshape(*rows.shape, window.taps))
    parts.append(np.ones((*rows.shape, 1), np.float32))
    return np.concatenate(parts, -1, dtype=np.float32)


def picked(inputs: Inputs, part: Inputs, *, luma: bool) -> Picked:
    """Return which taps a smaller selection uses, for luma or for chroma; the one is last."""
    numbers: list[int] = []
    at = 0
    for window in windows(inputs):
        for map_ in window.maps:
            own = range(at, at + window.size**2)
            at += window.size**2
            frame = map_ // 3 if map_ < inputs.channels else -1
            if frame >= 0:
                used = frame <= 2 * part.reach
            else:
                own_map = map_ >= inputs.channels + inputs.deep
                used = part.own is not None if own_map else part.deep > 0
            chroma = frame >= 0 and map_ % 3 > 0
            # luma helps to predict chroma's edges; chroma does not help luma
            moved_luma = frame > 0 and not chroma
            if used and not (chroma if luma else moved_luma):
                numbers.extend(own)
    return np.array([*numbers, at], np.intp)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalSums:
    """Sums over px of one frame, or of several: features, features with wanted, wanted squared."""

    features: Sums
    wanted: Sums
    energy: Sums
    count: float

    @staticmethod
    def total(parts: Iterable[NormalSums]) -> NormalSums:
        """Add up."""
        found = list(parts)
        return NormalSums(
            features=np.sum([p.features for p in found], 0, dtype=np.float64),
            wanted=np.sum([p.wanted for p in found], 0, dtype=np.float64),
            energy=np.sum([p.energy for p in found], 0, dtype=np.float64),
            count=float(sum(p.count for p in found)),
        )

    def plus(self, other: NormalSums, share: float) -> NormalSums:
        """Add ``other``, each px of it counting ``share`` of one of ours; our px count stays."""
        weight = share * self.count / max(other.count, 1.0)
        return NormalSums(
            features=self.features + weight * other.features,
            wanted=self.wanted + weight * other.wanted,
            energy=self.energy,
            count=self.count,
        )

    def error(self, weights: Sums, taps: Picked, targets: slice) -> float:
        """Return the sum of squares that filters leave."""
        products = self.features[np.ix_(taps, taps)] @ weights
        cross = self.wanted[taps][:, targets]
        left = self.energy[targets] - 2 * (weights * cross).sum(0) + (weights * products).sum(0)
        return float(left.sum())

    def gain(self, weights: Sums, taps: Picked, targets: slice) -> float:
        """Return the gain over interpolation, dB."""
        before = float(self.energy[targets].sum())
        return float(10 * np.log10(before / max(self.error(weights, taps, targets), 1e-12)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The sums of one frame.

    Attributes:
        frame: Its number.
        inner: Sums over its inner rows.
        outer: Sums over the held-out rows next to the bands.
        strangeness: What interpolation lacks, relative to the wide's texture.
    """

    frame: int
    inner: NormalSums
    outer: NormalSums
    strangeness: float


def measure(sample: TrainingSample, inputs: Inputs, held: tuple[int, int]) -> Measured:
    """Sum up one frame.

    Args:
        sample: The frame.
        inputs: Its features.
        held: Rows to hold out at the top and at the bottom, DVD px.
    """
    inner, outer = spread_px(sample, held, SUMMED_PX)
    return Measured(
        frame=sample.frame,
        inner=_sums(sample, inputs, inner),
        outer=_sums(sample, inputs, outer),
        strangeness=strangeness(sample),
    )


def spread_px(
    sample: TrainingSample, held: tuple[int, int], count: int = PIXELS_A_FRAME
) -> tuple[tuple[Picked, Picked], tuple[Picked, Picked]]:
    """Pick px evenly: rows and columns of those to fit on, and of those in held-out rows."""
    rows, columns = sample.weight.shape
    total = rows * columns
    at = np.arange(total)
    if total > count:  # multiples of the golden section: no step that some width divides
        at = np.unique((np.arange(count) * GOLDEN % 1 * total).astype(np.intp))
    row, column = np.divmod(at, columns)
    own = (row >= held[0]) & (row < rows - held[1])
    return (row[own], column[own]), (row[~own], column[~own])


def strangeness(sample: TrainingSample) -> float:
    """Return what interpolation lacks in luma, relative to the wide's texture."""
    luma = slice(0, sample.luma.shape[-1])
    weight = sample.weight[..., None]
    energy = float((weight * sample.wanted[..., luma] ** 2).mean())
    lacking = energy / max(float(weight.mean()), 1e-3)
    return lacking / (sample.texture + 1e-5)


def measure_still(
    first: TrainingSample, second: TrainingSample, inputs: Inputs, held: tuple[int, int]
) -> NormalSums:
    """Sum up how the features change where the picture does not.

    Filters are linear, so the flicker of a result is their response to these changes.

    Args:
        first: A frame.
        second: The next one.
        inputs: Their features.
        held: Rows to hold out at the top and at the bottom, DVD px.
    """
    change = np.abs(second.luma - first.luma).mean(-1)
    calm = cv2.blur(np.ascontiguousarray(change, np.float32), (3, 3)) < STILL
    calm[: held[0]] = calm[len(calm) - held[1] :] = False
    weight = np.minimum(first.weight, second.weight)
    at = np.nonzero(calm & (weight > 0))
    at = tuple(part[:: max(1, at[0].size // PIXELS_A_FRAME)] for part in at)
    features = unfold(second.maps - first.maps, inputs, (at[0], at[1]))
    features[..., -1] = 0  # a constant doesn't change
    return _summed(features, (second.wanted - first.wanted)[at], weight[at][:, None])


def _sums(sample: TrainingSample, inputs: Inputs, at: tuple[Picked, Picked]) -> NormalSums:
    features = unfold(sample.maps, inputs, at)
    return _summed(features, sample.wanted[at], sample.weight[at][:, None])


def _summed(features: Array, wanted: Array, weight: Array) -> NormalSums:
    root = np.sqrt(weight, dtype=np.float64)
    # single precision would leave the sums indefinite
    exact = np.multiply(features, root, dtype=np.float64)
    return NormalSums(
        features=exact.T @ exact,  # of one array: half the products of a general matrix
        wanted=exact.T @ (wanted * root),
        energy=(weight * wanted**2).sum(0, dtype=np.float64),
        count=float(weight.sum()),
    )


def sound_frames(measured: Sequence[Measured]) -> tuple[Measured, ...]:
    """Leave out frames in which the sources differ by more than detail: blended, combed, wrong.

    Args:
        measured: All frames.
    """
    usual = float(np.median([m.strangeness for m in measured]))
    return tuple(m for m in measured if m.strangeness <= STRANGE * usual)
