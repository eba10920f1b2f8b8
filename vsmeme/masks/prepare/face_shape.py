"""Where the face and the body of a detected face are likely to be."""

from __future__ import annotations

import cv2
import numpy as np

from ...arrays.images import Doubles, Image
from .face_detectors.base import Face

FOREHEAD = 0.12  # of the face's length: how far the hairline lies above the mesh's highest points
CHIN, TOP = 152, 10  # of the mesh


def face_outline(face: Face, size: tuple[int, int]) -> Image:
    """Draw a face from the hairline to the chin: its points' hull, else a tilted ellipse.

    Args:
        face: The face, pixels of the picture.
        size: Width and height of the mask, px.

    Returns:
        Mask, 8 bit, `h x w`, 0 or 255.
    """
    mask = np.zeros((size[1], size[0]), np.uint8)
    if face.mesh:
        oval = 16 * _oval(np.asarray(face.mesh, np.float64))
        cv2.fillConvexPoly(mask, oval.round().astype(np.int32), 255, cv2.LINE_AA, 4)
        return mask
    p = np.asarray(face.points, np.float64)
    eyes, mouth = (p[0] + p[1]) / 2, (p[3] + p[4]) / 2
    down = mouth - eyes
    length = max(float(np.hypot(*down)), 0.25 * face.h)
    angle = float(np.degrees(np.arctan2(down[1], down[0]))) - 90
    # The box's centre is steadier than the landmarks; a face is about 1.35 times as long as wide.
    centre = (face.x + face.w / 2, face.y + face.h / 2)
    axes = (max(face.w * 0.52, length * 0.85), max(face.h * 0.55, length * 1.2))
    shape = ((float(centre[0]), float(centre[1])), (2 * axes[0], 2 * axes[1]), angle)
    cv2.ellipse(mask, shape, 255, -1, cv2.LINE_AA)
    return mask


def _oval(mesh: Doubles) -> Doubles:
    """The outline of a face with its forehead, convex."""
    up = mesh[TOP] - mesh[CHIN]
    length = max(1e-6, float(np.hypot(*up)))
    height = (mesh - mesh[CHIN]) @ up / length**2  # 0 at the chin, 1 at the highest point
    raised = mesh + np.clip(height - 0.6, 0, 0.4)[:, None] / 0.4 * FOREHEAD * up
    hull = cv2.convexHull(raised.astype(np.float32))
    return np.asarray(hull[:, 0] - 0.5, np.float64)


def person_guess(face: Face, size: tuple[int, int]) -> Image:
    """Draw where the body of a face is likely: head, shoulders, trunk, legs of an upright person.

    Args:
        face: The face, pixels of the picture.
        size: Width and height of the picture, px.

    Returns:
        8 bit, `h x w`: 255 likely the person, 128 perhaps, 0 surely not.
    """
    # Half widths in face widths at heights in face heights below the top of the face: a body is
    # some seven and a half heads tall and two heads wide at the shoulders.
    outline = [(-0.4, 0.35), (0.0, 0.7), (0.9, 0.6), (1.1, 0.45), (1.5, 1.1), (2.2, 1.35)]
    outline += [(4.2, 1.2), (6.0, 0.95), (8.2, 0.9)]
    drawn = []
    for extra, level in ((1.3, 128), (0.0, 255)):
        half = [(y - 0.3 * (extra > 0) * (y < 0), x + extra) for y, x in outline]
        right = [(face.x + face.w * (0.5 + x), face.y + face.h * y) for y, x in half]
        left = [(face.x + face.w * (0.5 - x), face.y + face.h * y) for y, x in reversed(half)]
        drawn.append((np.array(right + left).round().astype(np.int32), level))
    guess = np.zeros((size[1], size[0]), np.uint8)
    for polygon, level in drawn:
        cv2.fillPoly(guess, [polygon], level)
    return guess


def head_turn(face: Face) -> float:
    """How far a head is turned: its nose from the middle of its eyes, in their distance.

    Args:
        face: With its points.

    Returns:
        Negative where the nose lies left of the middle; about half of the distance at 45 degrees.
    """
    left, right, nose = (np.asarray(face.points[i], np.float64) for i in range(3))
    across = right - left
    length = max(1e-6, float(np.hypot(across[0], across[1])))
    return float((nose - (left + right) / 2) @ across) / length**2
