"""How likely a person is at each pixel: small networks asked about parts of a picture."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ....arrays.images import Floats, Image, floats
from ....settings.setting_values import Box
from ..face_detectors.base import Face
from ..propagation.mean_field import logit
from ..small_networks.light import levelled, lit
from ..small_networks.people_networks import LANDSCAPE_PX, PERSON_PX, PeopleNetworks, PicturePart
from .one_person import HALF, TRUNK, UNASKED, likely_one

# Sides of the squares in heights of the face: head and shoulders, half a figure, a whole one.
# The whole picture, padded to a square, joins them.
FACE_SIDES = (4.5, 9.0, 18.0)
FACE_HEIGHT = 0.35  # where the face lies in its square: a body is below
BOX_SIDES = (1.25, 2.0)  # in longer sides of a box
UNLIKE = 1.25  # a square less than that much larger than another says nothing new
# Rows of the wide parts, likewise, beside the whole picture; what is nearly that is left out.
WIDE_ROWS, NEARLY_WHOLE = (3.0, 5.0), 0.85
SISTER = 0.25  # how much the sister network's word counts (tests/bench/masks/people.py --variants)
# A square around a face that fills the picture, in heights of the face: it goes beyond the picture,
# which is mirrored there, so that the face is as large in it as the network knows faces.
CLOSE, FILLED = 3.5, 1.1
# How much else counts beside the mean of the parts (tests/bench/masks/people.py --variants).
CLOSE_SHARE, ONE_SHARE = 0.5, 0.25
FADE = 0.125  # of a part's sides, towards an edge that is not the picture's
UNSEEN = -3.0  # log odds where no part reaches
LIMIT = 0.01  # of a probability: a network's word is never final


def likely_person(picture: Image, area: Box, networks: PeopleNetworks, *, face: bool) -> Floats:
    """Ask the networks about the surroundings of a face or a box.

    Args:
        picture: RGB, 8 bit, `h x w x 3`.
        area: `x, y, w, h`, px of the picture.
        networks: The networks.
        face: Whether the area is a face; else it holds the whole subject.

    Returns:
        Log odds, `h x w`.
    """
    if not face:  # a wall in faint light, stretched, may look like anything
        return _mean(picture, area, networks, face=False)
    x, y, w, h = area
    known = Face(x=x, y=y, w=w, h=h, score=1.0, points=())
    shown = lit(levelled(picture), area)
    odds = _mean(shown, area, networks, face=True)
    close = _close(shown, area, networks)
    if close is not None:
        odds = floats((odds + CLOSE_SHARE * close) / (1 + CLOSE_SHARE))
    alone = likely_one(shown, known, networks, (HALF, TRUNK))
    share = floats(sum((ONE_SHARE / len(alone)) * (one != UNASKED) for one in alone))
    said = floats(sum((ONE_SHARE / len(alone)) * one * (one != UNASKED) for one in alone))
    return floats((odds + said) / (1 + share))


def _mean(picture: Image, area: Box, networks: PeopleNetworks, *, face: bool) -> Floats:
    """The mean of all parts that reach a pixel."""
    height, width = picture.shape[:2]
    total = np.zeros((height, width), np.float32)
    weight = np.full((height, width), 1e-6, np.float32)
    for part, share, worth in _answers(picture, area, networks, face=face):
        window = floats(worth * _window(part, width, height))
        rows, columns, odds = _placed(part, logit(share, LIMIT), width, height)
        _, _, trust = _placed(part, window, width, height)
        total[rows, columns] += trust * odds
        weight[rows, columns] += trust
    return floats(np.where(weight > 1e-3, total / weight, UNSEEN))


def _close(picture: Image, area: Box, networks: PeopleNetworks) -> Floats | None:
    """Log odds by a square beyond the picture; `None` where the face is not that large."""
    height, width = picture.shape[:2]
    x, y, w, h = area
    side = round(CLOSE * h)
    if side <= FILLED * height:
        return None
    middle = min(max(x + w / 2, 0), width - 1), min(max(y + h / 2, 0), height - 1)
    left, top = round(middle[0] - side / 2), round(middle[1] - FACE_HEIGHT * side)
    part = PicturePart(x=left, y=top, w=side, h=side)
    share = networks.person(part.mirrored(picture, (PERSON_PX, PERSON_PX)))
    rows, columns, odds = _placed(part, logit(share, LIMIT), width, height)
    out = np.zeros((height, width), np.float32)
    out[rows, columns] = odds
    return out


def _answers(
    picture: Image, area: Box, networks: PeopleNetworks, *, face: bool
) -> Iterator[tuple[PicturePart, Floats, float]]:
    """Parts of the picture, how likely a person is at each of their pixels, what that is worth."""
    height, width = picture.shape[:2]
    for part in _squares(width, height, area, face=face):
        yield part, networks.person(part.cut(picture, (PERSON_PX, PERSON_PX))), 1.0
    for part in _wide_parts(width, height, area, face=face):
        yield part, networks.person_in(part.cut(picture, LANDSCAPE_PX)), SISTER


def _squares(width: int, height: int, area: Box, *, face: bool) -> list[PicturePart]:
    long, short = max(width, height), min(width, height)
    x, y, w, h = area
    sides = [k * h for k in FACE_SIDES] if face else [k * max(w, h) for k in BOX_SIDES]
    middle = (x + w / 2, y + h / 2)
    squares = [PicturePart(x=(width - long) // 2, y=(height - long) // 2, w=long, h=long)]
    for side in (min(round(side), short) for side in sides):
        if side < 2 or any(side / UNLIKE < other.w < side * UNLIKE for other in squares[1:]):
            continue
        squares.append(_around(middle, (side, side), (width, height), face=face))
    return squares


def _wide_parts(width: int, height: int, area: Box, *, face: bool) -> list[PicturePart]:
    """The whole picture, padded to the shape that the network knows, and wide parts of it."""
    shape = LANDSCAPE_PX[0] / LANDSCAPE_PX[1]
    whole = max(height, round(width / shape))
    size = (round(whole * shape), whole)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    parts = [PicturePart(x=left, y=top, w=size[0], h=size[1])]
    if face:
        x, y, w, h = area
        middle = (x + w / 2, y + h / 2)
        for rows in (round(k * h) for k in WIDE_ROWS):
            if 2 <= rows <= NEARLY_WHOLE * height:
                size = (round(rows * shape), rows)
                parts.append(_around(middle, size, (width, height), face=True))
    return parts


def _around(
    middle: tuple[float, float], size: tuple[int, int], bounds: tuple[int, int], *, face: bool
) -> PicturePart:
    """A part around a point, inside the picture where it is not wider than that."""
    start = []
    for at, side, length, share in zip(
        middle, size, bounds, (0.5, FACE_HEIGHT if face else 0.5), strict=True
    ):
        room = length - side
        start.append(room // 2 if room < 0 else min(max(round(at - share * side), 0), room))
    return PicturePart(x=start[0], y=start[1], w=size[0], h=size[1])


def _window(part: PicturePart, width: int, height: int) -> Floats:
    """How much a part's word counts, `PERSON_PX` x `PERSON_PX`: less towards its inner edges."""
    ramp = (np.arange(PERSON_PX, dtype=np.float32) + 0.5) / (PERSON_PX * FADE)
    sides = []
    for start, side, length in ((part.x, part.w, width), (part.y, part.h, height)):
        low = ramp if start > 0 else np.ones_like(ramp)
        high = ramp[::-1] if start + side < length else np.ones_like(ramp)
        sides.append(np.clip(np.minimum(low, high), 0, 1))
    return floats(np.minimum(sides[0][None, :], sides[1][:, None]))


def _placed(
    part: PicturePart, values: Floats, width: int, height: int
) -> tuple[slice, slice, Floats]:
    """A part's values at the picture's size, and where they lie in it."""
    whole = cv2.resize(values, (part.w, part.h), interpolation=cv2.INTER_LINEAR)
    x0, y0 = max(0, part.x), max(0, part.y)
    x1, y1 = min(width, part.x + part.w), min(height, part.y + part.h)
    inside = whole[y0 - part.y : y1 - part.y, x0 - part.x : x1 - part.x]
    return slice(y0, y1), slice(x0, x1), floats(inside)
