"""Background motion over a shot: one homography a frame, anchored, by robust Gauss-Newton."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Doubles, Floats, Mask
from ...pixels.matrix import IDENTITY, Matrix33, apply, compose, invert
from .camera_motion_fit import (
    HOMOGRAPHY,
    SIMILARITY,
    MotionLevel,
    Points,
    choose_points,
    masked_correlation,
    misfit,
    motion_pyramid,
    nearness,
    normal,
    refine_homography,
    shared_area,
)

# A homography is fitted on the finest levels only; it starts near.
BENDING_LEVELS = 2
# A new anchor is taken once the frame shares less than this with the old one.
LEAST_OVERLAP = 0.5
# Below this correlation a fit is not believed.
LEAST_NCC = 0.35
# No camera moves further from one frame to the next, and no homography bends a similarity more
# (shares of the canvas width, at its corners): such a fit has lost its way.
LARGEST_JUMP, LARGEST_BEND = 0.25, 0.03
# A transform this small (share of the canvas width) that leaves the median difference about as
# it is without one was pulled by things that move.
LARGEST_JITTER, STILL_MISFIT = 0.02, 1.03


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraMotion:
    """Where a frame's background lies, by two models.

    Attributes:
        similar: First frame's canvas edge coordinates to this frame's: shift, turn and zoom.
        projective: The same as a homography; the former where none is plausible.
        similar_ncc: Correlation with the anchor under the first, -1..1.
        projective_ncc: And under the second.
    """

    similar: Matrix33
    projective: Matrix33
    similar_ncc: float
    projective_ncc: float


class Tracker:
    """Follow the background from the first frame on; frames are given one after the other."""

    def __init__(self, *, size: tuple[int, int]) -> None:
        """Take the canvas size, width and height."""
        self.size = size
        self._near: Floats | None = None
        self._anchor: list[MotionLevel] = []
        self._points: list[Points] = []
        self._origin = _STILL
        self._last: list[MotionLevel] = []
        self._motion = _STILL
        self._before = _STILL

    def step(self, luma: NDArray[np.uint16], background: Mask, missing: Mask) -> CameraMotion:
        """Take the next frame.

        Args:
            luma: 16-bit luma, ``h x w``.
            background: Where it is real background, ``h x w``.
            missing: Where it has no picture, ``h x w``; the first frame's counts.

        Returns:
            The motion since the first frame. Where nothing fits, it stays as it was.
        """
        if self._near is None:
            self._near = nearness(missing)
        levels = motion_pyramid(luma, background, self._near)
        if not self._anchor:
            self._set_anchor(levels, _STILL)
        else:
            found, share = self._align(levels)
            if share < LEAST_OVERLAP or found.similar_ncc < LEAST_NCC:
                kept = self._anchor, self._points, self._origin
                self._set_anchor(self._last, self._motion)
                fresh, _ = self._align(levels)
                if fresh.similar_ncc > found.similar_ncc or share < LEAST_OVERLAP:
                    found = fresh
                else:
                    self._anchor, self._points, self._origin = kept
            self._before, self._motion = self._motion, found
        self._last = levels
        return self._motion

    def _set_anchor(self, levels: list[MotionLevel], motion: CameraMotion) -> None:
        self._anchor = levels
        self._points = [choose_points(level) for level in levels]
        self._origin = motion

    def _align(self, levels: list[MotionLevel]) -> tuple[CameraMotion, float]:
        """Return the motion from the first frame, and the overlap with the anchor."""
        back = invert(self._origin.similar)
        stay = compose(self._motion.similar, back)
        onward = compose(self._motion.similar, invert(self._before.similar), stay)
        start = max((stay, onward), key=lambda m: self._ncc(levels, m, -1))
        matrix = np.array(start)
        for i in range(len(levels) - 1, -1, -1):
            own = self._own(_tuples(matrix), i)
            matrix = self._canvas(
                refine_homography(self._points[i], levels[i], own, basis=SIMILARITY), i
            )
        similar, ncc = _tuples(matrix), self._ncc(levels, _tuples(matrix), 0)
        if self._still(levels, similar):
            similar, ncc = IDENTITY, self._ncc(levels, IDENTITY, 0)
            found = CameraMotion(
                similar=similar, projective=similar, similar_ncc=ncc, projective_ncc=ncc
            )
            return self._onward(found), 1.0
        if ncc < LEAST_NCC or self._jump(similar, stay) > LARGEST_JUMP:
            similar, ncc = stay, self._ncc(levels, stay, 0)
        bent = self._bend(levels, similar)
        bent_ncc = self._ncc(levels, bent, 0)
        if bent_ncc < ncc or self._jump(bent, similar) > LARGEST_BEND:
            bent, bent_ncc = similar, ncc
        share = shared_area(self._points[0], levels[0], self._own(similar, 0))
        found = CameraMotion(
            similar=similar, projective=bent, similar_ncc=ncc, projective_ncc=bent_ncc
        )
        return self._onward(found), share

    def _onward(self, motion: CameraMotion) -> CameraMotion:
        """Return the motion since the first frame, given that since the anchor."""
        return replace(
            motion,
            similar=compose(motion.similar, self._origin.similar),
            projective=compose(motion.projective, self._origin.projective),
        )

    def _still(self, levels: list[MotionLevel], matrix: Matrix33) -> bool:
        """Whether the frame lies where the anchor does: what moves by itself is no camera's."""
        if self._jump(matrix, IDENTITY) > LARGEST_JITTER:
            return False
        moved, stayed = (
            misfit(self._points[0], levels[0], self._own(m, 0)) for m in (matrix, IDENTITY)
        )
        return stayed <= STILL_MISFIT * moved

    def _bend(self, levels: list[MotionLevel], similar: Matrix33) -> Matrix33:
        """Fit the homography, from the best of what is known about it."""
        before = compose(self._motion.projective, invert(self._origin.projective))
        onward = compose(self._motion.projective, invert(self._before.projective), before)
        depth = min(BENDING_LEVELS, len(levels)) - 1
        start = max((similar, before, onward), key=lambda m: self._ncc(levels, m, depth))
        matrix = np.array(start)
        for i in range(depth, -1, -1):
            own = self._own(_tuples(matrix), i)
            matrix = self._canvas(
                refine_homography(self._points[i], levels[i], own, basis=HOMOGRAPHY), i
            )
        return _tuples(matrix)

    def _ncc(self, levels: list[MotionLevel], matrix: Matrix33, i: int) -> float:
        return masked_correlation(self._points[i], levels[i], self._own(matrix, i))

    def _jump(self, matrix: Matrix33, other: Matrix33) -> float:
        """Return how far two transforms part at the canvas corners, as a share of its width."""
        width, height = self.size
        corners = ((0.0, 0.0), (width, 0.0), (0.0, height), (width, height))
        pairs = [(apply(matrix, x, y), apply(other, x, y)) for x, y in corners]
        return max(math.hypot(a[0] - b[0], a[1] - b[1]) for a, b in pairs) / width

    def _own(self, matrix: Matrix33, i: int) -> Doubles:
        """Return a canvas transform in a level's centred, normalised coordinates."""
        shrink = self._shrink(i)
        return normal(shrink @ np.array(matrix) @ np.linalg.inv(shrink))

    def _canvas(self, matrix: Doubles, i: int) -> Doubles:
        shrink = self._shrink(i)
        return normal(np.linalg.inv(shrink) @ matrix @ shrink)

    def _shrink(self, i: int) -> Doubles:
        """Return canvas edge coordinates to a level's: half the width is 1."""
        width, height = self.size
        rows, columns = self._anchor[i].luma.shape
        across, down = columns / width, rows / height
        half = columns / 2.0
        return np.array(
            [
                [across / half, 0.0, -1.0],
                [0.0, down / half, -rows / 2.0 / half],
                [0.0, 0.0, 1.0],
            ]
        )


def _tuples(matrix: Doubles) -> Matrix33:
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    return ((a, b, c), (d, e, f), (g, h, i))


_STILL = CameraMotion(similar=IDENTITY, projective=IDENTITY, similar_ncc=1.0, projective_ncc=1.0)
