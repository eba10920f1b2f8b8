"""The plate's pixel grid: the key frame's canvas, or all that a moving camera's frames show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...pixels.matrix import IDENTITY, Matrix33, apply, compose, invert, translation
from ...pixels.rect import Rect
from .shot_survey import Survey

# Catmull-Rom reads two samples around; cv2.remap's cubic does, too.
KERNEL_PX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateGrid:
    """The plate's pixel grid.

    Attributes:
        key: Pair number of the key frame.
        canvas: Width and height of the canvas.
        box: The plate in the key frame's canvas px; its corner is zero or negative.
        motion: Key-frame canvas edge coordinates to each surveyed frame's; all identity for a
            still camera.
        first: Pair number of the first of them.
    """

    key: int
    canvas: tuple[int, int]
    box: Rect
    motion: tuple[Matrix33, ...]
    first: int

    @property
    def origin(self) -> tuple[int, int]:
        """Where the key frame's canvas lies in the plate."""
        return -self.box.x, -self.box.y

    @property
    def canvas_slices(self) -> tuple[slice, slice]:
        """The key frame's canvas as slices of the plate."""
        x, y = self.origin
        return slice(y, y + self.canvas[1]), slice(x, x + self.canvas[0])

    def to_frame(self, frame: int) -> Matrix33:
        """Return the transform from the plate's edge coordinates to a frame's."""
        x, y = self.origin
        return compose(self.motion[frame - self.first], translation(-x, -y))


def plan_grid(seen: Survey, key: int, *, moving: bool) -> PlateGrid:
    """Lay the plate's grid out: the canvas, or for a moving camera all that its frames show."""
    width, height = seen.size
    first = seen.glances[0].frame
    if not moving:
        still = (IDENTITY,) * len(seen.glances)
        box = Rect(x=0, y=0, w=width, h=height)
        return PlateGrid(key=key, canvas=seen.size, box=box, motion=still, first=first)
    motion = seen.motion_from(key)
    corners = np.array(
        [
            apply(invert(matrix), x, y)
            for matrix in motion
            for x, y in ((0, 0), (width, 0), (0, height), (width, height))
        ]
    )
    # One kernel more than the frames reach, so that warping never reads a border.
    low = np.minimum(np.floor(corners.min(axis=0)).astype(int) - KERNEL_PX, 0)
    high = np.maximum(np.ceil(corners.max(axis=0)).astype(int) + KERNEL_PX, (width, height))
    box = Rect(x=int(low[0]), y=int(low[1]), w=int(high[0] - low[0]), h=int(high[1] - low[1]))
    return PlateGrid(key=key, canvas=seen.size, box=box, motion=motion, first=first)
