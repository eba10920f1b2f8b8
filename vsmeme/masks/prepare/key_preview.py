"""Previews of the key frames: the picture with its masks laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ...arrays.images import Image
from ...artifact import atomic_path
from .canvas_frames import CanvasFrames
from .find_subjects import ShotSubject

FOREGROUND, FACE = (90, 220, 60), (255, 80, 60)
DOUBT = (0, 220, 255)  # BGR


def write_previews(
    folder: Path, frames: CanvasFrames, subjects: Sequence[ShotSubject]
) -> list[Path]:
    """Write an overlay PNG for each key frame.

    Args:
        folder: Where to; made if missing.
        frames: The film.
        subjects: Of each shot.

    Returns:
        The files.
    """
    made = write_doubts(folder, frames, subjects)
    for index, subject in enumerate(subjects):
        for key in subject.keys:
            path = folder / f"shot{index}-frame{key.frame}.png"
            picture = overlay(frames.work(key.frame), key.foreground, key.face)
            with atomic_path(path) as part:
                cv2.imwrite(str(part), np.ascontiguousarray(picture[..., ::-1]))
            made.append(path)
    return made


def write_doubts(folder: Path, frames: CanvasFrames, subjects: Sequence[ShotSubject]) -> list[Path]:
    """Write a PNG of each face that may be the subject's, marked; returns the files."""
    files: list[Path] = []
    for index, subject in enumerate(subjects):
        if subject.verdict != "unsure" or subject.doubtful is None:
            continue
        number, face = subject.doubtful
        picture = np.ascontiguousarray(frames.work(number)[..., ::-1])
        corners = ((round(face.x), round(face.y)), (round(face.x + face.w), round(face.y + face.h)))
        cv2.rectangle(picture, *corners, DOUBT, 2)
        path = folder / f"shot{index}-unsure.png"
        with atomic_path(path) as part:
            cv2.imwrite(str(part), picture)
        files.append(path)
    return files


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
