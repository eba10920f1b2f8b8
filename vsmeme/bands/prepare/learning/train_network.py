"""Train the film's own small network on the overlap: descent in NumPy, the same at every run."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .normal_equations import LUMA_PX, Array, Sums, spread_px, unfold
from .onnx_builder import OwnNet
from .samples import TrainingSample
from .upscaler_graph import Inputs

UNITS = (64, 48)
# 36 frames of a small pair make some 2,500 steps; twice as many gain 0.1 dB.
BATCH_PX, EPOCHS, LEAST_STEPS, WARM_STEPS = 2048, 12, 600, 100
RATE, MOMENTS = 2e-3, (0.9, 0.999)  # Adam (Kingma and Ba 2015)
WHITENING = 1e-3  # of the mean variance: directions below it are noise


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pixels:
    """DVD px of a frame's overlap, or of several frames'.

    Attributes:
        patches: The luma around each: px, ``LUMA_PX**2``.
        wanted: What interpolation lacks in luma: px, scale**2.
        weight: How much each counts.
    """

    patches: Array
    wanted: Array
    weight: Array

    @staticmethod
    def total(parts: Iterable[Pixels]) -> Pixels:
        """Lay several side by side."""
        found = list(parts)
        return Pixels(
            patches=np.concatenate([p.patches for p in found]),
            wanted=np.concatenate([p.wanted for p in found]),
            weight=np.concatenate([p.weight for p in found]),
        )


def pixels_of(sample: TrainingSample, inputs: Inputs, held: tuple[int, int]) -> Pixels:
    """Take px of a frame.

    Args:
        sample: The frame.
        inputs: Its features; the luma comes first.
        held: Rows to hold out at the top and at the bottom, DVD px.
    """
    at, _ = spread_px(sample, held)
    return Pixels(
        patches=unfold(sample.maps, inputs, at)[:, : LUMA_PX**2],
        wanted=sample.wanted[at][:, : inputs.scale**2],
        weight=sample.weight[at],
    )


class _Descent:
    """Adam over some arrays, changed in place."""

    def __init__(self, arrays: list[Array]) -> None:
        self.arrays = arrays
        self._moments = [(np.zeros_like(a), np.zeros_like(a)) for a in arrays]
        self._step = 0

    def step(self, slopes: list[Array], rate: float) -> None:
        self._step += 1
        first, second = MOMENTS
        for array, slope, (mean, power) in zip(self.arrays, slopes, self._moments, strict=True):
            mean += (1 - first) * (slope - mean)
            power += (1 - second) * (slope * slope - power)
            size = np.sqrt(power / (1 - second**self._step)) + 1e-8
            array -= (rate / (1 - first**self._step)) * mean / size


def train(pixels: Pixels) -> OwnNet:
    """Train on the residual that the best linear filter leaves of the wanted luma.

    Args:
        pixels: Of all frames.

    Returns:
        The network without its last layer, which the fit of the filters replaces.
    """
    inputs = pixels.patches - pixels.patches.mean(-1, keepdims=True, dtype=np.float32)
    middle, white = _whitening(inputs, pixels.weight)
    inputs = np.asarray((inputs - middle) @ white, np.float32)
    left = _left(inputs, pixels)
    weights, biases = _started((LUMA_PX**2, *UNITS, left.shape[1]))
    descent = _Descent([*weights, *biases])
    random = np.random.default_rng(0)
    count = len(inputs) // BATCH_PX or 1
    epochs = max(EPOCHS, -(-LEAST_STEPS // count))
    for epoch in range(epochs):
        order = random.permutation(len(inputs))
        for k, batch in enumerate(np.array_split(order[: count * BATCH_PX], count)):
            done = epoch * count + k
            slopes = _slopes(weights, biases, inputs[batch], left[batch], pixels.weight[batch])
            falling = 0.5 * (1 + np.cos(np.pi * done / (epochs * count)))
            descent.step(slopes, RATE * min(1.0, (done + 1) / WARM_STEPS) * falling)
    first = white @ weights[0]
    level = first - first.mean(0)  # the patch's mean was taken off
    return OwnNet(
        kernels=np.ascontiguousarray(level.T.reshape(-1, LUMA_PX, LUMA_PX), np.float32),
        layers=tuple(np.ascontiguousarray(w.T) for w in weights[1:-1]),
        biases=(np.asarray(biases[0] - middle @ first, np.float32), *biases[1:-1]),
    )


def _whitening(inputs: Array, weight: Array) -> tuple[Array, Array]:
    """Return the mean, and what brings all directions to the same variance."""
    exact = inputs.astype(np.float64)
    share = weight / max(float(weight.sum()), 1e-9)
    middle = share @ exact
    spread = (exact * share[:, None]).T @ exact - np.outer(middle, middle)
    values, directions = np.linalg.eigh(spread)
    size = np.sqrt(np.maximum(values, 0.0) + WHITENING * max(float(values.mean()), 1e-12))
    return middle.astype(np.float32), (directions / size).astype(np.float32)


def _left(inputs: Array, pixels: Pixels) -> Array:
    """Return what a linear fit leaves, scaled to about 1."""
    ones = np.ones((len(inputs), 1))
    exact = np.concatenate([inputs, ones], 1, dtype=np.float64)
    scaled = exact * pixels.weight[:, None]
    gram = scaled.T @ exact
    gram += 1e-3 * float(np.trace(gram)) / len(gram) * np.eye(len(gram))
    fit: Sums = np.linalg.solve(gram, scaled.T @ pixels.wanted)
    left = pixels.wanted - (exact @ fit).astype(np.float32)
    size = np.average(np.square(left).mean(-1), weights=np.maximum(pixels.weight, 1e-9)) ** 0.5
    return np.asarray(left / max(float(size), 1e-9), np.float32)


def _started(sizes: tuple[int, ...]) -> tuple[list[Array], list[Array]]:
    """Return weights after He et al. 2015, the last layer near zero, and biases of zero."""
    random = np.random.default_rng(0)
    weights = [
        (random.normal(size=(a, b)) * np.sqrt(2 / a)).astype(np.float32)
        for a, b in itertools.pairwise(sizes)
    ]
    weights[-1] *= np.float32(0.1)
    return weights, [np.zeros(size, np.float32) for size in sizes[1:]]


def _slopes(
    weights: list[Array], biases: list[Array], inputs: Array, wanted: Array, weight: Array
) -> list[Array]:
    """Return the error's derivative by every weight, then by every bias."""
    seen = [inputs]
    for number, (layer, bias) in enumerate(zip(weights, biases, strict=True)):
        found = seen[-1] @ layer + bias
        seen.append(np.maximum(found, 0) if number < len(weights) - 1 else found)
    error = (seen[-1] - wanted) * (weight / np.float32(len(weight)))[:, None]
    by_weight, by_bias = [], []
    for number in reversed(range(len(weights))):
        by_weight.append(seen[number].T @ error)
        by_bias.append(error.sum(0))
        if number:
            error = (error @ weights[number].T) * (seen[number] > 0)
    return [*reversed(by_weight), *reversed(by_bias)]
