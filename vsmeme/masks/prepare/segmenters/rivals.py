"""Two people who touch: the picture's edges part them where their bodies may meet."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ....arrays.images import Floats, Image, Mask, floats
from ..face_detectors.base import Face

BODY, FAR_AWAY = 7.0, 1e3  # heights of a face
# Log odds of the one person: how much a face's height nearer counts, what a cut leaves decided.
NEARER, MOST_NEARER, DECIDED = 1.5, 2.0, 2.0
OPEN, OPEN_ALIKE = 1.0, 0.4  # faces that a pixel may be nearer to one and still be the other's
ALIKE = 0.5  # Bhattacharyya's distance of two bodies' colours below which colours part nothing
BINS = 8
CORE, COVERED = 0.5, 0.35  # faces beside the line down from a face: the body, one that is covered
FRONT, PLAINLY = 0.25, 1.15  # faces that a body reaches farther that is in front: of a larger face
ROUNDS = 2


def parted(
    frame: Image, mask: Image, face: Face, others: tuple[Face, ...], *, alone: Floats | None = None
) -> Image:
    """Take other people out of a mask.

    Args:
        frame: RGB, 8 bit, `h x w x 3`.
        mask: 0 or 1, may hold several people.
        face: The subject's face.
        others: Faces of other people.
        alone: Log odds of the subject alone, from who knows one person from another.

    Returns:
        0 or 1: what is the subject's by `alone` and by place and, where that is open, by the
        picture's edges.
    """
    size = (frame.shape[1], frame.shape[0])
    own = _away(face, size)
    rival = floats(np.minimum.reduce([_away(o, size) + _in_front(face, o) for o in others]))
    nearer = floats(own - rival)
    if alone is not None:
        return _cut(frame, mask, _labels(alone, nearer))
    bodies = [(mask > 0) & (away < CORE) & (side < 0)
              for away, side in ((own, nearer), (rival, -nearer))]  # fmt: skip
    open_to = OPEN_ALIKE if _alike(frame, *bodies) else OPEN
    labels = np.asarray(np.where(nearer < 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD), np.uint8)
    labels[(nearer < -open_to) | ((own < CORE) & (nearer < 0))] = cv2.GC_FGD
    labels[(nearer > open_to) | ((rival < COVERED + FRONT) & (nearer > 0))] = cv2.GC_BGD
    labels[mask == 0] = cv2.GC_BGD
    if not ((labels == cv2.GC_FGD).any() and ((mask > 0) & (nearer > -open_to)).any()):
        return mask
    return _cut(frame, mask, labels)


def _labels(alone: Floats, nearer: Floats) -> Image:
    """GrabCut's labels by the subject's log odds and by whose body is nearer."""
    odds = alone - NEARER * np.clip(nearer, -MOST_NEARER, MOST_NEARER)
    labels = np.asarray(np.where(odds > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD), np.uint8)
    labels[odds > DECIDED] = cv2.GC_FGD
    labels[odds < -DECIDED] = cv2.GC_BGD
    return labels


def _cut(frame: Image, mask: Image, labels: Image) -> Image:
    """Cut along the picture's edges what the labels leave open inside a mask; 0 or 1."""
    labels[mask == 0] = cv2.GC_BGD
    if np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).all() or not (labels & 1).any():
        return mask
    cv2.setRNGSeed(0)  # its clusters start at random
    back, fore = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
    colours = np.ascontiguousarray(frame[..., ::-1])
    cv2.grabCut(colours, labels, (0, 0, 1, 1), back, fore, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.asarray(np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)), np.uint8)


def _alike(frame: Image, one: Mask, other: Mask) -> bool:
    """Whether two parts of a picture have the same colours."""
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB)
    first, second = (_colours(lab, part) for part in (one, other))
    shared = float(np.sqrt(first * second).sum())
    return float(np.sqrt(max(0.0, 1 - shared))) < ALIKE


def _colours(lab: np.ndarray[tuple[int, ...], np.dtype[Any]], part: Mask) -> Floats:
    """Histogram of a part, sums to 1; of nothing, 0 everywhere."""
    counts, _ = np.histogramdd(lab[part], bins=BINS, range=((0, 256),) * 3)
    return floats(counts / max(1.0, float(counts.sum())))


def _in_front(face: Face, other: Face) -> float:
    """How much farther the body of a face reaches than another's, in faces; below 0: less."""
    ratio = float(np.log(max(face.h, 1.0) / max(other.h, 1.0)) / np.log(PLAINLY))
    return FRONT * max(-1.0, min(1.0, ratio))


def _away(face: Face, size: tuple[int, int]) -> Floats:
    """Distance to the line from a face down through its body, in heights of the face."""
    line = np.ones((size[1], size[0]), np.uint8)
    x, y = face.x + face.w / 2, face.y + face.h / 2
    ends = ((round(x), round(y)), (round(x), round(y + BODY * face.h)))
    cv2.line(line, *ends, 0, 1)
    if line.all():
        return np.full((size[1], size[0]), FAR_AWAY, np.float32)
    return floats(cv2.distanceTransform(line, cv2.DIST_L2, 5) / max(face.h, 1.0))
