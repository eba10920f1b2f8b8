"""A mask at full size from one at work size: edges and soft edges from the picture."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ....arrays.images import Floats, Image, channel_sum, floats, resized

type Part = tuple[int, int, int, int]  # top, bottom, left, right, px of the small picture

EDGE_RADIUS_PX, EDGE_FLOOR = 2, 1e-4
TILE_PX = 32
# What may be a mixture of subject and background: so far inside the edge and outside of it, px of
# the small picture; their colours are those within so many px.
SOFT_IN_PX, SOFT_OUT_PX, COLOURS_PX = 2, 3, 6
NOISE = (3 / 255) ** 2  # variance that a picture has anyway
UNLIKE = 4.0  # a mixture is believed by half where the colours lie two deviations apart
PURE, MOST_PURE = 1.0, 0.3  # deviations from a pure colour that still count as pure; share at most
LEAST_COLOUR = 0.02  # of the window: with fewer pixels of a side its colour is not known


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
    return floats(channel_sum(slope * guide) + base)


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
    return mean(slope), mean(p - floats(channel_sum(slope * g)))


def enlarge(mask: Floats, frame: Image, *, small: Image | None = None, soft: bool = False) -> Image:
    """Bring a mask at working size up to its frame, edges following the frame's.

    The guided filter's linear functions are fitted at working size and applied to the full frame
    (the fast guided filter, He and Sun 2015), where the mask has an edge.

    Args:
        mask: Probability, `h x w` of any size.
        frame: RGB, 8 bit, the frame that it belongs to.
        small: What the mask's edges are compared with, of its size; the frame itself by default.
        soft: Whether hair and motion blur are mixtures: where subject and background differ in
            colour, a pixel of the band between them counts by how far its colour lies on the way.

    Returns:
        Mask, 8 bit, the frame's size, soft over a pixel or two at the edge; as soft as the
        picture's edge with `soft`.
    """
    height, width = frame.shape[:2]
    size = (mask.shape[1], mask.shape[0])
    out = floats(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR))
    if soft or width > 1.05 * size[0]:
        small = resized(frame, size) if small is None else small
        inner, outer = _band(np.asarray(mask > 0.5, np.uint8), soft=soft)
        edge = np.asarray(outer != inner, np.uint8)
        for run in _runs(edge):
            part = _refined(frame, small, mask, run, sure=(inner, outer) if soft else None)
            top, bottom, left, right = run
            near = cv2.resize(edge[top:bottom, left:right], part.shape[::-1]) > 0
            y, x = top * height // size[1], left * width // size[0]
            view = out[y : y + part.shape[0], x : x + part.shape[1]]
            view[near] = part[near]
    steep = 2 * 255  # twice as steep around a half, which stays where it is; clipped to 8 bit
    sharp = cv2.addWeighted(out, steep, out, 0, (255 - steep) / 2, dtype=cv2.CV_8U)
    return np.asarray(sharp, np.uint8)


def _band(hard: Image, *, soft: bool) -> tuple[Image, Image]:
    """What is surely inside a 0 or 1 mask, and what may be."""
    inside, outside = (SOFT_IN_PX, SOFT_OUT_PX) if soft else (EDGE_RADIUS_PX, EDGE_RADIUS_PX)
    shape = cv2.MORPH_ELLIPSE if soft else cv2.MORPH_RECT
    less, more = (
        cv2.getStructuringElement(shape, (2 * reach + 1, 2 * reach + 1))
        for reach in (inside, outside)
    )
    return np.asarray(cv2.erode(hard, less), np.uint8), np.asarray(cv2.dilate(hard, more), np.uint8)


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


def _refined(
    frame: Image, small: Image, mask: Floats, part: Part, *, sure: tuple[Image, Image] | None
) -> Floats:
    """The mask over a part of the full frame, following the frame's edges."""
    top, bottom, left, right = part
    size = (mask.shape[1], mask.shape[0])
    # two box filters, or what is surely inside or outside, and one px of interpolation
    margin = max(2 * EDGE_RADIUS_PX, COLOURS_PX if sure else 0) + 1
    rows = slice(max(0, top - margin), min(size[1], bottom + margin))
    columns = slice(max(0, left - margin), min(size[0], right + margin))
    guide = small[rows, columns].astype(np.float32) * np.float32(1 / 255)
    slope, base = _linear(guide, mask[rows, columns], EDGE_RADIUS_PX, EDGE_FLOOR)
    y0, y1 = top * frame.shape[0] // size[1], bottom * frame.shape[0] // size[1]
    x0, x1 = left * frame.shape[1] // size[0], right * frame.shape[1] // size[0]
    x = (np.arange(x0, x1, dtype=np.float32) + 0.5) * np.float32(size[0] / frame.shape[1]) - 0.5
    y = (np.arange(y0, y1, dtype=np.float32) + 0.5) * np.float32(size[1] / frame.shape[0]) - 0.5
    across, down = np.meshgrid(x - np.float32(columns.start), y - np.float32(rows.start))
    at = floats(across), floats(down)
    full = frame[y0:y1, x0:x1].astype(np.float32) * np.float32(1 / 255)
    value = _applied(np.dstack([slope, base]), full, at)
    if sure is None:
        return value
    inner, outer = (side[rows, columns] for side in sure)
    line, trust = _mixture(guide, inner, outer)
    share = np.clip(_applied(line, full, at), 0, 1) * np.float32(0.5) + np.float32(0.25)
    believed = _laid(trust, at)  # both are made twice as steep later
    return floats(np.clip(value, 0.25, 0.75) * (1 - believed) + share * believed)


def _laid(values: Floats, at: tuple[Floats, Floats]) -> Floats:
    return floats(cv2.remap(values, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _applied(functions: Floats, full: Floats, at: tuple[Floats, Floats]) -> Floats:
    """Linear functions (`h x w x 4`: slope and base) of a small picture, of the full one."""
    large = _laid(functions, at)
    return floats(channel_sum(large[..., :3] * full) + large[..., 3])


def _mixture(guide: Floats, inner: Image, outer: Image) -> tuple[Floats, Floats]:
    """How much of the subject's colour a pixel has, as a linear function, and how far to trust it.

    Args:
        guide: RGB, 0..1, `h x w x 3`.
        inner: 1 where the subject is, surely.
        outer: 0 where it is not, surely.

    Returns:
        Slope and base, `h x w x 4`, and trust, `h x w`, 0..1: 0 outside of the band between.
    """
    own, own_spread, own_share = _colour_near(guide, inner)
    other, other_spread, other_share = _colour_near(guide, 1 - outer)
    way = own - other
    length = channel_sum(way * way) + np.float32(1e-6)
    spread = channel_sum((own_spread + other_spread) * way * way) / length + np.float32(NOISE)
    trust = length / (length + np.float32(UNLIKE) * spread)
    # A rim of a third colour is no mixture.
    share = np.clip(channel_sum((guide - other) * way) / length, 0, 1)
    beside = channel_sum((guide - other - share[..., None] * way) ** 2)
    usual = channel_sum(own_spread + other_spread) + np.float32(3 * NOISE)
    trust = trust / (1 + beside / (np.float32(UNLIKE) * usual))
    trust[(np.minimum(own_share, other_share) < LEAST_COLOUR) | (inner == outer)] = 0
    pure = np.minimum(np.float32(MOST_PURE), np.float32(PURE) * np.sqrt(spread / (2 * length)))
    slope = way / (length * (1 - 2 * pure))[..., None]
    base = -(channel_sum(other * way) / length + pure) / (1 - 2 * pure)
    return floats(np.dstack([slope, base])), floats(trust)


def _colour_near(guide: Floats, where: Image) -> tuple[Floats, Floats, Floats]:
    """Mean and variance (`h x w x 3`) of what is set around each pixel, and its share."""
    size = (2 * COLOURS_PX + 1, 2 * COLOURS_PX + 1)
    weight = where.astype(np.float32)
    share = floats(cv2.blur(weight, size))
    count = np.maximum(share, 1e-6)[..., None]
    some = guide * weight[..., None]
    mean = floats(cv2.blur(some, size)) / count
    square = floats(cv2.blur(some * guide, size)) / count
    return floats(mean), floats(np.maximum(square - mean * mean, 0)), share
