"""The background remembered: a mosaic, brought to each frame by a homography."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ....arrays.images import Floats, Image, channel_sum, floats
from .frame_features import FrameFeatures
from .optical_flow import FlowField, measure_homography, pixel_grid

MARGIN = 0.5  # of the frame, on each side of the mosaic
# Halved and doubled: docs/benchmarks/constants.md.
FORGET = 0.25
LIMIT = 3.0
LEAST = -1.5
KEEP_OFF_PX = 10
# How well motion tells the background where that is plain to see: by the 90th percentile of its
# error there, px from frame to frame; up to the first value wholly, from the second on not at all.
PLACED = (1.0, 2.0)
MOVES_ODDS = 20.0  # of what moves otherwise than the background does, and looks it
LEAST_MOVE_PX, PLAIN_MOVE_PX = 0.7, 1.5  # and how far beyond is plain
NOISY_MOVE = 1.5  # times the background's own
FAST_PX = (6.0, 10.0)
"""Px a frame by which a body moves before the background, in the median: up to the first its
outline is that of its motion; from the second on the flow of what it hides runs over it. Bodies
that turn have 3 to 5, a runner filmed from near 10 to 22 (`masks.py --only crowd`)."""


class BackgroundMemory:
    """What has been seen of the background, and where."""

    def __init__(self, first: FrameFeatures) -> None:
        width, height = first.size
        dx, dy = round(MARGIN * width), round(MARGIN * height)
        self._size = (width + 2 * dx, height + 2 * dy)
        self._mosaic = np.zeros((self._size[1], self._size[0], 3), np.float32)
        self._seen = np.zeros((self._size[1], self._size[0]), np.float32)
        self._place = np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)
        self._stood: Floats = first.lab  # the frame before, as if all of it were background
        self._back = np.eye(3)  # of the last step: from the present frame to the one before

    def step(
        self, before: FrameFeatures, after: FrameFeatures, mask: Floats, motion: FlowField
    ) -> bool:
        """Follow the camera from `before`, whose mask is given, to `after`."""
        still = background_only(mask)
        matrix = measure_homography(before, after, still, motion)
        if matrix is None or abs(np.linalg.det(matrix)) < 1e-3:
            self._restart(after)
            return False
        self._back = np.linalg.inv(matrix.astype(np.float64))
        self._stood = floats(cv2.warpPerspective(before.lab, matrix, after.size))
        self._place = self._place @ self._back
        self._place /= self._place[2, 2]
        corner = self._place @ np.array([after.size[0] / 2, after.size[1] / 2, 1.0])
        centre = corner[:2] / corner[2]
        if not (0 < centre[0] < self._size[0] and 0 < centre[1] < self._size[1]):
            self._restart(after)
        return True

    def learn(self, frame: FrameFeatures, mask: Floats) -> None:
        """Remember the background of a frame whose place is known."""
        known = background_only(mask).astype(np.float32) / 255
        flags = cv2.INTER_LINEAR
        picture = cv2.warpPerspective(frame.lab, self._place, self._size, flags=flags)
        weight = cv2.warpPerspective(known, self._place, self._size, flags=flags)
        weight[weight < 0.99] = 0
        share = np.where(self._seen > 0, FORGET, 1.0).astype(np.float32) * weight
        self._mosaic += share[..., None] * (picture - self._mosaic)
        self._seen = np.maximum(self._seen, weight)

    def odds(
        self, frame: FrameFeatures, mask: Floats, motion: FlowField, *, doubt: float
    ) -> Floats:
        """Compare a frame with what is remembered, and its motion with the background's.

        Args:
            frame: The frame, whose place is known.
            mask: A rough mask of it, 0..1, to know where the memory can be checked.
            motion: To it from the frame before.
            doubt: How little the key's colours tell by now, 0..1: so much does motion count.

        Returns:
            Log odds of foreground, `h x w`; 0 where nothing is remembered or it can't be trusted.
        """
        back = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        mosaic = cv2.warpPerspective(self._mosaic, self._place, frame.size, flags=back)
        seen = cv2.warpPerspective(self._seen, self._place, frame.size, flags=back)
        known = seen > 0.99
        apart = np.sqrt(channel_sum((frame.lab - mosaic) ** 2))
        apart = cv2.GaussianBlur(np.minimum(apart, 40.0), (0, 0), 1.0)
        check = known & (background_only(mask) > 0)
        if check.mean() < 0.05:
            return np.zeros_like(apart)
        # How well the memory holds around here: an edge-strewn or moving background is noisier.
        weight = cv2.GaussianBlur(check.astype(np.float32), (0, 0), 16) + 1e-4
        local = cv2.GaussianBlur(np.where(check, apart, 0).astype(np.float32), (0, 0), 16) / weight
        noise = np.maximum(np.maximum(local, float(np.median(apart[check]))), 1.5)
        ratio = apart / (2.0 * noise)
        odds = np.clip(2.0 * (ratio - 1.0), LEAST, LIMIT) * np.clip(6.0 / noise, 0, 1)
        if doubt == 0:
            return floats(np.where(known, odds, 0))
        stood = cv2.GaussianBlur(np.sqrt(channel_sum((frame.lab - self._stood) ** 2)), (0, 0), 1.0)
        strange = np.where(known, np.minimum(stood, apart), stood) / (2.0 * noise)
        moves = np.clip(2.0 * strange - 1.0, 0, 1) * self._moving(motion, check)
        return floats(np.where(known, odds, 0) + doubt * moves)

    def _moving(self, motion: FlowField, check: NDArray[np.bool_]) -> Floats:
        """Log odds by motion: a body that turns shows new colours, but moves before what stands."""
        grid = pixel_grid(check.shape[1], check.shape[0])
        points = cv2.perspectiveTransform(grid.reshape(-1, 1, 2), self._back.astype(np.float32))
        gap = motion.back + grid - points.reshape(grid.shape)
        apart = np.sqrt(channel_sum(gap * gap))
        usual = NOISY_MOVE * float(np.percentile(apart[check], 90))
        beyond = (apart - max(LEAST_MOVE_PX, usual)) / PLAIN_MOVE_PX
        plain = floats(np.clip(beyond, 0, 1) * motion.agree)
        weight = MOVES_ODDS * _share(float(np.percentile(apart[check], 90)), PLACED)
        if (plain > 0).any():
            weight *= _share(float(np.median(apart[plain > 0])), FAST_PX)
        return floats(weight * cv2.GaussianBlur(plain, (0, 0), 1.0))

    def _restart(self, frame: FrameFeatures) -> None:
        fresh = BackgroundMemory(frame)
        self._mosaic, self._seen, self._place = fresh._mosaic, fresh._seen, fresh._place


def background_only(mask: Floats) -> Image:
    """Pixels well outside a mask, 8 bit 0 or 255."""
    side = 2 * KEEP_OFF_PX + 1
    near = cv2.dilate((mask > 0.3).astype(np.uint8), np.ones((side, side), np.uint8))
    return (255 * (1 - near)).astype(np.uint8)


def _share(value: float, bounds: tuple[float, float]) -> float:
    """Return 1 up to the lower bound, 0 from the upper one on."""
    low, high = bounds
    return float(np.clip((high - value) / (high - low), 0, 1))
