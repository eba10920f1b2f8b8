"""A look at the key frames: the picture with its masks laid over it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ...arrays.images import Image
from ...artifact import atomic_path
from .canvas_frames import CanvasFrames
from .key_frames import Key

FOREGROUND, FACE = (90, 220, 60), (255, 80, 60)


def write_previews(folder: Path, frames: CanvasFrames, keys: list[list[Key]]) -> list[Path]:
    """Write an overlay PNG for each key frame.

    Args:
        folder: Where to; made if missing.
        frames: The film.
        keys: Of each shot.

    Returns:
        The files.
    """
    made: list[Path] = []
    for index, found in enumerate(keys):
        for key in found:
            path = folder / f"shot{index}-frame{key.frame}.png"
            picture = overlay(frames.work(key.frame), key.foreground, key.face)
            with atomic_path(path) as part:
                cv2.imwrite(str(part), np.ascontiguousarray(picture[..., ::-1]))
            made.append(path)
    return made


def overlay(frame: Image, foreground: Image, face: Image) -> Image:
    """Lay masks over a frame: the background dimmed, foreground green, face red, edges drawn."""
    out = frame.astype(np.float32) * (0.45 + 0.55 * (foreground[..., None] > 127))
    for mask, colour in ((foreground, FOREGROUND), (face, FACE)):
        share = 0.28 * mask.astype(np.float32)[..., None] / 255
        out = out * (1 - share) + share * np.array(colour, np.float32)
    picture = np.ascontiguousarray(np.clip(out, 0, 255), np.uint8)
    for mask, colour in ((foreground, FOREGROUND), (face, FACE)):
        edges, _ = cv2.findContours(
            np.asarray(mask > 127, np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(picture, edges, -1, colour, 1, cv2.LINE_AA)
    return picture
