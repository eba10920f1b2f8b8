"""The ``lama`` backend: a LaMa network in ONNX, by path, through OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import MissingError
from ..ledger import Mask
from .generate import GenerationError
from .patches import open_areas

Floats = NDArray[np.float32]
# The published exports (opencv_zoo, Carve/LaMa-ONNX) take 512x512; used where a file names none.
DEFAULT_SIZE = 512


@dataclass(slots=True, kw_only=True)
class Lama:
    """Fill with a network of the inputs picture (1x3xhxw, 0..1) and mask (1x1xhxw, 0 or 1)."""

    path: str
    name: str = "lama"

    def __post_init__(self) -> None:
        if not Path(self.path).is_file():
            raise MissingError(f"inpaint.model: no LaMa ONNX file at {self.path}")

    @property
    def model(self) -> str:
        """The file's name."""
        return Path(self.path).name

    def fill(self, picture: Floats, mask: Mask, avoid: Mask) -> Floats:
        """See ``Backend.fill``."""
        names, size = _inputs(Path(self.path))
        try:
            net = cv2.dnn.readNetFromONNX(self.path)
        except cv2.error as error:
            raise MissingError(
                f"inpaint.model: {self.path}: OpenCV cannot read it: {error}"
            ) from None
        out = picture.copy()
        for area in open_areas(mask, context=1.0):
            box = area.rows_columns
            crop, holes = out[box], (mask | avoid)[box]
            filled = _run(net, names, size, crop, holes)
            crop[area.mask] = filled[area.mask]
        return out


def _inputs(path: Path) -> tuple[dict[str, str], tuple[int, int]]:
    """Return the input names by kind and the size (width, height) that the network takes."""
    import onnx

    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except Exception as error:  # onnx raises protobuf's own errors
        raise MissingError(f"inpaint.model: {path}: not an ONNX file ({error})") from None
    weights = {tensor.name for tensor in graph.initializer}
    names: dict[str, str] = {}
    size = (DEFAULT_SIZE, DEFAULT_SIZE)
    for value in graph.input:
        if value.name in weights:
            continue
        dims = [d.dim_value for d in value.type.tensor_type.shape.dim]
        if len(dims) != 4 or dims[1] not in (1, 3):
            raise MissingError(
                f"inpaint.model: {path}: input {value.name} is neither picture nor mask"
            )
        names["picture" if dims[1] == 3 else "mask"] = value.name
        if dims[2] and dims[3]:
            size = (int(dims[3]), int(dims[2]))
    if set(names) != {"picture", "mask"}:
        raise MissingError(f"inpaint.model: {path}: expected a picture and a mask as inputs")
    return names, size


def _run(
    net: Any,  # noqa: ANN401 - cv2.dnn.Net
    names: dict[str, str],
    size: tuple[int, int],
    crop: Floats,
    holes: Mask,
) -> Floats:
    height, width = crop.shape[:2]
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    hole = np.asarray(cv2.resize(holes.astype(np.float32), size, interpolation=cv2.INTER_AREA)) > 0
    net.setInput(np.ascontiguousarray(small.transpose(2, 0, 1)[None]), names["picture"])
    net.setInput(hole.astype(np.float32)[None, None], names["mask"])
    result = np.asarray(net.forward(), np.float32)
    if result.shape != (1, 3, size[1], size[0]):
        raise GenerationError(f"lama: expected 1x3x{size[1]}x{size[0]}, got {result.shape}")
    if result.max() > 2.0:  # some exports give 0..255
        result = result / 255.0
    filled = cv2.resize(
        result[0].transpose(1, 2, 0), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(filled, np.float32)
