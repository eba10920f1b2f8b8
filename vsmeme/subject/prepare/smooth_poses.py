"""Paths of poses made steady: smoothed without lag, gaps bridged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.images import Doubles
from .template_alignment import MotionKind

LOST = 0.25  # confidence under which a pose says nothing
SMOOTH_FRAMES = 2  # on each side
# Below this confidence poses come from landmarks, which shake more: smoothed over more frames.
DOUBTFUL, DOUBTFUL_FRAMES = 0.5, 4
BRIDGED_FRAMES = 12  # gaps up to this length keep a (doubtful) pose
BRIDGE_CONFIDENCE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """Pose of a frame before smoothing."""

    matrix: Doubles
    confidence: float


def smooth(raw: Sequence[Estimate], corners: Doubles, *, model: MotionKind) -> list[Doubles]:
    """Fit a local parabola in time to the corners' paths, by confidence; there is no lag.

    Args:
        raw: One estimate a frame.
        corners: 3 x 4, the region's corners in the start frame.
        model: What the result is reduced to.

    Returns:
        One 3x3 a frame.
    """
    points = np.stack([(e.matrix @ corners)[:2] / (e.matrix @ corners)[2] for e in raw])
    trust = np.array([e.confidence if e.confidence >= LOST else 0.0 for e in raw])
    out = []
    for n, estimate in enumerate(raw):
        reach = SMOOTH_FRAMES if trust[n] >= DOUBTFUL else DOUBTFUL_FRAMES
        path = local_parabola(points.reshape(len(raw), -1), trust, n, reach=reach)
        if path is None:
            out.append(estimate.matrix)
        else:
            out.append(fit_model(corners, path.reshape(2, 4), model))
    return out


def local_parabola(paths: Doubles, trust: Doubles, n: int, *, reach: int) -> Doubles | None:
    """Return the value at a frame of a weighted local fit.

    Args:
        paths: Frames x values.
        trust: Weight of each frame, 0..1.
        n: The frame.
        reach: Frames on each side; more where too few of them are known.

    Returns:
        The values; `None` where nothing near is known.
    """
    while True:
        window = np.arange(max(0, n - reach), min(len(paths), n + reach + 1))
        weight = trust[window]
        enough = min(5, int(np.sum(trust > 0)))
        if int(np.sum(weight > 0)) >= enough or reach > BRIDGED_FRAMES + 2:
            break
        reach += 1
    known = int(np.sum(weight > 0))
    if known == 0:
        return None
    t = (window - n) / max(reach, 1)
    weight = np.sqrt(weight * (1 - (np.abs(t) * reach / (reach + 1)) ** 3) ** 3)  # tricube
    order = 2 if known >= 4 and weight[window == n].sum() > 0 else min(1, known - 1)
    columns = np.stack([t**k for k in range(order + 1)], 1)
    values = np.linalg.lstsq(columns * weight[:, None], paths[window] * weight[:, None], rcond=None)
    return np.asarray(values[0][0], np.float64)


def fit_model(corners: Doubles, points: Doubles, model: MotionKind) -> Doubles:
    """Return the matrix of a model that brings the corners closest to the points."""
    x, y = corners[:2]
    if model == "homography":
        square = cv2.getPerspectiveTransform(
            np.ascontiguousarray(corners[:2].T, np.float32),
            np.ascontiguousarray(points.T, np.float32),
        )
        return np.asarray(square, np.float64)
    if model == "affine":
        rows = np.linalg.lstsq(corners.T, points.T, rcond=None)[0].T
        return np.vstack([rows, [0, 0, 1]])
    here, there = corners[:2].mean(1), points.mean(1)
    a, b = x - here[0], y - here[1]
    u, v = points[0] - there[0], points[1] - there[1]
    power = float((a * a + b * b).sum())
    c, s = float((a * u + b * v).sum()) / power, float((a * v - b * u).sum()) / power
    if model == "translation":
        c, s = 1.0, 0.0
    m = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    m[:2, 2] = there - m[:2, :2] @ here
    return m


def bridge(confidences: Sequence[float]) -> list[float]:
    """Give short gaps a low confidence instead of none; longer ones are lost."""
    out = [c if c >= LOST else 0.0 for c in confidences]
    n = 0
    while n < len(out):
        end = n
        while end < len(out) and out[end] == 0.0:
            end += 1
        if n < end <= n + BRIDGED_FRAMES and n > 0 and end < len(out):
            out[n:end] = [BRIDGE_CONFIDENCE] * (end - n)
        n = max(end, n + 1)
    return out
