"""What the known scene shows: painted backgrounds and an actor of three layers.

Everything is deterministic by seed. Layers are float32 RGBA, premultiplied, codes 0..255 (alpha
0..1), drawn at four times their size and averaged down. Matrices use edge coordinates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

Array = np.ndarray
OVERSAMPLE = 4
MOTION_PERIOD_FRAMES = 40.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArtLayer:
    """One cut-out of the actor.

    Attributes:
        rgba: h x w x 4 float32, premultiplied.
        pivot: the point (layer px, edge coordinates) that the layer turns about.
        region: h x w float32 0..1, the part of the layer that counts as the face; None: no face.
    """

    rgba: Array
    pivot: tuple[float, float]
    region: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Actor:
    """Layers back to front, each with its joint on the body (fractions of the body's w and h)."""

    layers: tuple[ArtLayer, ...]
    joints: tuple[tuple[float, float], ...]
    swings: tuple[float, ...]  # degrees


def noise_texture(rng: np.random.Generator, w: int, h: int, *, slope: float = 1.0) -> Array:
    """Noise whose amplitude spectrum falls as 1/f^slope, h x w float32, zero mean, unit deviation.

    Field, "Relations between the statistics of natural images", 1987: slope 1 for photographs.
    """
    white = np.fft.rfft2(rng.standard_normal((h, w)))
    f = np.hypot(np.fft.fftfreq(h)[:, None], np.fft.rfftfreq(w)[None, :])
    f[0, 0] = np.inf
    out = np.fft.irfft2(white / f**slope, s=(h, w))
    return (out / out.std()).astype(np.float32)


@lru_cache(maxsize=8)
def leaves(seed: tuple[int, ...], w: int, h: int, unit: float) -> Array:
    """A dead-leaves picture (occluding blobs, edges at all sizes) with 1/f texture, RGB float32.

    Lee, Mumford and Huang, 2001: it shares scale invariance and edges with photographs.
    Args: seed; w, h: size in canvas px; unit: canvas height in px, scales the blobs.
    """
    rng = np.random.default_rng(seed)
    palette = rng.uniform(35, 205, (9, 1)) + rng.uniform(-45, 45, (9, 3))
    picture = np.empty((h, w, 3), np.uint8)
    picture[:] = palette[0]
    smallest, largest = unit / 70, unit / 2.5
    count = int(1500 * (w * h) / (1.8 * unit * unit))
    # radii with density r^-3 between the two sizes, in any order: new leaves cover old ones
    u = rng.uniform(0, 1, count)
    radii = 1 / np.sqrt(u / smallest**2 + (1 - u) / largest**2)
    for r in radii:
        colour = palette[rng.integers(9)] + rng.normal(0, 14, 3)
        at = (int(rng.integers(w)), int(rng.integers(h)))
        axes = (max(1, int(r)), max(1, int(r * rng.uniform(0.35, 1))))
        angle = float(rng.uniform(0, 180))
        fill = tuple(float(c) for c in np.clip(colour, 8, 245))
        if rng.uniform() < 0.3:
            box = cv2.boxPoints((at, (2 * axes[0], 2 * axes[1]), angle)).astype(np.int32)
            cv2.fillPoly(picture, [box], fill, cv2.LINE_AA)
        else:
            cv2.ellipse(picture, at, axes, angle, 0, 360, fill, -1, cv2.LINE_AA)
    soft = noise_texture(rng, w, h, slope=1.1) * 14
    fine = noise_texture(rng, w, h, slope=0.5) * 5
    light = np.linspace(12, -12, h, dtype=np.float32)[:, None]
    out = picture.astype(np.float32) + (soft + fine + light)[..., None]
    out = cv2.GaussianBlur(out, (0, 0), 0.6)  # a lens: no aliased edges
    sheet: Array = np.clip(out, 0, 255)
    sheet.setflags(write=False)
    return sheet


def _finish(rng: np.random.Generator, colour: Array, alpha: Array, w: int, h: int) -> Array:
    """Averages a drawing down to w x h and adds cloth texture; premultiplied RGBA."""
    a = cv2.resize(alpha.astype(np.float32) / 255, (w, h), interpolation=cv2.INTER_AREA)
    flat = colour.astype(np.float32) * (alpha.astype(np.float32) / 255)[..., None]
    c = cv2.resize(flat, (w, h), interpolation=cv2.INTER_AREA)
    grain = (noise_texture(rng, w, h, slope=0.8) * 7)[..., None]
    c = np.clip(c + grain * a[..., None], 0, 255 * a[..., None])
    return np.dstack([c, a]).astype(np.float32)


def _paper(w: int, h: int) -> tuple[Array, Array]:
    size = (h * OVERSAMPLE, w * OVERSAMPLE)
    return np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8)


def _body(rng: np.random.Generator, w: int, h: int) -> ArtLayer:
    colour, alpha = _paper(w, h)
    big_h, big_w = alpha.shape
    cloth = rng.uniform(50, 190, 3)
    yy, xx = np.mgrid[0:big_h, 0:big_w]
    step = big_w / 9
    stripes = 26 * np.sign(np.sin(2 * np.pi * xx / step)) + 18 * np.sign(
        np.sin(2 * np.pi * yy / step)
    )
    colour[:] = np.clip(cloth + stripes[..., None], 0, 255)
    shape = [(0.5, 0.0), (0.62, 0.02), (0.78, 0.09), (0.84, 0.5), (0.99, 1.0), (0.01, 1.0),
             (0.16, 0.5), (0.22, 0.09), (0.38, 0.02)]  # fmt: skip
    polygon = np.array([(x * big_w, y * big_h) for x, y in shape], np.int32)
    cv2.fillPoly(alpha, [polygon], 255)
    belt = int(0.55 * big_h)
    colour[belt : belt + big_h // 24] = (60, 40, 25)
    return ArtLayer(rgba=_finish(rng, colour, alpha, w, h), pivot=(w / 2, h * 0.5))


def _arm(rng: np.random.Generator, w: int, h: int) -> ArtLayer:
    colour, alpha = _paper(w, h)
    big_h, big_w = alpha.shape
    colour[:] = rng.uniform(60, 200, 3)
    r = big_w // 2
    cv2.line(alpha, (r, r), (r, big_h - r), 255, big_w - 4)
    hand = (r, big_h - r)
    cv2.circle(colour, hand, r, (222, 178, 146), -1)
    return ArtLayer(rgba=_finish(rng, colour, alpha, w, h), pivot=(w / 2, w / 2))


def _head(rng: np.random.Generator, w: int, h: int) -> ArtLayer:
    """A head with hair, brows, eyes, nose, mouth and freckles; its face region is an ellipse."""
    colour, alpha = _paper(w, h)
    region = alpha.copy()
    big_h, big_w = alpha.shape

    def at(x: float, y: float) -> tuple[int, int]:
        return int(x * big_w), int(y * big_h)

    skin = (226.0, 182.0, 150.0)
    cv2.rectangle(alpha, at(0.4, 0.8), at(0.6, 1.0), 255, -1)
    cv2.ellipse(alpha, at(0.5, 0.47), at(0.44, 0.45), 0, 0, 360, 255, -1)
    colour[:] = skin
    shade = np.linspace(1.08, 0.8, big_w, dtype=np.float32)[None, :, None]
    colour[:] = np.clip(colour * shade, 0, 255)
    cv2.ellipse(colour, at(0.5, 0.3), at(0.5, 0.33), 0, 175, 365, (72, 44, 26), -1)
    cv2.ellipse(colour, at(0.5, 0.5), at(0.36, 0.36), 0, 0, 360, skin, -1)
    for x in (0.36, 0.64):
        cv2.ellipse(colour, at(x, 0.46), at(0.085, 0.05), 0, 0, 360, (250, 250, 246), -1)
        cv2.circle(colour, at(x, 0.46), int(0.04 * big_h), (58, 92, 130), -1)
        cv2.circle(colour, at(x, 0.46), int(0.02 * big_h), (10, 10, 10), -1)
        cv2.ellipse(
            colour, at(x, 0.38), at(0.1, 0.045), 0, 190, 350, (70, 45, 30), max(2, big_h // 40)
        )
    nose = np.array([at(0.5, 0.46), at(0.44, 0.61), at(0.56, 0.61)], np.int32)
    cv2.fillPoly(colour, [nose], (204, 150, 122))
    cv2.ellipse(colour, at(0.5, 0.72), at(0.15, 0.055), 0, 0, 360, (176, 66, 70), -1)
    cv2.ellipse(colour, at(0.5, 0.715), at(0.11, 0.02), 0, 0, 360, (246, 240, 232), -1)
    for _ in range(40):
        spot = at(float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.5, 0.68)))
        cv2.circle(colour, spot, max(1, big_h // 110), (190, 128, 96), -1)
    cv2.ellipse(region, at(0.5, 0.52), at(0.37, 0.37), 0, 0, 360, 255, -1)
    face = cv2.resize(region.astype(np.float32) / 255, (w, h), interpolation=cv2.INTER_AREA)
    return ArtLayer(
        rgba=_finish(rng, colour, alpha, w, h), pivot=(w * 0.5, h * 0.92), region=face * 1.0
    )


@lru_cache(maxsize=4)
def drawn_actor(seed: int, unit: int) -> Actor:
    """The drawn person: body, head, arm; `unit` is the canvas height in px."""
    rng = np.random.default_rng([seed, 77])
    body = _body(rng, int(0.44 * unit), int(0.78 * unit))
    head = _head(rng, int(0.27 * unit), int(0.32 * unit))
    arm = _arm(rng, int(0.085 * unit), int(0.42 * unit))
    return Actor(
        layers=(body, head, arm),
        joints=((0.5, 0.5), (0.5, 0.04), (0.2, 0.14)),
        swings=(2.0, 7.0, 24.0),
    )


def turned_about(
    at: tuple[float, float], angle: float, scale: float, pivot: tuple[float, float]
) -> Array:
    """3x3 float64 that turns and scales about `pivot` and puts it at `at`."""
    c, s = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    turn[:2, 2] = np.asarray(at) - turn[:2, :2] @ np.asarray(pivot)
    return turn


def pose(actor: Actor, *, at: tuple[float, float], t: float, size: float) -> tuple[Array, ...]:
    """Matrices of the actor's layers at motion time `t`, layer px to canvas px.

    Args: at: where the body's middle stands, canvas px; size: overall scale.
    """
    phase = 2 * math.pi * t / MOTION_PERIOD_FRAMES
    body_turn = actor.swings[0] * math.sin(phase)
    scale = size * (1 + 0.03 * math.sin(0.7 * phase))
    body = turned_about(at, body_turn, scale, actor.layers[0].pivot)
    h, w = actor.layers[0].rgba.shape[:2]
    out = [body]
    for layer, (jx, jy), swing in zip(
        actor.layers[1:], actor.joints[1:], actor.swings[1:], strict=True
    ):
        joint = body @ (jx * w, jy * h, 1)
        turn = body_turn + swing * math.sin(1.3 * phase + 0.9)
        out.append(turned_about((joint[0], joint[1]), turn, scale, layer.pivot))
    return tuple(out)


def shifted(matrix: Array, dx: float, dy: float) -> Array:
    """The matrix followed by a shift, both in edge coordinates."""
    out = np.array(matrix, np.float64)
    out[:2] += np.outer((dx, dy), out[2])
    return out


def to_index(matrix: Array) -> Array:
    """Edge coordinates to OpenCV's index coordinates (pixel centres at whole numbers), 2x3."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    index: Array = (np.linalg.inv(half) @ matrix @ half)[:2]
    return index


def warp_into(layer: Array, matrix: Array, size: tuple[int, int]) -> tuple[Array, slice, slice]:
    """Warps a layer onto the part of a w x h picture that it touches.

    Returns: (warped part, rows, columns); empty slices where it misses the picture.
    """
    h, w = layer.shape[:2]
    corners = np.array([[0, 0, 1], [w, 0, 1], [0, h, 1], [w, h, 1]]) @ matrix.T
    lo = np.floor(corners[:, :2].min(0)).astype(int) - 1
    hi = np.ceil(corners[:, :2].max(0)).astype(int) + 1
    x0, y0 = max(0, int(lo[0])), max(0, int(lo[1]))
    x1, y1 = max(x0, min(size[0], int(hi[0]))), max(y0, min(size[1], int(hi[1])))
    rows, columns = slice(y0, y1), slice(x0, x1)
    if x1 == x0 or y1 == y0:
        return np.zeros((y1 - y0, x1 - x0, *layer.shape[2:]), np.float32), rows, columns
    local = to_index(shifted(matrix, -x0, -y0))
    return cv2.warpAffine(layer, local, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR), rows, columns
