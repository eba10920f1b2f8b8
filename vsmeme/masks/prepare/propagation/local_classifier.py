"""Local classifier: the nearest neighbours, in colour, texture and place, among recent frames."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree

from ....arrays.images import Floats, Image, floats
from .frame_features import FrameFeatures
from .optical_flow import FlowField

# Halved and doubled: docs/benchmarks/constants.md.
PLACE_WEIGHT = 0.15  # Lab units a working px
NEIGHBOURS = 8
RECENT_FRAMES = 4
SAMPLES = 9000
NEAR_PX = 40
SPREAD = 5.0
Points = NDArray[np.float32]


@dataclass(slots=True, kw_only=True)
class _Samples:
    features: Floats  # n x 7
    place: Points  # n x 2, moved along the flow from frame to frame
    label: Floats  # n, 0..1


class LocalClassifier:
    """Remembers pixels of the last frames with their labels and judges new ones by them."""

    def __init__(self, *, seed: int = 0) -> None:
        self._key: list[_Samples] = []
        self._recent: deque[_Samples] = deque(maxlen=RECENT_FRAMES)
        self._random = np.random.default_rng(seed)

    def learn(self, frame: FrameFeatures, mask: Floats) -> None:
        """Take samples of a frame.

        Args:
            frame: The frame.
            mask: `h x w` in 0..1.
        """
        hard = (mask > 0.5).astype(np.uint8)
        near = near_edge(hard, NEAR_PX)
        sure = np.abs(mask - 0.5) > 0.15
        at = [
            self._some(near & sure & (hard > 0), SAMPLES * 2 // 5),
            self._some(near & sure & (hard == 0), SAMPLES * 2 // 5),
            self._some(sure, SAMPLES // 5),
        ]
        y, x = np.unravel_index(np.concatenate(at), mask.shape)
        samples = _Samples(
            features=frame.features[y, x],
            place=np.stack([x, y], 1).astype(np.float32),
            label=(mask[y, x] > 0.5).astype(np.float32),
        )
        if self._key:
            self._recent.append(samples)
        else:
            self._key.append(samples)

    def move(self, motion: FlowField) -> None:
        """Carry the remembered places along to the next frame."""
        height, width = motion.ahead.shape[:2]
        for samples in (*self._key, *self._recent):
            x = np.clip(samples.place[:, 0], 0, width - 1).astype(np.float32)
            y = np.clip(samples.place[:, 1], 0, height - 1).astype(np.float32)
            step = cv2.remap(motion.ahead, x[:, None], y[:, None], cv2.INTER_LINEAR)
            samples.place = samples.place + step.reshape(-1, 2)

    def judge(self, frame: FrameFeatures, where: Image) -> Floats:
        """Return the probability of foreground, `n` values for the `n` set pixels of `where`."""
        samples = (*self._key, *self._recent)
        features = np.concatenate([s.features for s in samples])
        place = np.concatenate([s.place for s in samples])
        label = np.concatenate([s.label for s in samples])
        tree = KDTree(np.hstack([features, PLACE_WEIGHT * place]), leafsize=32)
        y, x = np.nonzero(where)
        at = np.stack([x, y], 1).astype(np.float32)
        query = np.hstack([frame.features[y, x], PLACE_WEIGHT * at])
        distance, index = tree.query(query, k=NEIGHBOURS, eps=0.5)
        spread = SPREAD + distance[:, :1]
        weight = np.exp(-0.5 * ((distance / spread) ** 2))
        votes = (weight * label[index]).sum(axis=1) / weight.sum(axis=1)
        return floats(votes)

    def _some(self, where: NDArray[np.bool_], count: int) -> NDArray[np.intp]:
        at = np.flatnonzero(where)
        return at if len(at) <= count else self._random.choice(at, count, replace=False)


def near_edge(hard: Image, reach: int) -> NDArray[np.bool_]:
    """Pixels within `reach` of the mask or inside it near its edge."""
    outside = cv2.distanceTransform(1 - hard, cv2.DIST_L2, 3)
    inside = cv2.distanceTransform(hard, cv2.DIST_L2, 3)
    return (outside <= reach) & (inside <= reach)
