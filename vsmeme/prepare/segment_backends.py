"""Ways to segment one frame: GrabCut, a painted picture, a person network."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import onnx

from vsmeme.errors import MissingError, UsageError
from vsmeme.prepare.propagate_features import Floats, Image, floats, resized
from vsmeme.prepare.propagate_solve import guided
from vsmeme.prepare.segment_prompts import Hints

ROUNDS = 6
POINT_RADIUS = 0.008  # of the picture's width
BAND = 0.02  # of the picture's width: what a prior leaves open on each side of its edge
PERSON_SIDE_PX = 512


class Segmenter(Protocol):
    """Segments one region of one frame."""

    name: str
    sees: bool  # knows what a subject is, so that its word at an alarm is worth more than a prior

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment.

        Args:
            frame: RGB, 8 bit, `h x w x 3`.
            hints: In pixels of the frame.

        Returns:
            Mask, 8 bit, `h x w`, 0..255.
        """
        ...


class GrabCut:
    """GrabCut (Rother et al. 2004) from boxes, points or a prior, refined by a guided filter."""

    name = "grabcut"
    sees = False

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        trimap = _trimap(frame.shape[:2], hints)
        sure = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))
        if not sure.any() or sure.all():
            return np.asarray(np.where(sure, 255, 0), np.uint8)
        picture = np.ascontiguousarray(frame[..., ::-1])
        cv2.setRNGSeed(0)  # its clusters start at random
        back, fore = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
        mode, unused = cv2.GC_INIT_WITH_MASK, (0, 0, 1, 1)
        cv2.grabCut(picture, trimap, unused, back, fore, ROUNDS, mode)
        mask = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
        return refined(frame, main_parts(mask, hints))


def _trimap(shape: tuple[int, ...], hints: Hints) -> Image:
    height, width = shape[:2]
    trimap = np.full((height, width), cv2.GC_BGD, np.uint8)
    for x, y, w, h in hints.boxes:
        rows, columns = slice(int(y), int(np.ceil(y + h))), slice(int(x), int(np.ceil(x + w)))
        trimap[rows, columns] = cv2.GC_PR_FGD
    if hints.prior is not None:
        inside = (hints.prior > 127).astype(np.uint8)
        reach = max(2, round(BAND * width))
        outer = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3) if inside.any() else None
        if outer is not None:
            trimap[outer <= reach] = cv2.GC_PR_BGD
            trimap[inside > 0] = cv2.GC_PR_FGD
            trimap[cv2.distanceTransform(inside, cv2.DIST_L2, 3) > reach] = cv2.GC_FGD
    elif hints.guess is not None:
        trimap[hints.guess > 100] = cv2.GC_PR_BGD
        trimap[hints.guess > 200] = cv2.GC_PR_FGD
    elif not hints.boxes:
        trimap[:] = cv2.GC_PR_BGD
        margin = max(1, round(POINT_RADIUS * width))
        for x, y in hints.points:
            cv2.circle(trimap, (int(x), int(y)), width // 12, cv2.GC_PR_FGD, -1)
        trimap[:margin], trimap[:, :margin], trimap[:, -margin:] = (cv2.GC_BGD,) * 3
    radius = max(1, round(POINT_RADIUS * width))
    for points, label in ((hints.points, cv2.GC_FGD), (hints.background, cv2.GC_BGD)):
        for x, y in points:
            cv2.circle(trimap, (int(x), int(y)), radius, label, -1)
    return trimap


def main_parts(mask: Image, hints: Hints) -> Image:
    """Keep the parts that hold a hinted point, or else the large ones; fill holes."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return mask
    area = stats[:, cv2.CC_STAT_AREA].astype(float)
    area[0] = 0
    keep = area >= 0.2 * area.max()
    at = [labels[int(y), int(x)] for x, y in hints.points]
    if any(at):
        keep = np.isin(np.arange(count), at) | (area >= 0.5 * area.max())
        keep[0] = False
    kept = np.asarray(keep[labels], np.uint8)
    holes, labels, stats, _ = cv2.connectedComponentsWithStats(1 - kept, connectivity=4)
    for i in range(1, holes):
        if stats[i, cv2.CC_STAT_AREA] < 0.01 * kept.sum():
            kept[labels == i] = 1
    return kept


def refined(frame: Image, mask: Image) -> Image:
    """Let the edge of a 0 or 1 mask follow the picture; returns 0..255."""
    radius = max(2, round(0.004 * frame.shape[1]))
    guide = frame.astype(np.float32) * np.float32(1 / 255)
    soft = guided(guide, mask.astype(np.float32), radius, 1e-4)
    return np.asarray(np.clip(255 * ((soft - 0.5) * 1.5 + 0.5), 0, 255).round(), np.uint8)


class Painted:
    """A picture that the user has drawn: light is inside."""

    name = "painted"
    sees = False

    def __init__(self, canvas: tuple[int, int]) -> None:
        self._canvas = canvas

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        if hints.painted is None:
            raise UsageError('segment.backend: "painted" needs a prompt with painted = "file.png"')
        picture = cv2.imread(str(hints.painted), cv2.IMREAD_UNCHANGED)
        if picture is None:
            raise UsageError(f"{hints.painted}: expected a PNG, got something unreadable")
        width, height = self._canvas
        if picture.shape[:2] != (height, width):
            got = f"{picture.shape[1]}x{picture.shape[0]}"
            raise UsageError(
                f"{hints.painted}: expected the canvas size {width}x{height}, got {got}"
            )
        if picture.dtype != np.uint8:
            picture = np.asarray(picture // 257, np.uint8)
        if picture.ndim == 3:
            alpha = picture[..., 3] if picture.shape[2] == 4 else None
            if alpha is not None and alpha.min() < 255:
                picture = alpha
            else:
                picture = cv2.cvtColor(np.ascontiguousarray(picture[..., :3]), cv2.COLOR_BGR2GRAY)
        mask = np.asarray(picture, np.uint8)
        if mask.max() < 128:
            raise UsageError(
                f"{hints.painted}: expected a light region on black, got an empty mask"
            )
        return resized(mask, (frame.shape[1], frame.shape[0]))


class Person:
    """A portrait or matting network (ONNX, one picture in, one matte out), by path."""

    name = "person"
    sees = True

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise MissingError(
                f"segment.model: no ONNX file at {path}; put a matting network there"
            )
        try:
            shape = onnx.load(str(path)).graph.input[0].type.tensor_type.shape.dim
            self._net = cv2.dnn.readNetFromONNX(str(path))
        except Exception as error:  # what the readers raise is theirs to choose
            reason = str(error).splitlines()[0]
            raise UsageError(f"{path}: expected an ONNX network, got {reason}") from None
        sides = [d.dim_value or PERSON_SIDE_PX for d in shape]
        if len(sides) != 4 or sides[1] != 3:
            raise UsageError(f"{path}: expected an input of 1x3xhxw, got {sides}")
        self._size = (int(sides[3]), int(sides[2]))

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        small = resized(frame, self._size)
        centred = (small.astype(np.float32) - 127.5) / 127.5
        self._net.setInput(np.ascontiguousarray(centred.transpose(2, 0, 1)[None]))
        out = floats(self._net.forward())
        matte = _matte(out.reshape(out.shape[-3:]) if out.ndim > 2 else out[None])
        size = (frame.shape[1], frame.shape[0])
        big = floats(cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR))
        hard = np.asarray(big > 0.5, np.uint8)
        for x, y, w, h in hints.boxes[:1]:
            inside = np.zeros_like(hard)
            inside[int(y) : int(np.ceil(y + h)), int(x) : int(np.ceil(x + w))] = 1
            hard &= inside
        return refined(frame, main_parts(hard, hints))


def _matte(out: Floats) -> Floats:
    if out.shape[0] == 1:
        return floats(out[0])
    return floats(1 / (1 + np.exp(out[0] - out[1])))
