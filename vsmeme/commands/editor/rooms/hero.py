"""A picture of one person, cut out of a frame that may show several."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....arrays.images import Image
from ....masks.prepare.face_detectors.base import Face

AROUND = (4.0, 5.0)  # of the face's width and height: head and chest, by which a person is known
ABOVE = 0.3  # share of the cut-out's height over the middle of the face
SHRINKING = (1.0, 0.75, 0.5, 0.35)


def hero_picture(picture: Image, faces: Sequence[Face], index: int) -> bytes:
    """Cut a person out, as far around the face as no larger one comes into the picture.

    Args:
        picture: RGB, 8 bit.
        faces: All that were found, px of the picture.
        index: Whose.

    Returns:
        A PNG.
    """
    face = faces[index]
    others = [f for i, f in enumerate(faces) if i != index and f.w * f.h > 0.8 * face.w * face.h]
    for share in SHRINKING:
        left, top, right, bottom = _box(face, share, picture)
        if not any(
            left < f.x + f.w and f.x < right and top < f.y + f.h and f.y < bottom for f in others
        ):
            break
    part = np.ascontiguousarray(picture[top:bottom, left:right, ::-1])
    return cv2.imencode(".png", part)[1].tobytes()


def _box(face: Face, share: float, picture: Image) -> tuple[int, int, int, int]:
    width, height = (
        side * around * share for side, around in zip((face.w, face.h), AROUND, strict=True)
    )
    width, height = max(width, 1.2 * face.w), max(height, 1.4 * face.h)
    x, y = face.x + face.w / 2, face.y + face.h / 2
    left, top = x - width / 2, y - height * ABOVE
    return (
        max(0, round(left)),
        max(0, round(top)),
        min(picture.shape[1], round(left + width)),
        min(picture.shape[0], round(top + height)),
    )
