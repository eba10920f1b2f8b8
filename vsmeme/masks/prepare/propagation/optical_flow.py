"""Motion between two frames: dense flow, and the background's homography."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from ....arrays.images import Floats, Image, channel_sum, floats
from .frame_features import FrameFeatures

CORNERS = 400
LEAST_CORNERS = 24
RANSAC_PX = 1.5
LEAST_INLIERS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowField:
    """Motion from an earlier frame (`before`) to a later one (`after`).

    `ahead` is `h x w x 2` float32: where a pixel of `before` goes; `back`: where a pixel of
    `after` came from, both as displacements in working px. `agree` is `h x w` in 0..1: how well
    the two undo each other, on the grid of `after`.
    """

    ahead: Floats
    back: Floats
    agree: Floats


@cache
def _dis() -> cv2.DISOpticalFlow:
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow.setUseSpatialPropagation(True)
    return flow


def measure_motion(before: FrameFeatures, after: FrameFeatures) -> FlowField:
    """Measure dense flow both ways (DIS, Kroeger et al. 2016)."""
    ahead = np.asarray(_dis().calc(before.grey, after.grey, None), np.float32)  # type: ignore[call-overload]
    back = np.asarray(_dis().calc(after.grey, before.grey, None), np.float32)  # type: ignore[call-overload]
    gap = warp_by_flow(ahead, back) + back
    distance = np.sqrt(channel_sum(gap**2))
    length = np.sqrt(channel_sum(back**2))
    agree = np.exp(-((distance / (1 + 0.1 * length)) ** 2))
    return FlowField(ahead=ahead, back=back, agree=agree.astype(np.float32))


def turned(motion: FlowField) -> FlowField:
    """The same motion seen from the later frame to the earlier one."""
    gap = warp_by_flow(motion.back, motion.ahead) + motion.ahead
    distance = np.sqrt(channel_sum(gap**2))
    length = np.sqrt(channel_sum(motion.ahead**2))
    agree = np.exp(-((distance / (1 + 0.1 * length)) ** 2)).astype(np.float32)
    return FlowField(ahead=motion.back, back=motion.ahead, agree=agree)


@cache
def pixel_grid(width: int, height: int) -> Floats:
    """Pixel indices, `h x w x 2`: x, y."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.dstack([x, y])


def warp_by_flow(picture: Floats, back: Floats) -> Floats:
    """Fetch each pixel from where `back` says it came from (bilinear, edges repeated)."""
    grid = pixel_grid(back.shape[1], back.shape[0]) + back
    x, y = floats(grid[..., 0]), floats(grid[..., 1])
    return floats(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def measure_homography(
    before: FrameFeatures, after: FrameFeatures, still: Image, motion: FlowField
) -> Floats | None:
    """Measure the background's homography from `before` to `after`.

    Args:
        before: Earlier frame.
        after: Later frame.
        still: Mask of `before`, 8 bit: where the background is known to be.
        motion: Flow between the two, where corners start from.

    Returns:
        3x3 matrix on pixel indices, or `None` where too little of the background follows one.
    """
    corners = cv2.goodFeaturesToTrack(before.grey, CORNERS, 0.005, 5, mask=still)
    if corners is None or len(corners) < LEAST_CORNERS:
        return None
    at = corners.reshape(-1, 2)
    x, y = np.round(at).astype(int).T
    start = (at + motion.ahead[y, x]).astype(np.float32).reshape(-1, 1, 2)
    found, good, _ = cv2.calcOpticalFlowPyrLK(
        before.grey, after.grey, corners, start.copy(), winSize=(11, 11), maxLevel=1,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )  # fmt: skip
    kept = good.ravel() > 0
    if kept.sum() < LEAST_CORNERS:
        return None
    matrix, inside = cv2.findHomography(at[kept], found.reshape(-1, 2)[kept], cv2.RANSAC, RANSAC_PX)
    if matrix is None or inside.mean() < LEAST_INLIERS:
        return None
    return matrix.astype(np.float32)
