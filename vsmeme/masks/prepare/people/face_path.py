"""The face of every frame by its 468 points, steadied over time; else what was carried along."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from ....arrays.images import Image
from ..face_detectors.base import Face
from ..face_detectors.blazeface import follow_face, mesh_face
from ..face_shape import face_outline
from .people_networks import PeopleNetworks

LEAST_AGREEMENT = 0.35  # IoU with the mask that was carried along
WEIGHTS = (0.25, 0.5, 0.25)  # of the frame before, of the frame, of the one after
JUMP = 0.1  # of the face's height: beyond it, frames are not averaged


def face_masks(
    frames: Iterable[Image], carried: Iterable[Image], networks: PeopleNetworks | None
) -> Iterator[Image]:
    """Draw the face of every frame.

    Args:
        frames: RGB, 8 bit, one after the other.
        carried: The face as it was carried along from the key frames, 8 bit; it says which face,
            and whether there is one.
        networks: The small networks; without them, what was carried is given, its holes filled.

    Returns:
        Masks, 8 bit, without holes.
    """
    waiting: deque[tuple[Face | None, Image]] = deque()
    before: Face | None = None
    last: Face | None = None
    for frame, mask in zip(frames, carried, strict=True):
        last = _face(frame, mask, last, networks)
        waiting.append((last, mask))
        if len(waiting) == 2:
            face, old = waiting.popleft()
            yield _drawn(before, face, last, old)
            before = face
    for face, old in waiting:
        yield _drawn(before, face, None, old)


def _face(
    frame: Image, mask: Image, last: Face | None, networks: PeopleNetworks | None
) -> Face | None:
    """The face of a frame: followed from the last one, else looked for under the mask."""
    if networks is None or not mask.any():
        return None
    face = follow_face(frame, last, networks) if last is not None else None
    if face is None or not _agrees(face, mask):
        x, y, w, h = cv2.boundingRect(np.asarray(mask > 127, np.uint8))
        if not (w and h):
            return None
        level = np.array([[x, y], [x + w, y]], np.float64)
        face = mesh_face(frame, np.array([x, y, w, h], np.float64), level, networks)
    return face if face is not None and _agrees(face, mask) else None


def _agrees(face: Face, mask: Image) -> bool:
    outline = face_outline(face, (mask.shape[1], mask.shape[0])) > 127
    other = mask > 127
    return float((outline & other).sum()) >= LEAST_AGREEMENT * float((outline | other).sum())


def _drawn(before: Face | None, face: Face | None, after: Face | None, carried: Image) -> Image:
    if face is None:
        return filled(carried)
    total, weight = np.zeros((len(face.mesh), 2)), 0.0
    for other, share in zip((before, face, after), WEIGHTS, strict=True):
        if other is not None and _close(other, face):
            total += share * np.asarray(other.mesh)
            weight += share
    mesh = tuple((float(x), float(y)) for x, y in total / weight)
    return face_outline(replace(face, mesh=mesh), (carried.shape[1], carried.shape[0]))


def _close(a: Face, b: Face) -> bool:
    gap = np.abs(np.asarray(a.mesh) - np.asarray(b.mesh)).mean()
    return bool(gap <= JUMP * max(a.h, b.h))


def filled(mask: Image) -> Image:
    """A mask without its holes."""
    edges, _ = cv2.findContours(
        np.asarray(mask > 127, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    inside = np.zeros_like(mask)
    cv2.drawContours(inside, edges, -1, 255, -1)
    inner = cv2.erode(inside, np.ones((3, 3), np.uint8))  # the edge stays as soft as it was
    return np.asarray(np.maximum(mask, inner), np.uint8)
