"""Convolutional networks from ncnn to ONNX, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ...arrays.images import Floats
from ...errors import UsageError
from ..onnx_facts import IR_VERSION, OPSET
from .ncnn_files import Layer, Weights, read_param

OUTPUT = "vsmeme_out"  # no ncnn blob is called so

INPUT_CHANNELS = 3  # of the one picture that a network takes
Attribute = int | float | str | list[int]


@dataclass(slots=True, kw_only=True)
class Graph:
    """The ONNX graph while it grows."""

    weights: Weights
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # blobs of Split point at their source
    channels: dict[str, int] = field(default_factory=dict)

    def add(self, op: str, inputs: Sequence[str], output: str, **attributes: Attribute) -> str:
        """Append a node and return its output."""
        sources = [self.names.get(name, name) for name in inputs]
        node = helper.make_node(op, sources, [output], output)
        node.attribute.extend(helper.make_attribute(*item) for item in sorted(attributes.items()))
        self.nodes.append(node)
        return output

    def constant(self, name: str, value: Floats) -> str:
        """Append an initialiser and return its name."""
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def channels_of(self, name: str) -> int:
        """Number of channels of a blob."""
        return self.channels[self.names.get(name, name)]


def convert(param: str, weights: bytes) -> onnx.ModelProto:
    """Turn an ncnn network into ONNX with free height and width.

    Args:
        param: Contents of the ``.param`` file.
        weights: Contents of the ``.bin`` file.

    Returns:
        The model: one input ``input`` and one output ``output``, NCHW float32.

    Raises:
        UsageError: A layer is not one of plain convolutional networks, or the files don't fit.
    """
    graph = Graph(weights=Weights(data=weights))
    last = ""
    for layer in read_param(param):
        if layer.kind == "Input":
            graph.names[layer.outputs[0]] = "input"
            graph.channels["input"] = INPUT_CHANNELS
        elif layer.kind == "Split":
            source = graph.names.get(layer.inputs[0], layer.inputs[0])
            graph.names.update(dict.fromkeys(layer.outputs, source))
        elif layer.kind in LAYERS:
            width = LAYERS[layer.kind](graph, layer)
            last = layer.outputs[0]
            graph.channels[last] = width
        else:
            raise UsageError(f"ncnn layer {layer.kind} ({layer.name}) is not supported")
    if graph.weights.at != len(weights):
        raise UsageError("the .bin file is longer than the .param file says")
    return finish(graph, last)


def finish(graph: Graph, last: str) -> onnx.ModelProto:
    """Close a graph: one image input ``input`` of free size, one output, checked."""
    graph.add("Identity", [last], OUTPUT)
    shape_in: list[str | int | None] = ["batch", INPUT_CHANNELS, "height", "width"]
    shape_out: list[str | int | None] = ["batch", graph.channels_of(last), "out_h", "out_w"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "vsmeme",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape_in)],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, shape_out)],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="vsmeme",
    )
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def _convolution(graph: Graph, layer: Layer) -> int:
    out, size, group = layer.integer(0), layer.integer(6), layer.integer(7, 1)
    kw = layer.integer(1)
    kh = layer.integer(11, kw)
    dw, sw, pw = layer.integer(2, 1), layer.integer(3, 1), layer.integer(4)
    dh, sh, ph = layer.integer(12, dw), layer.integer(13, sw), layer.integer(14, pw)
    right, below = layer.integer(15, pw), layer.integer(16, ph)
    shape = (out, size // (out * kh * kw), kh, kw)
    name = layer.outputs[0]
    inputs = [layer.inputs[0], graph.constant(f"{name}.weight", _shaped(graph, size, shape))]
    if layer.integer(5):
        inputs.append(graph.constant(f"{name}.bias", graph.weights.plain(out)))
    kind = layer.integer(9)
    target = name if kind == 0 else f"{name}.before"
    graph.add(
        "Conv",
        inputs,
        target,
        kernel_shape=[kh, kw],
        dilations=[dh, dw],
        strides=[sh, sw],
        pads=[ph, pw, below, right],
        group=group,
    )
    if kind:
        _activation(graph, kind, layer.numbers(10), target, name)
    return out


def _shaped(graph: Graph, size: int, shape: tuple[int, ...]) -> Floats:
    return graph.weights.flagged(size).reshape(shape)


def _activation(
    graph: Graph, kind: int, params: tuple[float, ...], source: str, target: str
) -> None:
    if kind == 1:
        graph.add("Relu", [source], target)
    elif kind == 2:
        graph.add("LeakyRelu", [source], target, alpha=params[0])
    elif kind == 3:
        _clip_between(graph, params, source, target)
    elif kind == 4:
        graph.add("Sigmoid", [source], target)
    else:
        raise UsageError(f"ncnn activation {kind} is not supported")


def _clip_between(graph: Graph, ends: tuple[float, ...], source: str, target: str) -> None:
    low = graph.constant(f"{target}.low", np.array(ends[0], np.float32))
    high = graph.constant(f"{target}.high", np.array(ends[1], np.float32))
    graph.add("Clip", [source, low, high], target)


def _prelu(graph: Graph, layer: Layer) -> int:
    count, name = layer.integer(0), layer.outputs[0]
    slope = graph.weights.plain(count).reshape(-1, 1, 1)
    graph.add("PRelu", [layer.inputs[0], graph.constant(f"{name}.slope", slope)], name)
    return graph.channels_of(layer.inputs[0])


def _relu(graph: Graph, layer: Layer) -> int:
    slope = layer.number(0)
    source, name = layer.inputs[0], layer.outputs[0]
    _activation(graph, 2 if slope else 1, (slope,), source, name)
    return graph.channels_of(source)


def _swish(graph: Graph, layer: Layer) -> int:
    source, name = layer.inputs[0], layer.outputs[0]
    gate = graph.add("Sigmoid", [source], f"{name}.gate")
    graph.add("Mul", [source, gate], name)
    return graph.channels_of(source)


def _sigmoid(graph: Graph, layer: Layer) -> int:
    graph.add("Sigmoid", layer.inputs, layer.outputs[0])
    return graph.channels_of(layer.inputs[0])


def _clip(graph: Graph, layer: Layer) -> int:
    ends = (layer.number(0, -3.4e38), layer.number(1, 3.4e38))
    _clip_between(graph, ends, layer.inputs[0], layer.outputs[0])
    return graph.channels_of(layer.inputs[0])


def _memory(graph: Graph, layer: Layer) -> int:
    w, h, c = (layer.integer(key) for key in (0, 1, 2))
    shape = tuple(side for side in (c, h, w) if side)
    graph.constant(layer.outputs[0], graph.weights.plain(int(np.prod(shape))).reshape(shape))
    return shape[0]


BINARY = {0: "Add", 1: "Sub", 2: "Mul", 3: "Div", 4: "Max", 5: "Min", 6: "Pow", 7: "Sub", 8: "Div"}
REVERSED = (7, 8)


def _binary(graph: Graph, layer: Layer) -> int:
    kind, name, inputs = layer.integer(0), layer.outputs[0], list(layer.inputs)
    if kind not in BINARY:
        raise UsageError(f"ncnn BinaryOp {kind} ({layer.name}) is not supported")
    if layer.integer(1):
        value = np.array(layer.number(2), np.float32)
        inputs.append(graph.constant(f"{name}.scalar", value))
    graph.add(BINARY[kind], inputs[::-1] if kind in REVERSED else inputs, name)
    return max(graph.channels_of(blob) for blob in layer.inputs)


def _eltwise(graph: Graph, layer: Layer) -> int:
    kind, name, inputs = layer.integer(0), layer.outputs[0], list(layer.inputs)
    for at, factor in enumerate(layer.numbers(1) if kind == 1 else ()):
        if factor != 1:
            scalar = graph.constant(f"{name}.factor{at}", np.array(factor, np.float32))
            inputs[at] = graph.add("Mul", [inputs[at], scalar], f"{name}.part{at}")
    op = {0: "Mul", 1: "Add", 2: "Max"}[kind]
    for at, other in enumerate(inputs[1:], 1):
        target = name if at == len(inputs) - 1 else f"{name}.sum{at}"
        inputs[0] = graph.add(op, [inputs[0], other], target)
    return graph.channels_of(layer.inputs[0])


def _concat(graph: Graph, layer: Layer) -> int:
    if layer.integer(0):
        raise UsageError(f"ncnn Concat along axis {layer.integer(0)} is not supported")
    graph.add("Concat", layer.inputs, layer.outputs[0], axis=1)
    return sum(graph.channels_of(blob) for blob in layer.inputs)


INTERP = {1: "nearest", 2: "linear", 3: "cubic"}


def _interp(graph: Graph, layer: Layer) -> int:
    name = layer.outputs[0]
    scales = np.array([1, 1, layer.number(1, 1), layer.number(2, 1)], np.float32)
    mode = INTERP[layer.integer(0)]
    nearest = mode == "nearest"
    graph.add(
        "Resize",
        [layer.inputs[0], "", graph.constant(f"{name}.scales", scales)],
        name,
        mode=mode,
        coordinate_transformation_mode="asymmetric" if nearest else "half_pixel",
        **({"nearest_mode": "floor"} if nearest else {"cubic_coeff_a": -0.75}),
    )
    return graph.channels_of(layer.inputs[0])


def _shuffle(graph: Graph, layer: Layer) -> int:
    factor = layer.integer(0)
    mode = "DCR" if layer.integer(1) else "CRD"
    graph.add("DepthToSpace", layer.inputs, layer.outputs[0], blocksize=factor, mode=mode)
    return graph.channels_of(layer.inputs[0]) // factor**2


LAYERS: dict[str, Callable[[Graph, Layer], int]] = {
    "BinaryOp": _binary,
    "Clip": _clip,
    "Concat": _concat,
    "Convolution": _convolution,
    "ConvolutionDepthWise": _convolution,
    "Eltwise": _eltwise,
    "Interp": _interp,
    "MemoryData": _memory,
    "PReLU": _prelu,
    "PixelShuffle": _shuffle,
    "ReLU": _relu,
    "Sigmoid": _sigmoid,
    "Swish": _swish,
}


def convert_files(param: Path, weights: Path) -> onnx.ModelProto:
    """Convert a pair of files; see `convert`."""
    return convert(param.read_text("utf-8"), weights.read_bytes())
