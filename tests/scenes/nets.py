"""Tiny networks for tests: seeded weights, known scale and receptive radius."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vsmeme.networks.model import Model


def tiny(
    folder: Path,
    *,
    scale: int = 4,
    radius: int = 3,
    channels: int = 3,
    planes: int = 3,
    states: int | None = None,
    nan: bool = False,
    neighbours: int = 0,
) -> Model:
    """A chain of ``radius`` 3x3 convolutions and a pixel shuffle, or a model that lies about it."""
    rng = np.random.default_rng(radius * 10 + scale)
    nodes, weights, name, width = [], [], "input", channels
    for step in range(radius):
        last = step == radius - 1
        out = planes * scale * scale if last else 6
        kernel = rng.normal(0, 0.5 / np.sqrt(width * 9), (out, width, 3, 3)).astype(np.float32)
        kernel[:, :, 1, 1] += 0.5 / width
        weights.append(numpy_helper.from_array(kernel, f"w{step}"))
        nodes.append(helper.make_node("Conv", [name, f"w{step}"], [f"c{step}"], pads=[1] * 4))
        name, width = f"c{step}", out
        if not last:
            nodes.append(helper.make_node("LeakyRelu", [name], [f"a{step}"], alpha=0.2))
            name = f"a{step}"
    if nan:
        weights.append(numpy_helper.from_array(np.array(-1, np.float32), "minus"))
        nodes += [helper.make_node("Add", [name, "minus"], ["below"])]
        nodes += [helper.make_node("Sqrt", ["below"], ["root"])]
        name = "root"
    nodes.append(helper.make_node("DepthToSpace", [name], ["out"], blocksize=scale, mode="CRD"))
    path = folder / f"tiny{scale}-{radius}-{channels}-{planes}.onnx"
    save(path, nodes, weights, channels, planes)
    return Model(
        name="tiny",
        path=path,
        scale=states or scale,
        radius=radius,
        channels=channels,
        colour="rgb" if planes == 3 else "gray",
        neighbours=neighbours,
    )


def nearest(folder: Path, *, scale: int = 4) -> Model:
    """Nearest-neighbour enlargement, a few hundred bytes."""
    factors = numpy_helper.from_array(np.array([1, 1, scale, scale], np.float32), "factors")
    node = helper.make_node(
        "Resize",
        ["input", "", "factors"],
        ["out"],
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    path = folder / f"nearest{scale}.onnx"
    save(path, [node], [factors], 3, 3)
    return Model(name="nearest", path=path, scale=scale, radius=0)


def save(
    path: Path,
    nodes: list[onnx.NodeProto],
    weights: list[onnx.TensorProto],
    channels: int,
    planes: int,
) -> None:
    """Write a network with one image input and one output of free size."""
    shape = ["n", channels, "h", "w"]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", planes, "H", "W"])],
        weights,
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    network.ir_version = 8
    onnx.save(network, str(path))
