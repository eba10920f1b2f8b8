"""Fast path: a subject that moves as one piece is its key, moved by one affine matrix."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....arrays.images import Floats, Image, blur, channel_sum, floats
from .frame_features import FrameFeatures

CORNERS = 160
LEAST_CORNERS = 8
RANSAC_PX = 1.2
LEAST_INLIERS, LATER_INLIERS = 0.6, 0.3  # share of corners; once it has held for a while
PROVEN_FRAMES = 4
MOST_REFINED_PX = 1.5  # farther than this from the corners, the alignment followed something else
REFINED_STEPS = 12
OTHER_LOOK = 14.0  # Lab units, blurred: beyond it a pixel no longer looks like the key's
SHADING = 0.15  # plus this share of its chroma, which light and folds change in proportion
SURE_ODDS = 2.0  # colours that are the subject's beyond doubt are never an occluder
RING_PX = 7
RIM_PX = 4
Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RigidFit:
    """A key brought to a frame.

    Attributes:
        mask: `h x w`, 0..1.
        strange: Share of the mask, but for its rim, that does not look like the key.
        spill: Share of a ring around it that looks like the subject, beyond the key frame's.
    """

    mask: Floats
    strange: float
    spill: float


class RigidTracker:
    """Follows a key by its corners, then by its whole picture; always from the key itself."""

    def __init__(self, key: FrameFeatures, mask: Floats) -> None:
        self._key, self._mask = key, mask
        self._soft = blur(key.lab, 1.5)
        self._matrix: Matrix = np.eye(2, 3)
        hard = np.asarray(mask > 0.5, np.uint8)
        self._inner = np.asarray(cv2.erode(hard, np.ones((5, 5), np.uint8)), np.uint8)
        corners = cv2.goodFeaturesToTrack(key.grey, CORNERS, 0.005, 4, mask=self._inner * 255)
        self._corners = floats(corners).reshape(-1, 2) if corners is not None else np.zeros((0, 2))
        self._before = key.grey
        self._held = 0

    def follow(self, frame: FrameFeatures, ring_odds: Floats, calm: float) -> RigidFit | None:
        """Bring the key to the next frame.

        Args:
            frame: The next frame.
            ring_odds: Log odds of foreground by colour, `h x w`.
            calm: Share of a ring around the key that looks like the subject.

        Returns:
            The fit, or `None` where corners or picture cannot be followed.
        """
        if len(self._corners) < LEAST_CORNERS:
            return None
        start = self._moved(self._corners)
        found, good, _ = cv2.calcOpticalFlowPyrLK(
            self._before, frame.grey, start[:, None], start[:, None].copy(),
            winSize=(15, 15), maxLevel=3,
        )  # fmt: skip
        kept = good.ravel() > 0
        if kept.sum() < LEAST_CORNERS:
            return None
        matrix, inside = cv2.estimateAffine2D(
            self._corners[kept], floats(found).reshape(-1, 2)[kept],
            method=cv2.RANSAC, ransacReprojThreshold=RANSAC_PX,
        )  # fmt: skip
        if matrix is None or float(inside.mean()) < self._least():
            return None
        self._matrix = self._refine(np.asarray(matrix, np.float64), frame)
        self._before = frame.grey
        self._held += 1
        return self._fit(frame, ring_odds, calm)

    def _least(self) -> float:
        return LEAST_INLIERS if self._held < PROVEN_FRAMES else LATER_INLIERS

    def _moved(self, points: Floats) -> Floats:
        return floats(points @ self._matrix[:, :2].T + self._matrix[:, 2])

    def _refine(self, matrix: Matrix, frame: FrameFeatures) -> Matrix:
        """Whole-picture alignment (ECC, Evangelidis and Psarakis 2008) inside the key's mask."""
        x, y, w, h = cv2.boundingRect(self._inner)
        if w < 8 or h < 8:
            return matrix
        patch = self._key.grey[y : y + h, x : x + w]
        local = matrix.copy()
        local[:, 2] = matrix[:, :2] @ (x, y) + matrix[:, 2]
        stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, REFINED_STEPS, 1e-4)
        try:
            _, better = cv2.findTransformECCWithMask(
                patch, frame.grey, self._inner[y : y + h, x : x + w], np.full_like(frame.grey, 1),
                local.astype(np.float32), cv2.MOTION_AFFINE, stop, 5,
            )  # fmt: skip
        except cv2.error:
            return matrix
        result = np.asarray(better, np.float64)
        result[:, 2] -= result[:, :2] @ (x, y)
        ends = np.array([[x, y, 1], [x + w, y, 1], [x, y + h, 1], [x + w, y + h, 1]])
        apart = np.abs(ends @ (result - matrix).T).max()
        return result if apart <= MOST_REFINED_PX else matrix

    def _fit(self, frame: FrameFeatures, odds: Floats, calm: float) -> RigidFit:
        size = frame.size
        # A subject that the picture cuts off goes on beyond the picture's edge.
        mode = cv2.BORDER_REPLICATE
        mask = floats(cv2.warpAffine(self._mask, self._matrix, size, borderMode=mode))
        expected = floats(cv2.warpAffine(self._soft, self._matrix, size, borderMode=mode))
        chroma = np.hypot(expected[..., 1], expected[..., 2])
        apart = np.sqrt(channel_sum((blur(frame.lab, 1.5) - expected) ** 2)) - SHADING * chroma
        hard = np.asarray(mask > 0.5, np.uint8)
        core = cv2.erode(hard, np.ones((2 * RIM_PX + 1, 2 * RIM_PX + 1), np.uint8)) > 0
        if not core.any():
            core = hard > 0
        other = np.asarray(core & (apart > OTHER_LOOK), np.uint8)
        hidden = np.asarray(cv2.morphologyEx(other, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))
        strange = float(hidden.sum()) / max(1.0, float(core.sum()))
        if strange > 0:  # what lies before the subject is not the subject, up to its rim
            side = 2 * RIM_PX + 1
            near = cv2.dilate(hidden, np.ones((side, side), np.uint8)) > 0
            gone = near & (apart > OTHER_LOOK / 2) & (odds < SURE_ODDS)
            mask = floats(np.where(gone, 0, mask))
        ring = ring_around(hard)
        spill = float((odds[ring] > 1).mean()) - calm if ring.any() else 0.0
        return RigidFit(mask=mask, strange=strange, spill=spill)


def ring_around(hard: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Pixels just outside a mask."""
    away = cv2.distanceTransform(1 - hard, cv2.DIST_L2, 3)
    return (away > 2) & (away <= RING_PX)
