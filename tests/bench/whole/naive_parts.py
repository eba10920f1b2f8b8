"""What the straightforward script does to a frame: whole pictures, NumPy and OpenCV, 8-bit BGR."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vsmeme.colour.transform import Colour
from vsmeme.networks.manifest import find_model
from vsmeme.placement.layout import Layout

Picture = NDArray[Any]


class Upscaler:
    """The network on a strip, or bicubic."""

    def __init__(self, bands: str) -> None:
        self.session = None
        if bands != "bicubic":
            import onnxruntime

            path = str(find_model(bands).path)
            self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def __call__(self, strip: Picture, scale: int) -> Picture:
        if self.session is None:
            return cv2.resize(strip, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        rgb = strip[..., ::-1].astype(np.float32) / 255
        batch = np.ascontiguousarray(rgb.transpose(2, 0, 1)[None])
        (out,) = self.session.run(None, {self.session.get_inputs()[0].name: batch})
        picture = (np.clip(out[0], 0, 1) * 255 + 0.5).astype(np.uint8)
        return np.ascontiguousarray(picture.transpose(1, 2, 0)[..., ::-1])


def graded(strip: Picture, colour: Colour | None) -> Picture:
    """Apply the fitted polynomial to a BGR strip."""
    if colour is None:
        return strip.astype(np.float32)
    ycc = cv2.cvtColor(strip.astype(np.float32) / 255, cv2.COLOR_BGR2YCrCb)
    y, v, u = 2 * ycc[..., 0] - 1, 2 * (ycc[..., 1] - 0.5), 2 * (ycc[..., 2] - 0.5)
    squares = (y * y, u * u, v * v, y * u, y * v, u * v)
    terms = np.stack([np.ones_like(y), y, u, v, *squares, y * y * y, y * y * u, y * y * v])
    weights = np.array(colour.coefficients, np.float32)
    y, u, v = np.tensordot(weights, terms, 1)
    out = np.dstack([(y + 1) / 2, v / 2 + 0.5, u / 2 + 0.5]).astype(np.float32)
    return np.clip(cv2.cvtColor(out, cv2.COLOR_YCrCb2BGR) * 255, 0, 255)


def composed(
    wide: Picture, dvd: Picture, layout: Layout, up: Upscaler, colour: Colour | None, width: int
) -> Picture:
    """Paste the wide and both bands, with a linear feather."""
    canvas = np.zeros((layout.canvas[1], layout.canvas[0], 3), np.uint8)
    home = layout.wide
    canvas[home.y : home.bottom, home.x : home.right] = wide
    context = 21 if up.session else 3
    for strip in layout.strips(width):
        first, rows, drop = layout.dvd_rows(strip)
        top, end = max(0, first - context), min(layout.dvd_size[1], first + rows + context)
        big = up(dvd[top:end], layout.scale)
        drop += (first - top) * layout.scale
        left = strip.x - layout.dvd.x
        part = graded(big[drop : drop + strip.h, left : left + strip.w], colour)
        under = canvas[strip.y : strip.bottom, strip.x : strip.right]
        weight = np.ones((strip.h, 1, 1), np.float32)
        ramp = (np.arange(width, dtype=np.float32) + 0.5) / width
        if strip.y < home.y:
            weight[strip.h - width :, 0, 0] = 1 - ramp
        else:
            weight[:width, 0, 0] = ramp
        under[:] = (part * weight + under * (1 - weight) + 0.5).astype(np.uint8)
    return canvas


def pink(frame: Picture, mask: Picture, rgb: tuple[float, float, float]) -> Picture:
    """Give what the mask covers the colour's chroma, in proportion to its luma."""
    ycc = cv2.cvtColor(frame, cv2.COLOR_BGR2YCrCb).astype(np.float32)
    target = np.array([[rgb[::-1]]], np.float32)
    y, cr, cb = cv2.cvtColor(target, cv2.COLOR_BGR2YCrCb)[0, 0]
    ratio = ycc[..., 0] / 255 / y
    for plane, value in ((1, cr), (2, cb)):
        wanted = 128 + (value - 0.5) * 255 * ratio
        ycc[..., plane] += (wanted - ycc[..., plane]) * mask
    return cv2.cvtColor(np.clip(ycc, 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2BGR)


def fringed(frame: Picture, mask: Picture, strength_px: float) -> Picture:
    """Scale red up and blue down about the centre, inside the mask."""
    h, w = frame.shape[:2]
    factor = strength_px / (np.hypot(w, h) / 2)
    moved = frame.copy()
    for channel, scale in ((2, 1 + factor), (0, 1 - factor)):
        matrix = np.array([[scale, 0, (1 - scale) * w / 2], [0, scale, (1 - scale) * h / 2]])
        source = np.ascontiguousarray(frame[..., channel])
        moved[..., channel] = cv2.warpAffine(source, matrix, (w, h), flags=cv2.INTER_CUBIC)
    return blended(frame, moved, mask)


def blended(under: Picture, over: Picture, mask: Picture) -> Picture:
    """Mix by a mask of 0..1."""
    weight = mask[..., None]
    return (over * weight + under * (1 - weight) + 0.5).astype(np.uint8)


def with_face(
    frame: Picture, picture: Picture, alpha: Picture, matrix: Picture, mask: Picture
) -> Picture:
    """Warp the picture onto the frame and blend it."""
    h, w = frame.shape[:2]
    index = to_index(matrix)
    face = cv2.warpPerspective(picture, index, (w, h), flags=cv2.INTER_CUBIC)
    cover = cv2.warpPerspective(alpha, index, (w, h), flags=cv2.INTER_LINEAR)
    return blended(frame, face, mask * (cover.astype(np.float32) / 255))


def to_index(matrix: Picture) -> Picture:
    """A matrix on edge coordinates as OpenCV wants it, on sample numbers."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return np.linalg.inv(half) @ matrix @ half


def softened(mask: Picture, px: int) -> Picture:
    """Feather a mask."""
    box = (px // 2 + 1, px // 2 + 1)
    return cv2.blur(cv2.blur(mask, box), box).astype(np.float32) / 255
