"""How alike two people look: by an open face network if it is there, else by clothes and face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from ....arrays.images import Floats, Image, Mask, blur, floats
from ....networks.manifest import read_manifest
from ..face_detectors.base import Face
from ..small_networks.people_networks import PERSON_PX, PeopleNetworks, Square

FACE_NETWORK = "face-identity"
# A cosine of 0.363 parts the pairs of LFW (Zhong et al. 2021, SFace; OpenCV's zoo).
COSINE, COSINE_STEP = 0.363, 0.04
# Likeness of clothes and of faces: where it starts to speak against, where for one person, and how
# much of it is one log odd there. Measured on four people who sign in one room, two at a desk and
# two in the dark. Best pairs of views of different people reached 0.96 and 0.91. Views of one
# person were above 0.95 and 0.85, but fell to 0.81 in other light or nearer to the camera.
CLOTHES = (0.75, 0.10, 0.945, 0.025)
FEATURES = (0.70, 0.07, 0.86, 0.05)
LIMIT = 3.0  # log odds that one of them may say
SQUARE = 4.5  # heights of the face: head and chest
LEAST_PX = 150  # of clothes, in a square of `PERSON_PX`
BINS = (8, 12, 12)  # of L, a and b
RANGES = ((0.0, 100.0), (-60.0, 60.0), (-60.0, 60.0))
ALIGNED_PX, MARGIN_PX = 64, 10
CORNERS = ((20.0, 24.0), (44.0, 24.0), (32.0, 48.0))  # of the aligned face: eyes, mouth
TURNED = 0.15  # difference of two heads' turns, in distances of the eyes, up to which faces compare


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looks:
    """How a person looks in one frame.

    Attributes:
        clothes: Histogram of Lab under the chin, sums to 1; `None` where too little is seen.
        features: The aligned face without its light, 1 on average in square.
        turn: How far the head is turned and nods, in distances of the eyes.
        embedding: Of the face network, length 1; `None` without it.
    """

    clothes: Floats | None
    features: Floats
    turn: tuple[float, float]
    embedding: Floats | None = None


def see_looks(picture: Image, face: Face, networks: PeopleNetworks) -> Looks:
    """Describe the person of a face.

    Args:
        picture: RGB, 8 bit.
        face: With its 468 points, px of the picture.
        networks: The small networks.
    """
    side = max(1, round(SQUARE * face.h))
    square = Square(
        x=round(face.x + face.w / 2 - side / 2), y=round(face.y + face.h / 2 - 0.35 * side),
        side=side,
    )  # fmt: skip
    near = square.cut(picture, PERSON_PX)
    k = PERSON_PX / side
    here = face.placed(k, (-square.x * k, -square.y * k))
    person = networks.person(near) > 0.6
    rows = np.arange(PERSON_PX)[:, None] / k + square.y
    columns = np.arange(PERSON_PX)[None, :] / k + square.x
    person &= (rows < picture.shape[0]) & (columns >= 0) & (columns < picture.shape[1])
    below = rows > face.y + 1.3 * face.h
    return Looks(
        clothes=_histogram(near, np.asarray(person & below)),
        features=_features(near, here),
        turn=_turn(face),
        embedding=_embedding(picture, face),
    )


def alike(some: Sequence[Looks], others: Sequence[Looks]) -> float:
    """Log odds that two people are one, by their best pair of views; 0: nothing is known."""
    pairs = [(a, b) for a in some for b in others]
    cosines = [
        float((a.embedding * b.embedding).sum())
        for a, b in pairs
        if a.embedding is not None and b.embedding is not None
    ]
    if cosines:
        return float(np.clip((max(cosines) - COSINE) / COSINE_STEP, -2 * LIMIT, 2 * LIMIT))
    clothes = [
        float(np.sqrt(a.clothes * b.clothes).sum())
        for a, b in pairs
        if a.clothes is not None and b.clothes is not None
    ]
    faces = [float((a.features * b.features).mean()) for a, b in pairs if _comparable(a, b)]
    return _odds(clothes, *CLOTHES) + _odds(faces, *FEATURES)


def _odds(values: Sequence[float], low: float, slow: float, high: float, fast: float) -> float:
    """Log odds by the best of some likenesses; 0 between `low` and `high`."""
    if not values:
        return 0.0
    best = max(values)
    return max(-LIMIT, min(0.0, (best - low) / slow)) + min(LIMIT, max(0.0, (best - high) / fast))


def _comparable(a: Looks, b: Looks) -> bool:
    return max(abs(x - y) for x, y in zip(a.turn, b.turn, strict=True)) < TURNED


def _histogram(picture: Image, where: Mask) -> Floats | None:
    if int(where.sum()) < LEAST_PX:
        return None
    lab = cv2.cvtColor(picture.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2LAB)
    counts, _ = np.histogramdd(lab[where], bins=BINS, range=RANGES)
    soft = floats(counts)
    for axis in range(3):  # neighbouring colours are alike
        soft = floats(sum(w * np.roll(soft, s, axis) for s, w in ((-1, 0.2), (0, 0.6), (1, 0.2))))
    return floats(soft / soft.sum())


def _features(picture: Image, face: Face) -> Floats:
    points = floats(face.points)
    eyes_and_mouth = np.vstack([points[:2], points[3:].mean(axis=0)])
    matrix = cv2.getAffineTransform(floats(eyes_and_mouth), floats(CORNERS))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    aligned = floats(cv2.warpAffine(grey, matrix, (ALIGNED_PX, ALIGNED_PX)))
    fine = blur(aligned, 1.2)
    fine = floats(fine - blur(fine, 10.0))
    fine = floats(fine / np.sqrt(blur(floats(fine * fine), 10.0) + 4.0))
    inner = fine[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
    return floats(inner / np.sqrt(max(1e-6, float((inner * inner).mean()))))


def _turn(face: Face) -> tuple[float, float]:
    points = np.asarray(face.points, np.float64)
    left, right, nose, mouth = points[0], points[1], points[2], points[3:].mean(axis=0)
    across, middle = right - left, (left + right) / 2
    length = max(1e-6, float(np.hypot(across[0], across[1])))
    along, down = across / length, np.array([-across[1], across[0]]) / length
    gap = max(1e-6, float((mouth - middle) @ down))
    return float((nose - middle) @ along) / length, float((nose - middle) @ down) / gap


def _embedding(picture: Image, face: Face) -> Floats | None:
    network = _face_network(str(read_manifest()[FACE_NETWORK].path))
    if network is None:
        return None
    row = np.array([face.x, face.y, face.w, face.h, *np.ravel(face.points), face.score], np.float32)
    aligned = network.alignCrop(np.ascontiguousarray(picture[..., ::-1]), row)
    values = floats(network.feature(aligned)).ravel()
    return floats(values / max(1e-6, float(np.sqrt((values * values).sum()))))


@cache
def _face_network(path: str) -> cv2.FaceRecognizerSF | None:
    """The network of OpenCV's zoo, where the user has fetched it."""
    return cv2.FaceRecognizerSF.create(path, "") if Path(path).is_file() else None
