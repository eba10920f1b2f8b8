"""The ``lama`` backend: a LaMa network by path, in ONNX through OpenCV or TorchScript."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ....arrays.images import Floats, Mask
from ....errors import MissingError
from ....host import install_command
from ....networks.prepare.one_model import one_model, torch_device
from .base import GenerationError
from .open_areas import open_areas

# Takes a picture, 1 x 3 x h x w in 0..1, and a mask, 1 x 1 x h x w of 0 and 1.
Network = Callable[[Floats, Floats], Floats]
# The published exports (opencv_zoo, Carve/LaMa-ONNX) take 512x512; used where a file names none.
DEFAULT_SIZE = 512


@dataclass(slots=True, kw_only=True)
class Lama:
    """Fill with a LaMa network, area by area, at the size that it takes."""

    path: Path
    name: str = "lama"

    @property
    def model(self) -> str:
        """The file's name."""
        return self.path.name

    def fill(self, picture: Floats, mask: Mask, avoid: Mask) -> Floats:
        """Fill; see ``Inpainter.fill``."""
        load = _torch_network if self.path.suffix == ".pt" else _onnx_network
        out = picture.copy()
        with one_model(f"lama {self.path}", lambda: load(self.path)) as (network, size):
            for area in open_areas(mask, context=1.0):
                box = area.rows_columns
                crop, holes = out[box], (mask | avoid)[box]
                filled = _run(network, size, crop, holes)
                crop[area.mask] = filled[area.mask]
        return out


def _torch_network(path: Path) -> tuple[Network, tuple[int, int]]:
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        raise MissingError(
            f"inpaint.model: {path}: TorchScript needs the ai extra; run: {install_command('ai')}"
        ) from None
    device, _ = torch_device(half=False)
    try:
        script = torch.jit.load(str(path), map_location=device).eval()
    except RuntimeError:
        raise MissingError(f"inpaint.model: {path}: not a TorchScript file") from None

    def network(picture: Floats, mask: Floats) -> Floats:
        with torch.inference_mode():
            inputs = (torch.from_numpy(plane).to(device) for plane in (picture, mask))
            return np.asarray(script(*inputs).cpu().numpy(), np.float32)

    return network, (DEFAULT_SIZE, DEFAULT_SIZE)


def _onnx_network(path: Path) -> tuple[Network, tuple[int, int]]:
    names, size = _inputs(path)
    try:
        net = cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        line = " ".join(str(error).split())
        raise MissingError(f"inpaint.model: {path}: OpenCV cannot read it: {line}") from None

    def network(picture: Floats, mask: Floats) -> Floats:
        net.setInput(picture, names["picture"])
        net.setInput(mask, names["mask"])
        return np.asarray(net.forward(), np.float32)

    return network, size


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


def _run(network: Network, size: tuple[int, int], crop: Floats, holes: Mask) -> Floats:
    height, width = crop.shape[:2]
    small = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.float32)
    hole = np.asarray(cv2.resize(holes.astype(np.float32), size, interpolation=cv2.INTER_AREA)) > 0
    planes = np.ascontiguousarray(np.clip(small, 0.0, 1.0).transpose(2, 0, 1)[None])
    result = network(planes, hole.astype(np.float32)[None, None])
    if result.shape != (1, 3, size[1], size[0]):
        raise GenerationError(f"lama: expected 1x3x{size[1]}x{size[0]}, got {result.shape}")
    if np.nanmax(result) > 2.0:  # some exports give 0..255
        result = result / np.float32(255.0)
    filled = cv2.resize(
        result[0].transpose(1, 2, 0), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(filled, np.float32)
