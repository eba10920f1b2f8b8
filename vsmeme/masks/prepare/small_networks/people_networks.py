"""The small networks that know people, run by OpenCV on squares of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from ....arrays.images import Floats, Image, floats, resized
from ....networks.prepare.download import bring_small

NETWORKS = ("person-256", "person-landscape", "person-one", "face-full-range", "face-points")
WITHOUT = "people are found without them, and less well"
PERSON_PX, FACES_PX, POINTS_PX = 256, 192, 192
SURE_ODDS = 30.0  # log odds beyond which nothing changes
LANDSCAPE_PX = (256, 144)
MESH_POINTS = 468


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePart:
    """A part of a picture, px of it; it may reach beyond the picture."""

    x: int
    y: int
    w: int
    h: int

    def cut(self, picture: Image, size: tuple[int, int]) -> Image:
        """The part at `size`, RGB; black beyond the picture."""
        return resized(self._cut(picture, cv2.BORDER_CONSTANT), size)

    def mirrored(self, picture: Image, size: tuple[int, int]) -> Image:
        """The part at `size`, RGB; the picture's mirror image beyond it."""
        return resized(self._cut(picture, cv2.BORDER_REFLECT), size)

    def _cut(self, picture: Image, beyond: int) -> Image:
        height, width = picture.shape[:2]
        x0, y0 = min(max(0, self.x), width - 1), min(max(0, self.y), height - 1)
        x1, y1 = max(x0 + 1, self.x + self.w), max(y0 + 1, self.y + self.h)
        inside = picture[y0 : min(y1, height), x0 : min(x1, width)]
        sides = (y0 - self.y, y1 - min(y1, height), x0 - self.x, x1 - min(x1, width))
        return np.asarray(cv2.copyMakeBorder(inside, *sides, beyond), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A square part of a picture, px of it; it may reach beyond the picture."""

    x: int
    y: int
    side: int

    @property
    def part(self) -> PicturePart:
        """The same, as a part of any shape."""
        return PicturePart(x=self.x, y=self.y, w=self.side, h=self.side)

    def cut(self, picture: Image, size: int) -> Image:
        """The part at `size` x `size`, RGB; black beyond the picture."""
        return self.part.cut(picture, (size, size))


class PeopleNetworks:
    """Networks of MediaPipe (Bazarevsky et al. 2019, arXiv:1907.05047; Kartynnik et al. 2019).

    Args:
        person: Path of the network that tells persons from what is no person.
        landscape: Of its sister, which was trained on wide pictures.
        one: Of the network that tells the person in the middle from everybody else.
        faces: Of the detector of faces.
        points: Of the network of 468 points of a face.
    """

    def __init__(self, person: Path, landscape: Path, one: Path, faces: Path, points: Path) -> None:
        engine = cv2.dnn.ENGINE_CLASSIC  # the new one gives only one of two outputs
        self._person, self._landscape, self._one, self._faces, self._points = (
            cv2.dnn.readNetFromTFLite(str(path), engine)
            for path in (person, landscape, one, faces, points)
        )
        self._lock = Lock()  # a network holds its input

    def person(self, square: Image) -> Floats:
        """How likely each pixel of a square of `PERSON_PX` shows a person, 0..1."""
        with self._lock:
            self._person.setInput(_blob(square, 1 / 255, 0.0))
            return floats(self._person.forward()[0, 0])

    def person_in(self, wide: Image) -> Floats:
        """The same of a picture of `LANDSCAPE_PX`, by the sister network."""
        with self._lock:
            self._landscape.setInput(_blob(wide, 1 / 255, 0.0))
            return floats(self._landscape.forward()[0, 0])

    def person_in_the_middle(self, square: Image) -> Floats:
        """How likely each pixel of a square of `PERSON_PX` shows the person in its middle."""
        with self._lock:
            self._one.setInput(_blob(square, 1 / 255, 0.0))
            odds = floats(self._one.forward("Identity_2")[0, 0])
        return floats(1 / (1 + np.exp(-np.clip(odds, -SURE_ODDS, SURE_ODDS))))

    def faces(self, square: Image) -> tuple[Floats, Floats]:
        """Raw boxes and points (cells x 16) and scores (0..1) of a square of `FACES_PX`."""
        with self._lock:
            self._faces.setInput(_blob(square, 1 / 127.5, -1.0))
            names = ["reshaped_regressor_face_4", "reshaped_classifier_face_4"]
            rows, scores = (floats(part[0]) for part in self._faces.forward(names))
        return rows, floats(1 / (1 + np.exp(-np.clip(scores[:, 0], -50, 50))))

    def points(self, square: Image) -> tuple[Floats, float]:
        """Points (`MESH_POINTS` x 3, px of a square of `POINTS_PX`), and how sure a face is."""
        with self._lock:
            self._points.setInput(_blob(square, 1 / 255, 0.0))
            points, score = self._points.forward(["conv2d_21", "conv2d_31"])
        surely = 1 / (1 + np.exp(-np.clip(float(score.ravel()[0]), -50, 50)))
        return floats(points.reshape(MESH_POINTS, 3)), float(surely)


def open_networks() -> PeopleNetworks | None:
    """Open the networks, or return `None` where they are not to be had, which is said once."""
    files = bring_small(NETWORKS, without=WITHOUT)
    return None if files is None else _opened(files)


@cache
def _opened(files: tuple[Path, ...]) -> PeopleNetworks:
    return PeopleNetworks(*files)


def _blob(square: Image, scale: float, shift: float) -> Floats:
    values = square.astype(np.float32) * np.float32(scale) + np.float32(shift)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])
