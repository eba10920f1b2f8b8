"""A mask at full size from one at work size: the guided filter on the picture."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ....arrays.images import Floats, Image, floats, resized

type Part = tuple[int, int, int, int]  # top, bottom, left, right, px of the small picture

EDGE_RADIUS_PX, EDGE_FLOOR = 2, 1e-4
TILE_PX = 32


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
    slope, base = _linear(guide, mask, radius, floor)
    return floats((slope * guide).sum(axis=2) + base)


def _linear(guide: Floats, mask: Floats, radius: int, floor: float) -> tuple[Floats, Floats]:
    """Slope (`h x w x 3`) and base of the mask as a linear function of the guide around a pixel."""
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(picture: Floats) -> Floats:
        return floats(cv2.blur(picture, size, borderType=cv2.BORDER_REFLECT))

    g, p = mean(guide), mean(mask)
    cross = mean(guide * mask[..., None]) - g * p[..., None]
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    a, b, c, d, e, f = (
        mean(guide[..., i] * guide[..., j]) - g[..., i] * g[..., j] + floor * (i == j)
        for i, j in pairs
    )
    # inverse of the symmetric 3x3 by cofactors
    co = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b]
    det = a * co[0] + b * co[1] + c * co[2]
    x, y, z = cross[..., 0], cross[..., 1], cross[..., 2]
    rows = ((0, 1, 2), (1, 3, 4), (2, 4, 5))
    slope = floats(np.dstack([(co[i] * x + co[j] * y + co[k] * z) / det for i, j, k in rows]))
    return mean(slope), mean(p - floats((slope * g).sum(axis=2)))


def enlarge(mask: Floats, frame: Image, *, small: Image | None = None) -> Image:
    """Bring a mask at working size up to its frame, edges following the frame's.

    The guided filter's linear functions are fitted at working size and applied to the full frame
    (the fast guided filter, He and Sun 2015), where the mask has an edge.

    Args:
        mask: Probability, `h x w` of any size.
        frame: RGB, 8 bit, the frame that it belongs to.
        small: What the mask's edges are compared with, of its size; the frame itself by default.

    Returns:
        Mask, 8 bit, the frame's size, soft over a pixel or two at the edge.
    """
    height, width = frame.shape[:2]
    size = (mask.shape[1], mask.shape[0])
    out = floats(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR))
    if width > 1.05 * size[0]:
        small = resized(frame, size) if small is None else small
        kernel = np.ones((2 * EDGE_RADIUS_PX + 1, 2 * EDGE_RADIUS_PX + 1), np.uint8)
        hard = np.asarray(mask > 0.5, np.uint8)
        edge = np.asarray(cv2.dilate(hard, kernel) != cv2.erode(hard, kernel), np.uint8)
        for run in _runs(edge):
            part = _refined(frame, small, mask, run)
            top, bottom, left, right = run
            near = cv2.resize(edge[top:bottom, left:right], part.shape[::-1]) > 0
            y, x = top * height // size[1], left * width // size[0]
            view = out[y : y + part.shape[0], x : x + part.shape[1]]
            view[near] = part[near]
    steep = 2 * 255  # twice as steep around a half, which stays where it is; clipped to 8 bit
    sharp = cv2.addWeighted(out, steep, out, 0, (255 - steep) / 2, dtype=cv2.CV_8U)
    return np.asarray(sharp, np.uint8)


def _runs(edge: Image) -> Iterator[Part]:
    """Rows of adjoining tiles of the small picture that hold an edge."""
    height, width = edge.shape
    for top in range(0, height, TILE_PX):
        bottom = min(top + TILE_PX, height)
        columns = np.flatnonzero(edge[top:bottom].any(axis=0)) // TILE_PX
        tiles = np.unique(columns)
        for run in np.split(tiles, np.flatnonzero(np.diff(tiles) > 1) + 1):
            if run.size:
                left, right = int(run[0]) * TILE_PX, (int(run[-1]) + 1) * TILE_PX
                yield top, bottom, left, min(right, width)


def _refined(frame: Image, small: Image, mask: Floats, part: Part) -> Floats:
    """The mask over a part of the full frame, following the frame's edges."""
    top, bottom, left, right = part
    size = (mask.shape[1], mask.shape[0])
    # two box filters and one px of interpolation reach into the part
    margin = 2 * EDGE_RADIUS_PX + 1
    rows = slice(max(0, top - margin), min(size[1], bottom + margin))
    columns = slice(max(0, left - margin), min(size[0], right + margin))
    guide = small[rows, columns].astype(np.float32) * np.float32(1 / 255)
    slope, base = _linear(guide, mask[rows, columns], EDGE_RADIUS_PX, EDGE_FLOOR)
    kx, ky = frame.shape[1] / size[0], frame.shape[0] / size[1]
    y0, y1 = top * frame.shape[0] // size[1], bottom * frame.shape[0] // size[1]
    x0, x1 = left * frame.shape[1] // size[0], right * frame.shape[1] // size[0]
    x = (np.arange(x0, x1, dtype=np.float32) + 0.5) / np.float32(kx) - 0.5 - columns.start
    y = (np.arange(y0, y1, dtype=np.float32) + 0.5) / np.float32(ky) - 0.5 - rows.start
    at = np.broadcast_to(x, (len(y), len(x))), np.broadcast_to(y[:, None], (len(y), len(x)))
    maps = (np.ascontiguousarray(at[0]), np.ascontiguousarray(at[1]))
    mode, edge = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    k = floats(cv2.remap(slope, *maps, mode, borderMode=edge))
    b = floats(cv2.remap(base, *maps, mode, borderMode=edge))
    full = frame[y0:y1, x0:x1].astype(np.float32) * np.float32(1 / 255)
    return floats((k * full).sum(axis=2) + b)
