"""The table of face detectors, and the one that is asked.

A new detector is one file in this folder and one line in `FACE_DETECTORS`.
"""

from __future__ import annotations

from ....arrays.images import Image, resized
from ..small_networks.people_networks import open_networks
from .base import Face, FaceDetector
from .blazeface import find_with_blazeface
from .mtcnn import find_with_mtcnn

FACE_DETECTORS: dict[str, FaceDetector] = {
    "blazeface": find_with_blazeface,
    "mtcnn": find_with_mtcnn,
}
WORK_HEIGHT_PX = 540  # a face that matters is then 20 px and more, what the networks are made for


def detect_faces(frame: Image, *, detector: str | None = None) -> list[Face]:
    """Find faces, the surest first.

    Args:
        frame: RGB, 8 bit, `h x w x 3`, full range.
        detector: One of `FACE_DETECTORS`; by default blazeface, and where its networks are not to
            be had, mtcnn.

    Returns:
        Faces in pixels of `frame`.

    Raises:
        MissingError: The detector's networks are not installed.
    """
    scale = min(1.0, WORK_HEIGHT_PX / frame.shape[0])
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    name = detector or ("blazeface" if open_networks() else "mtcnn")
    faces = FACE_DETECTORS[name](resized(frame, size))
    return sorted((face.scaled(1 / scale) for face in faces), key=lambda face: -face.score)
