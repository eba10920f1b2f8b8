"""One direction of propagation: from a frame with a mask to the next, frame by frame."""

from __future__ import annotations

import cv2
import numpy as np

from ....arrays.images import Floats, Image, channel_sum, floats
from .colour_model import ColourModel
from .frame_features import FrameFeatures
from .local_classifier import LocalClassifier
from .mean_field import logit, settle_labels
from .optical_flow import FlowField, warp_by_flow

# Halved and doubled: docs/benchmarks/constants.md.
LOCAL_WEIGHT = 1.0
COLOUR_WEIGHT = 1.0
BACKGROUND_WEIGHT = 0.3
PRIOR_WEIGHT = 0.35
REACH_PX = 12
NEAR_PX, AWAY_WEIGHT = 2.0, 0.1  # log odds a px beyond the prior and what fast motion explains
FAR_ODDS = -3.0
MARGIN_PX = 6


class Walker:
    """Carries a mask along, one frame at a time, in either direction of time."""

    def __init__(self, frame: FrameFeatures, mask: Floats, colour: ColourModel) -> None:
        self._colour = colour
        self._local = LocalClassifier()
        self._local.learn(frame, mask)
        self.mask = mask

    def step(
        self, after: FrameFeatures, motion: FlowField, background: Floats | None = None
    ) -> Floats:
        """Move on to the next frame.

        Args:
            after: The next frame.
            motion: From the present frame to it.
            background: Log odds by the remembered background, `h x w`.

        Returns:
            Probability of foreground in it, `h x w`.
        """
        prior = warp_by_flow(self.mask, motion.back)
        self._local.move(motion)
        where, away = _uncertain(prior, motion)
        local = np.full(prior.shape, FAR_ODDS, np.float32)
        if where.any():
            local[where > 0] = logit(self._local.judge(after, where))
        colour = self._colour.odds(after)
        odds = LOCAL_WEIGHT * local + PRIOR_WEIGHT * motion.agree * logit(prior, 0.05)
        near = where > 0
        odds[near] += COLOUR_WEIGHT * colour[near] - AWAY_WEIGHT * away[near]
        if background is not None:
            odds[near] += BACKGROUND_WEIGHT * background[near]
        x, y, w, h = _frame_of(where)
        settled = np.zeros_like(prior)
        part = slice(y, y + h), slice(x, x + w)
        settled[part] = settle_labels(odds[part], after.lab[part])
        self.mask = clean(settled, prior)
        self._local.learn(after, self.mask)
        return self.mask


def _uncertain(prior: Floats, motion: FlowField) -> tuple[Image, Floats]:
    """Where the mask may be: around the prior, farther where motion is fast; and how far off."""
    hard = (prior > 0.3).astype(np.uint8)
    if not hard.any():
        return hard, np.zeros_like(prior)
    speed = np.sqrt(channel_sum(motion.back**2))
    fast = float(np.percentile(speed[hard > 0], 90))
    reach = REACH_PX + min(24.0, 0.7 * fast)
    away = cv2.distanceTransform(1 - hard, cv2.DIST_L2, 3)
    return (away <= reach).astype(np.uint8), floats(np.maximum(away - NEAR_PX - 0.3 * fast, 0))


def _frame_of(where: Image) -> tuple[int, int, int, int]:
    """Box of what is set, with a margin: x, y, w, h; at least one pixel."""
    x, y, w, h = cv2.boundingRect(where)
    if not w:
        return 0, 0, 1, 1
    left, top = max(0, x - MARGIN_PX), max(0, y - MARGIN_PX)
    height, width = where.shape
    return left, top, min(width, x + w + MARGIN_PX) - left, min(height, y + h + MARGIN_PX) - top


def clean(mask: Floats, prior: Floats) -> Floats:
    """Drop specks that the prior does not know and fill small holes."""
    hard = (mask > 0.5).astype(np.uint8)
    area = int(hard.sum())
    if not area:
        return mask
    result = mask.copy()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hard, connectivity=8)
    for i in range(1, count):
        part = labels == i
        size = int(stats[i, cv2.CC_STAT_AREA])
        if size < 0.01 * area or (size < 0.15 * area and prior[part].max() < 0.5):
            result[part] = 0.1
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - hard, connectivity=4)
    for i in range(1, count):
        if stats[i, cv2.CC_STAT_AREA] < 0.01 * area:
            result[labels == i] = 0.9
    return result
