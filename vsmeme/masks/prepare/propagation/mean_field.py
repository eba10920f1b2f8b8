"""From log odds to a mask: smoothness that follows image edges, and edge-aware upsampling."""

from __future__ import annotations

import numpy as np

from ....arrays.images import Floats, channel_sum

# Halved and doubled: docs/benchmarks/constants.md.
SMOOTHNESS = 2.2
EDGE_SPREAD = 6.0
ITERATIONS = 6


def sigmoid(odds: Floats) -> Floats:
    """Probability from log odds."""
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def logit(share: Floats, limit: float = 0.02) -> Floats:
    """Log odds from a probability, kept finite."""
    share = np.clip(share, limit, 1 - limit)
    return np.log(share / (1 - share)).astype(np.float32)


def settle_labels(odds: Floats, lab: Floats) -> Floats:
    """Mean field of a field whose neighbours agree unless an edge lies between them.

    Args:
        odds: Log odds of foreground, `h x w`.
        lab: The picture, `h x w x 3`.

    Returns:
        Probability of foreground, `h x w`.
    """
    offsets = [
        (dx, dy) for dy in (-3, -1, 0, 1, 3) for dx in (-3, -1, 0, 1, 3) if (dx, dy) > (0, 0)
    ]
    height, width = odds.shape
    pairs = []
    total = np.full_like(odds, 1e-6)
    for dx, dy in offsets:
        a = (slice(max(0, -dy), height - max(0, dy)), slice(0, width - dx))
        b = (slice(max(0, dy), height - max(0, -dy)), slice(dx, width))
        gap = channel_sum((lab[a] - lab[b]) ** 2)
        near = np.exp(-gap / (2 * EDGE_SPREAD**2)) / np.hypot(dx, dy)
        pairs.append((a, b, near))
        total[a] += near
        total[b] += near
    top = float(total.max())
    q = np.tanh(odds / 2)
    for _ in range(ITERATIONS):
        message = np.zeros_like(odds)
        for a, b, near in pairs:
            message[a] += near * q[b]
            message[b] += near * q[a]
        q = np.tanh((odds + SMOOTHNESS * 2 * message / top) / 2)
    return ((q + 1) / 2).astype(np.float32)
