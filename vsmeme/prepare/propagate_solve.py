"""From log odds to a mask: smoothness that follows image edges, and edge-aware upsampling."""

from __future__ import annotations

import cv2
import numpy as np

from vsmeme.prepare.propagate_features import Floats, Image, floats

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


def settle(odds: Floats, lab: Floats) -> Floats:
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
        gap = ((lab[a] - lab[b]) ** 2).sum(axis=2)
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


def guided(guide: Floats, mask: Floats, radius: int, floor: float) -> Floats:
    """Guided filter with a colour guide (He, Sun, Tang 2013).

    Args:
        guide: `h x w x 3`.
        mask: `h x w`.
        radius: Half the window's side, px.
        floor: Variance of the guide below which it counts as flat.

    Returns:
        The mask, following the guide's edges.
    """
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(picture: Floats) -> Floats:
        return floats(cv2.blur(picture, size, borderType=cv2.BORDER_REFLECT))

    g, p = mean(guide), mean(mask)
    cross = mean(guide * mask[..., None]) - g * p[..., None]
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    v = {
        (i, j): mean(guide[..., i] * guide[..., j])
        - g[..., i] * g[..., j]
        + (floor if i == j else 0)
        for i, j in pairs
    }
    a, b, c, d, e, f = (v[k] for k in pairs)
    # inverse of the symmetric 3x3 by cofactors
    co = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b]
    det = a * co[0] + b * co[1] + c * co[2]
    x, y, z = cross[..., 0], cross[..., 1], cross[..., 2]
    slope = floats(
        np.dstack(
            [
                (co[0] * x + co[1] * y + co[2] * z) / det,
                (co[1] * x + co[3] * y + co[4] * z) / det,
                (co[2] * x + co[4] * y + co[5] * z) / det,
            ]
        )
    )
    base = p - (slope * g).sum(axis=2)
    return ((mean(slope) * guide).sum(axis=2) + mean(base)).astype(np.float32)


def enlarge(mask: Floats, frame: Image) -> Image:
    """Bring a mask at working size up to its frame, edges following the frame's.

    Args:
        mask: Probability, `h x w` of any size.
        frame: RGB, 8 bit, the frame that it belongs to.

    Returns:
        Mask, 8 bit, the frame's size, soft over a pixel or two at the edge.
    """
    height, width = frame.shape[:2]
    big = floats(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR))
    factor = width / mask.shape[1]
    if factor > 1.05:
        radius = max(2, round(1.5 * factor))
        guide = frame.astype(np.float32) * np.float32(1 / 255)
        refined = guided(guide, big, radius, 1e-4)
        reach = max(1, round(2 * factor))
        hard = (big > 0.5).astype(np.uint8)
        kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        edge = cv2.dilate(hard, kernel) != cv2.erode(hard, kernel)
        big = floats(np.where(edge, refined, big))
    sharp = np.clip(255 * ((big - 0.5) * 2.0 + 0.5), 0, 255).round()
    return np.asarray(sharp, np.uint8)
