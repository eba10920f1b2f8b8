"""What a face is, and what finds faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ....arrays.images import Image

type Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One detected face, in pixels of the picture that was searched (edge coordinates).

    `points` are left eye, right eye, nose, left and right corner of the mouth as seen; `mesh` are
    468 points in MediaPipe's order, where the detector finds them, and `depths` how far each lies
    behind the picture's plane, in pixels, too (only differences mean something).
    """

    x: float
    y: float
    w: float
    h: float
    score: float
    points: Points
    mesh: Points = field(default=(), repr=False)
    depths: tuple[float, ...] = field(default=(), repr=False)

    def scaled(self, k: float) -> Face:
        """The same face in a picture `k` times as large."""
        return self.placed(k, (0.0, 0.0))

    def placed(self, k: float, at: tuple[float, float]) -> Face:
        """The same face `k` times as large in a picture where its own picture's corner is `at`."""
        points, mesh = (
            tuple((x * k + at[0], y * k + at[1]) for x, y in some)
            for some in (self.points, self.mesh)
        )
        x, y = self.x * k + at[0], self.y * k + at[1]
        return replace(
            self, x=x, y=y, w=self.w * k, h=self.h * k, points=points, mesh=mesh,
            depths=tuple(depth * k for depth in self.depths),
        )  # fmt: skip


type FaceDetector = Callable[[Image], list[Face]]
"""Finds the faces of one picture (RGB, 8 bit, `h x w x 3`, full range), in its own pixels."""
