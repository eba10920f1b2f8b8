"""Ridge regression of the wide's detail on features of the DVD."""

from __future__ import annotations

import numpy as np

from .normal_equations import Array, NormalSums, Picked, Sums, windows
from .upscaler_graph import Inputs

CALM_SHARES = (1.0, 4.0, 16.0, 64.0)
CALM = 0.9  # of interpolation's squared change in still areas; the rest is for unseen frames
CALM_COST_DB = 0.1  # what calm may cost on the held-out rows


def solve_ridge(sums: NormalSums, taps: Picked, targets: slice, *, ridge: float) -> Sums:
    """Fit filters.

    Args:
        sums: What to fit on.
        taps: Which features.
        targets: Which of the wanted planes.
        ridge: Regularisation, as a share of each feature's own variance.

    Returns:
        Weights: taps, the one last, and targets.
    """
    count = max(sums.count, 1.0)
    features = sums.features[np.ix_(taps, taps)] / count
    wanted = sums.wanted[taps][:, targets] / count
    mean, middle = features[:-1, -1], wanted[-1]
    spread = features[:-1, :-1] - np.outer(mean, mean)
    size = np.sqrt(np.maximum(np.diag(spread), 0)) + 1e-6
    scaled = spread / np.outer(size, size) + ridge * np.eye(len(size))
    shared = wanted[:-1] - np.outer(mean, middle)
    found = np.linalg.solve(scaled, shared / size[:, None]) / size[:, None]
    return np.concatenate([found, (middle - mean @ found)[None]])


def calmed(
    sums: NormalSums,
    held: NormalSums,
    still: NormalSums,
    taps: Picked,
    targets: slice,
    *,
    ridge: float,
) -> float:
    """Find how much still areas must weigh so that filters flicker less than interpolation.

    Args:
        sums: What to fit on.
        held: Sums over held-out rows, on which the cost is measured.
        still: Changes in still areas.
        taps: Which features.
        targets: Which of the wanted planes.
        ridge: Regularisation.

    Returns:
        The weight of a still px in those of ``sums``: as far as it must and costs little.
    """
    most = CALM * float(still.energy[targets].sum())
    weights = solve_ridge(sums, taps, targets, ridge=ridge)
    least = held.gain(weights, taps, targets) - CALM_COST_DB
    found = 0.0
    for share in CALM_SHARES:
        if still.error(weights, taps, targets) <= most:
            break
        weights = solve_ridge(sums.plus(still, share), taps, targets, ridge=ridge)
        if held.gain(weights, taps, targets) < least:
            break
        found = share
    return found


def kernels(
    inputs: Inputs, part: Inputs, luma: tuple[Picked, Sums], chroma: tuple[Picked, Sums]
) -> tuple[list[tuple[tuple[int, ...], Array]], Array]:
    """Turn weights into what `learn_graph.upscaler` wants for the selection ``part``.

    Returns:
        The filters, and the constant.
    """
    cells = inputs.scale**2
    whole = np.zeros((1 + sum(w.taps for w in windows(inputs)), 3 * cells))
    whole[luma[0], :cells] = luma[1]
    whole[chroma[0], cells:] = chroma[1]
    found = []
    at = 0
    for window in windows(inputs):
        size = window.size
        block = whole[at : at + window.taps].reshape(len(window.maps), size, size, 3 * cells)
        at += window.taps
        numbers = [_renumbered(m, inputs, part) for m in window.maps]
        kept = [k for k, number in enumerate(numbers) if number is not None]
        if kept and np.any(block[kept]):
            names = tuple(number for number in numbers if number is not None)
            found.append((names, np.moveaxis(block[kept], -1, 0).astype(np.float32)))
    return found, whole[-1].astype(np.float32)


def _renumbered(number: int, inputs: Inputs, part: Inputs) -> int | None:
    """Return a map's number in the smaller selection; ``None`` if it is not part of it."""
    if number < inputs.channels:
        return number if number < part.channels else None
    number -= inputs.channels
    if number < inputs.deep:
        return number + part.channels if part.deep else None
    return number - inputs.deep + part.channels + part.deep if part.own else None
