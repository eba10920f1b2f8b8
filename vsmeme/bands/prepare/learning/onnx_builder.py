"""ONNX graphs node by node, and how a pretrained network's features enter one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from ....errors import UsageError
from ....networks.onnx_facts import IR_VERSION, OPSET

Array = npt.NDArray[np.float32]


class Builder:
    """An ONNX graph while it grows; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, npt.NDArray[np.generic]] = {}
        self._count = 0

    def node(self, kind: str, *sources: str, **attributes: int | str | list[int]) -> str:
        """Append a node with one result."""
        self._count += 1
        name = f"{kind.lower()}_{self._count}"
        made = helper.make_node(kind, list(sources), [name], name=name)
        made.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
        self.nodes.append(made)
        return name

    def constant(self, values: npt.ArrayLike, kind: npt.DTypeLike = np.float32) -> str:
        """Store a constant."""
        name = f"constant_{len(self.constants)}"
        self.constants[name] = np.asarray(values, kind)
        return name

    def filtered(self, source: str, weights: npt.ArrayLike, group: int = 1) -> str:
        """Convolve at the same size."""
        taps = np.asarray(weights, np.float32)
        radius = taps.shape[-1] // 2
        return self.node(
            "Conv",
            source,
            self.constant(taps),
            group=group,
            pads=[radius] * 4,
            kernel_shape=[taps.shape[-2], taps.shape[-1]],
        )

    def mean(self, source: str, size: int) -> str:
        """Average over a box, fewer samples at the edges."""
        return self.node("AveragePool", source, kernel_shape=[size] * 2, pads=[size // 2] * 4)

    def highest(self, source: str, size: int) -> str:
        """Take the maximum over a box."""
        return self.node("MaxPool", source, kernel_shape=[size] * 2, pads=[size // 2] * 4)

    def planes(self, source: str, first: int, count: int) -> str:
        """Pick planes."""
        ends = [self.constant([v], np.int64) for v in (first, first + count, 1)]
        return self.node("Slice", source, *ends)

    def model(self, result: str, channels: tuple[int, int]) -> onnx.ModelProto:
        """Finish: one NCHW input and output of any height and width."""
        self.nodes.append(helper.make_node("Identity", [result], ["out"]))
        ends = [
            helper.make_tensor_value_info(
                name, TensorProto.FLOAT, ["batch", count, f"height{tail}", f"width{tail}"]
            )
            for name, count, tail in (("input", channels[0], ""), ("out", channels[1], "_out"))
        ]
        stored = [numpy_helper.from_array(v, k) for k, v in self.constants.items()]
        graph = helper.make_graph(self.nodes, "learned", ends[:1], ends[1:], stored)
        made = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        onnx.checker.check_model(made)
        return made


def count_deep(path: Path) -> int:
    """Return how many feature maps `graft` takes from a network."""
    builder = Builder()
    builder.node("Identity", "input")
    graph = onnx.load(str(path)).graph
    name = _features(graph)
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    users = [node for node in graph.node if node.op_type == "Conv" and node.input[0] == name]
    return int(weights[users[0].input[1]][1])


def _features(graph: onnx.GraphProto) -> str:
    """Find the input of the last convolution larger than 1x1: those add nothing to a fit."""
    makers = {name: node for node in graph.node for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    if len(convolutions) < 2 or not any(n.op_type == "DepthToSpace" for n in graph.node):
        raise UsageError(f"{graph.name}: expected convolutions and a pixel shuffle")
    sizes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    source: str = convolutions[-1].input[0]
    while source in makers and makers[source].op_type == "Conv":
        maker = makers[source]
        if sizes[maker.input[1]][2:] != (1, 1):
            break
        source = maker.input[0]
    return source


def graft(builder: Builder, path: Path, source: str) -> str:
    """Append a network up to its last features.

    Args:
        builder: The graph.
        path: An ONNX network on RGB 0..1 that ends in a convolution and a pixel shuffle.
        source: The tensor that it is given.

    Returns:
        The features' name.
    """
    graph = onnx.load(str(path)).graph
    wanted = _features(graph)
    kept: list[onnx.NodeProto] = []
    needed = {wanted}
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    given = {value.name for value in graph.input}
    for tensor in graph.initializer:
        if tensor.name in needed:
            builder.constants[f"net/{tensor.name}"] = numpy_helper.to_array(tensor)

    def renamed(name: str) -> str:
        return source if name in given else f"net/{name}" if name else ""

    for node in reversed(kept):
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.name = f"net/{node.name}"
        copy.input[:] = [renamed(name) for name in node.input]
        copy.output[:] = [renamed(name) for name in node.output]
        builder.nodes.append(copy)
    return renamed(wanted)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnNet:
    """A network on luma whose outputs are further features of a DVD px.

    Attributes:
        kernels: First layer: units, size, size. Each sums to zero: the level says nothing.
        layers: Weights (units, units before) of the layers after it.
        biases: One array a layer, the first layer's first.
    """

    kernels: Array
    layers: tuple[Array, ...]
    biases: tuple[Array, ...]

    @property
    def count(self) -> int:
        """Number of features."""
        return len(self.biases[-1])

    def append(self, builder: Builder, luma: str) -> str:
        """Append it to a graph.

        Args:
            builder: The graph.
            luma: One plane, 0..1.

        Returns:
            The features' name.
        """
        source = luma
        for weights, bias in zip(self._convolutions(), self.biases, strict=True):
            found = builder.filtered(source, weights)
            shifted = builder.node("Add", found, builder.constant(bias.reshape(1, -1, 1, 1)))
            source = builder.node("Relu", shifted)
        return source

    def _convolutions(self) -> list[Array]:
        return [self.kernels[:, None], *(weights[:, :, None, None] for weights in self.layers)]
