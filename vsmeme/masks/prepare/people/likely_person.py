"""How likely a person is at each pixel: a small network on squares around the subject, averaged."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from ....arrays.images import Floats, Image, floats
from ..propagation.mean_field import logit
from .people_networks import PERSON_PX, PeopleNetworks, Square

# Sides of the squares in heights of the face: head and shoulders, half a figure, a whole one.
# The whole picture, padded to a square, joins them.
FACE_SIDES = (4.5, 9.0, 18.0)
FACE_HEIGHT = 0.35  # where the face lies in its square: a body is below
BOX_SIDES = (1.25, 2.0)  # in longer sides of a box
UNLIKE = 1.25  # a square less than that much larger than another says nothing new
FADE = 0.125  # of a square's side, towards an edge that is not the picture's
UNSEEN = -3.0  # log odds where no square reaches
LIMIT = 0.01  # of a probability: the network's word is never final

type Area = tuple[float, float, float, float]


def likely_person(picture: Image, area: Area, networks: PeopleNetworks, *, face: bool) -> Floats:
    """Ask the network about the surroundings of a face or a box.

    Args:
        picture: RGB, 8 bit, `h x w x 3`.
        area: `x, y, w, h`, px of the picture.
        networks: The networks.
        face: Whether the area is a face; else it holds the whole subject.

    Returns:
        Log odds, `h x w`: the mean of all squares that reach a pixel.
    """
    height, width = picture.shape[:2]
    total = np.zeros((height, width), np.float32)
    weight = np.full((height, width), 1e-6, np.float32)
    for square in _squares(width, height, area, face=face):
        share = networks.person(square.cut(picture, PERSON_PX))
        window = _window(square, width, height)
        rows, columns, part = _part(square, logit(share, LIMIT), width, height)
        _, _, trust = _part(square, window, width, height)
        total[rows, columns] += trust * part
        weight[rows, columns] += trust
    return floats(np.where(weight > 1e-3, total / weight, UNSEEN))


def _squares(width: int, height: int, area: Area, *, face: bool) -> list[Square]:
    x, y, w, h = area
    long, short = max(width, height), min(width, height)
    sides: Iterable[float] = (
        (k * h for k in FACE_SIDES) if face else (k * max(w, h) for k in BOX_SIDES)
    )
    above = FACE_HEIGHT if face else 0.5
    squares = [Square(x=(width - long) // 2, y=(height - long) // 2, side=long)]
    for side in (min(round(side), short) for side in sides):
        if side < 2 or any(side / UNLIKE < other.side < side * UNLIKE for other in squares[1:]):
            continue
        left = min(max(round(x + w / 2 - side / 2), 0), width - side)
        top = min(max(round(y + h / 2 - above * side), 0), height - side)
        squares.append(Square(x=left, y=top, side=side))
    return squares


def _window(square: Square, width: int, height: int) -> Floats:
    """How much a square's word counts, `PERSON_PX` x `PERSON_PX`: less towards its inner edges."""
    ramp = (np.arange(PERSON_PX, dtype=np.float32) + 0.5) / (PERSON_PX * FADE)
    sides = []
    for start, length in ((square.x, width), (square.y, height)):
        low = ramp if start > 0 else np.ones_like(ramp)
        high = ramp[::-1] if start + square.side < length else np.ones_like(ramp)
        sides.append(np.clip(np.minimum(low, high), 0, 1))
    return floats(np.minimum(sides[0][None, :], sides[1][:, None]))


def _part(square: Square, values: Floats, width: int, height: int) -> tuple[slice, slice, Floats]:
    """A square's values at the picture's size, and where they lie in it."""
    whole = cv2.resize(values, (square.side, square.side), interpolation=cv2.INTER_LINEAR)
    x0, y0 = max(0, square.x), max(0, square.y)
    x1, y1 = min(width, square.x + square.side), min(height, square.y + square.side)
    part = whole[y0 - square.y : y1 - square.y, x0 - square.x : x1 - square.x]
    return slice(y0, y1), slice(x0, x1), floats(part)
