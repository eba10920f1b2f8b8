"""A network that knows people."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx

from ....arrays.images import Floats, Image, floats, resized
from ....errors import MissingError, UsageError
from ..hints import Hints
from .grabcut import main_parts, refined

PERSON_SIDE_PX = 512


class PersonNetwork:
    """A portrait or matting network (ONNX, one picture in, one matte out), by path."""

    name = "person"
    sees, hears = True, False

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
