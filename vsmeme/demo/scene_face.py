"""A silly face, drawn: for the demo and the tests of the insertion."""

from __future__ import annotations

import cv2
import numpy as np

from .scene_art import Array

SIZE = (400, 480)  # w, h
OVERSAMPLE = 3


def silly_face() -> Array:
    """The face as RGBA uint8, 480 x 400 x 4, straight alpha, transparent around the oval."""
    w, h = SIZE[0] * OVERSAMPLE, SIZE[1] * OVERSAMPLE
    paint, alpha = np.zeros((h, w, 3), np.uint8), np.zeros((h, w), np.uint8)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    light = 1.08 - 0.45 * (((xx / w - 0.42) ** 2 + (yy / h - 0.4) ** 2) / 0.5)
    paint[:] = np.clip(light[..., None] * (247, 205, 92), 0, 255)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * w), round(y * h)

    def oval(x: float, y: float, rx: float, ry: float, colour: tuple[int, int, int]) -> None:
        cv2.ellipse(paint, at(x, y), at(rx, ry), 0, 0, 360, colour, -1)

    cv2.ellipse(alpha, at(0.5, 0.5), at(0.48, 0.485), 0, 0, 360, 255, -1)
    for x, radius, pupil in ((0.31, 0.17, (0.35, 0.4)), (0.69, 0.13, (0.655, 0.345))):
        oval(x, 0.36, radius + 0.012, (radius + 0.012) * w / h, (60, 40, 20))
        oval(x, 0.36, radius, radius * w / h, (252, 252, 250))
        oval(*pupil, 0.055, 0.055 * w / h, (25, 25, 30))
        oval(pupil[0] - 0.018, pupil[1] - 0.016, 0.016, 0.016 * w / h, (255, 255, 255))
    thick = round(0.035 * w)
    cv2.ellipse(paint, at(0.3, 0.2), at(0.16, 0.08), 12, 190, 340, (92, 58, 22), thick)
    cv2.ellipse(paint, at(0.7, 0.17), at(0.15, 0.09), -14, 200, 350, (92, 58, 22), thick)
    oval(0.5, 0.54, 0.085, 0.062, (236, 128, 74))
    oval(0.475, 0.525, 0.025, 0.018, (255, 190, 150))
    for x in (0.2, 0.8):
        oval(x, 0.62, 0.085, 0.055, (244, 150, 96))
    cv2.ellipse(paint, at(0.5, 0.66), at(0.31, 0.22), 0, 0, 180, (112, 26, 34), -1)
    cv2.rectangle(paint, at(0.24, 0.66), at(0.76, 0.705), (252, 250, 240), -1)
    cv2.rectangle(paint, at(0.47, 0.66), at(0.53, 0.705), (70, 20, 26), -1)
    oval(0.56, 0.84, 0.115, 0.085, (240, 110, 130))
    cv2.line(paint, at(0.56, 0.79), at(0.57, 0.89), (204, 74, 98), round(0.012 * w))
    small = cv2.resize(np.dstack([paint, alpha]), SIZE, interpolation=cv2.INTER_AREA)
    small[..., 3] = cv2.GaussianBlur(small[..., 3], (0, 0), 2.0)
    return small


def write_face(path: str) -> None:
    """Writes the face as a PNG with alpha."""
    write_face_picture(path, cv2.cvtColor(silly_face(), cv2.COLOR_RGBA2BGRA))


def write_face_picture(path: str, picture: Array) -> None:
    """Writes a picture as OpenCV orders it."""
    if not cv2.imwrite(path, picture):
        raise OSError(f"{path}: cannot be written")
