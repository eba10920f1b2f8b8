"""How common the colours of a sample are elsewhere: weights for a fit that is used elsewhere."""

import numpy as np
import numpy.typing as npt

Colours = npt.NDArray[np.floating]

MOST = 5.0
"""Largest weight, and one over the smallest: a ratio of densities is noisy where both are low."""
CELL = (0.1, 0.04, 0.04)
"""Size of a cell in normalised luma and chroma."""
LOW, HIGH = (-1.1, -0.6, -0.6), (1.1, 0.6, 0.6)
_KERNEL = (0.1, 0.2, 0.4, 0.2, 0.1)


def likeness(here: Colours, there: Colours) -> npt.NDArray[np.float64]:
    """Ratio of the densities of two sets of colours (covariate shift, Shimodaira 2000).

    Args:
        here: 3 x n, normalised YUV.
        there: 3 x m; none for equal weights.

    Returns:
        n weights between 1 / `MOST` and `MOST`: high where a colour of `here` is more common there.
    """
    if not there.shape[1]:
        return np.ones(here.shape[1])
    cells = [_cells(colours) for colours in (here, there)]
    local, other = (_density(found) for found in cells)
    ratio = other[tuple(cells[0])] / np.maximum(local[tuple(cells[0])], 1e-9)
    return np.asarray(np.clip(ratio, 1 / MOST, MOST), np.float64)


def _cells(colours: Colours) -> npt.NDArray[np.intp]:
    shape = np.array(_shape())
    low, cell = (np.array(v)[:, None] for v in (LOW, CELL))
    return np.asarray(np.clip((colours - low) // cell, 0, shape[:, None] - 1), np.intp)


def _shape() -> tuple[int, ...]:
    spans = zip(LOW, HIGH, CELL, strict=True)
    return tuple(round((high - low) / cell) for low, high, cell in spans)


def _density(cells: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Smoothed share of the colours in each cell."""
    shape = _shape()
    flat = np.ravel_multi_index(tuple(cells), shape)
    counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape) / flat.size
    for axis in range(3):
        padded = np.pad(counts, [(2, 2) if a == axis else (0, 0) for a in range(3)])
        parts = [np.take(padded, range(k, k + shape[axis]), axis) for k in range(len(_KERNEL))]
        counts = np.sum([w * p for w, p in zip(_KERNEL, parts, strict=True)], axis=0)
    return np.asarray(counts, np.float64)
