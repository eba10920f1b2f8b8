"""What a face is, and what finds faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ....arrays.images import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One detected face, in pixels of the picture that was searched (edge coordinates).

    `points` are left eye, right eye, nose, left and right corner of the mouth as seen.
    """

    x: float
    y: float
    w: float
    h: float
    score: float
    points: tuple[tuple[float, float], ...]

    def scaled(self, k: float) -> Face:
        """The same face in a picture `k` times as large."""
        points = tuple((x * k, y * k) for x, y in self.points)
        return Face(
            x=self.x * k, y=self.y * k, w=self.w * k, h=self.h * k, score=self.score, points=points
        )


type FaceDetector = Callable[[Image], list[Face]]
"""Finds the faces of one picture (RGB, 8 bit, `h x w x 3`, full range), in its own pixels."""
