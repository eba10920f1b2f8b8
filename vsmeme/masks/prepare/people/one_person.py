"""How likely one person is at each pixel, by the network that leaves other people out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....arrays.images import Floats, Image, floats, resized
from ..face_detectors.base import Face
from ..propagation.mean_field import logit
from ..small_networks.people_networks import PERSON_PX, PeopleNetworks

# Squares that hold half a figure, a whole trunk, a whole figure, in heights of the face; and how
# far below the face their middles lie.
HALF, TRUNK, FIGURE = (6.0, 1.5), (10.0, 2.6), (15.0, 3.0)
WIDEST = 1.3  # of the picture's width: in a wider square the person is not what fills it
NEVER = 0.02  # of a probability: the network's word is never final
OWN, FOREIGN = 0.6, 0.25  # share of a face that is the person's; more of another's is a mix-up
UNASKED = float(logit(np.zeros(1, np.float32), NEVER)[0])  # log odds beyond a square


def likely_one(
    picture: Image, face: Face, networks: PeopleNetworks, squares: Sequence[tuple[float, float]]
) -> list[Floats]:
    """Ask about the person of a face, once for each square that the picture bears.

    Args:
        picture: RGB, 8 bit, `h x w x 3`.
        face: The face, px of the picture.
        networks: The networks.
        squares: Side and depth of each, in heights of the face.

    Returns:
        Log odds, `h x w` each; `UNASKED` beyond the square.
    """
    return [
        _asked(picture, face, networks, side=side * face.h, depth=depth * face.h)
        for side, depth in squares
        if 2 <= side * face.h <= WIDEST * picture.shape[1]
    ]


def told_apart(
    picture: Image, face: Face, others: Sequence[Face], networks: PeopleNetworks
) -> Floats | None:
    """Ask about the person of a face among others.

    Args:
        picture: RGB, 8 bit, `h x w x 3`.
        face: The person's face, px of the picture.
        others: Other people's.
        networks: The networks.

    Returns:
        Log odds, `h x w`; `None` where the network cannot tell these people apart.
    """
    answers = [
        odds
        for odds in likely_one(picture, face, networks, (TRUNK, FIGURE))
        if _share(odds, face) >= OWN and all(_share(odds, other) <= FOREIGN for other in others)
    ]
    return floats(np.mean(answers, axis=0)) if answers else None


def _asked(
    picture: Image, face: Face, networks: PeopleNetworks, *, side: float, depth: float
) -> Floats:
    k = PERSON_PX / side
    height, width = picture.shape[:2]
    small = picture
    if k < 1:  # a warp does not average
        size = (max(1, round(k * width)), max(1, round(k * height)))
        small = resized(picture, size)
    middle = (face.x + face.w / 2, face.y + face.h / 2 + depth)
    shrunk = small.shape[1] / width, small.shape[0] / height
    way = _to_square(k / shrunk[0], k / shrunk[1], (middle[0] * shrunk[0], middle[1] * shrunk[1]))
    square = cv2.warpAffine(small, way, (PERSON_PX, PERSON_PX), flags=cv2.INTER_LINEAR)
    odds = logit(networks.person_in_the_middle(np.asarray(square, np.uint8)), NEVER)
    back = cv2.invertAffineTransform(_to_square(k, k, middle))
    return floats(cv2.warpAffine(odds, back, (width, height), borderValue=UNASKED))


def _to_square(
    across: float, down: float, middle: tuple[float, float]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Affine from a picture's pixel indices to the square's, whose middle shows `middle`."""
    half = PERSON_PX / 2
    x, y = half - across * (middle[0] - 0.5) - 0.5, half - down * (middle[1] - 0.5) - 0.5
    return np.array([[across, 0, x], [0, down, y]], np.float64)


def _share(odds: Floats, face: Face) -> float:
    """How much of a face's box is the person's."""
    rows = slice(max(0, int(face.y)), max(1, int(face.y + face.h)))
    columns = slice(max(0, int(face.x)), max(1, int(face.x + face.w)))
    part = odds[rows, columns]
    return float((part > 0).mean()) if part.size else 0.0
