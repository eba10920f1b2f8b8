"""Networks whose authors publish torch weights alone, written as ONNX."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ...arrays.images import Floats
from ...errors import MissingError, UsageError
from ...host import install_command
from ..manifest import Entry
from ..onnx_facts import stamp
from .ncnn_files import Weights
from .ncnn_to_onnx import Graph, finish


def convert_weights(path: Path, entry: Entry) -> bytes:
    """Turn a torch file into the contents of an ONNX file.

    Args:
        path: The ``.pth`` file; only tensors are read from it, no code.
        entry: Its manifest entry, with ``architecture``.

    Raises:
        MissingError: torch isn't installed.
        UsageError: The architecture isn't known.
    """
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        raise MissingError(
            f"model {entry.name} is converted by torch, of the ai extra; "
            f"run: {install_command('ai')}"
        ) from None
    state = torch.load(str(path), map_location="cpu", weights_only=True)
    state = state.get("params_ema", state.get("params", state))
    arrays = {name: np.asarray(value.float().numpy()) for name, value in state.items()}
    if entry.facts["architecture"] != "srvgg":
        raise UsageError(f"architecture {entry.facts['architecture']} is not known")
    model = entry.model()
    network = srvgg(arrays, scale=model.scale)
    stamp(network, name=model.name, scale=model.scale, radius=model.radius, licence=entry.licence)
    return bytes(network.SerializeToString(deterministic=True))


def srvgg(state: Mapping[str, Floats], *, scale: int) -> onnx.ModelProto:
    """Build Real-ESRGAN's compact network: convolutions, PReLU, pixel shuffle, plus the input.

    Args:
        state: ``body.<n>.weight`` and ``.bias``: convolutions at even places, slopes at odd ones.
        scale: Output px per input px.
    """
    graph = Graph(weights=Weights(data=b""))
    graph.channels["input"] = 3
    last = max(int(name.split(".")[1]) for name in state)
    blob = "input"
    for at in range(last + 1):
        weight = np.asarray(state[f"body.{at}.weight"], np.float32)
        name = graph.constant(f"weight{at}", weight if weight.ndim == 4 else weight[:, None, None])
        if weight.ndim == 4:
            bias = graph.constant(f"bias{at}", np.asarray(state[f"body.{at}.bias"], np.float32))
            blob = graph.add("Conv", [blob, name, bias], f"blob{at}", pads=[1, 1, 1, 1])
        else:
            blob = graph.add("PRelu", [blob, name], f"blob{at}")
    graph.add("DepthToSpace", [blob], "detail", blocksize=scale, mode="CRD")
    factors = graph.constant("factors", np.array([1, 1, scale, scale], np.float32))
    graph.add(
        "Resize",
        ["input", "", factors],
        "base",
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    graph.add("Add", ["detail", "base"], "sum")
    graph.channels["sum"] = 3
    return finish(graph, "sum")
