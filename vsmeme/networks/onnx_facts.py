"""Facts about a network read from its ONNX file: scale, receptive radius, channels, range.

Every layer is followed with two numbers: how fine its grid is compared with the input, and how far
around a point the input can still change it. A network that looks at the whole picture (global
pooling, attention) has no radius; then the file must state it, or it is measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from .model import Model
from .repacked import needs_repacking, repacked

if TYPE_CHECKING:
    import onnx

PREFIX = "vsmeme."
# What we write: understood by every ONNX Runtime, OpenVINO and TensorRT since 2022.
OPSET = 17
IR_VERSION = 8
SCALE_255 = 200.0  # a first factor beyond this turns 0..255 into 0..1, or back


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a tensor depends on.

    Attributes:
        scale: Its px per input px.
        radius: Input px around a point.
    """

    scale: Fraction = Fraction(1)
    radius: Fraction = Fraction(0)

    def wider(self, taps: Fraction) -> Reach:
        """Return the reach after a kernel that looks ``taps`` of this tensor's px aside."""
        return Reach(scale=self.scale, radius=self.radius + taps / self.scale)

    def finer(self, factor: Fraction) -> Reach:
        """Return the reach on a grid that is ``factor`` times finer."""
        return Reach(scale=self.scale * factor, radius=self.radius)


def read_network(path: Path, **stated: object) -> Model:
    """Describe a network from its file.

    Args:
        path: An ONNX file with one image input and one image output.
        stated: Fields of `Model` that are known and need no reading.

    Returns:
        The description. What is stated comes first, then a JSON file of the same name beside it
        (which measuring writes), then entries ``vsmeme.scale``, ``vsmeme.radius``, … in the file's
        metadata, then the graph.

    Raises:
        UsageError: This is no such network, or nothing tells its scale or radius.
    """
    import onnx

    try:
        network = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        raise UsageError(f"{path} is not an ONNX file: {error}") from None
    repack = needs_repacking(network)
    if repack:
        network = onnx.load_from_string(repacked(path))
    facts = {**_metadata(network), **_sidecar(path), **stated}
    if "scale" not in facts or "radius" not in facts:
        facts = {**_from_graph(network, path), **facts}
    facts.setdefault("channels", _channels(network))
    facts.setdefault("colour", "gray" if facts["channels"] == 1 else "rgb")
    facts.setdefault("value_range", _value_range(network))
    facts.setdefault("repack", repack)
    return Model.from_json({**facts, "name": facts.get("name", path.stem), "path": path})


def stamp(network: onnx.ModelProto, **facts: object) -> None:
    """Write facts into a network's metadata, where `read_network` finds them."""
    import json

    for key, value in sorted(facts.items()):
        entry = network.metadata_props.add()
        entry.key, entry.value = PREFIX + key, json.dumps(value)


def _metadata(network: onnx.ModelProto) -> dict[str, Any]:
    import json

    return {
        entry.key.removeprefix(PREFIX): json.loads(entry.value)
        for entry in network.metadata_props
        if entry.key.startswith(PREFIX)
    }


def _sidecar(path: Path) -> dict[str, Any]:
    import json

    beside = path.with_suffix(".json")
    return dict(json.loads(beside.read_text("utf-8"))) if beside.is_file() else {}


def _channels(network: onnx.ModelProto) -> int:
    inputs = _image_inputs(network)
    dims = list(inputs[0].type.tensor_type.shape.dim) if len(inputs) == 1 else []
    if len(dims) != 4 or not dims[1].dim_value:
        raise UsageError(f"{network.graph.name or 'network'}: expected one NCHW image input")
    return int(dims[1].dim_value)


def input_name(path: Path) -> str:
    """Return the name of a network's image input."""
    import onnx

    return _image_inputs(onnx.load(str(path), load_external_data=False))[0].name


def _image_inputs(network: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    constants = {tensor.name for tensor in network.graph.initializer}
    return [value for value in network.graph.input if value.name not in constants]


def _value_range(network: onnx.ModelProto) -> tuple[float, float]:
    from onnx import numpy_helper

    source = _image_inputs(network)[0].name
    constants = {tensor.name: tensor for tensor in network.graph.initializer}
    for node in network.graph.node:
        if source in node.input and node.op_type in ("Mul", "Div") and node.input[1] in constants:
            value = float(numpy_helper.to_array(constants[node.input[1]]).max())
            if (value > SCALE_255) if node.op_type == "Div" else (0 < value < 1 / SCALE_255):
                return 0.0, 255.0
    return 0.0, 1.0


def _from_graph(network: onnx.ModelProto, path: Path) -> dict[str, int]:
    try:
        reach = follow(network)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    if reach.scale.denominator != 1:
        raise UsageError(f"{path}: a scale of {reach.scale}, expected a whole number")
    return {"scale": int(reach.scale), "radius": math.ceil(reach.radius)}


def follow(network: onnx.ModelProto) -> Reach:
    """Follow a network from its input to its output.

    Args:
        network: The ONNX network.

    Returns:
        The output's scale and receptive radius in input px.

    Raises:
        UsageError: A layer is unknown or looks at the whole picture.
    """
    from onnx import numpy_helper

    constants = {t.name: numpy_helper.to_array(t) for t in network.graph.initializer}
    for node in network.graph.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    known = {value.name: Reach() for value in _image_inputs(network)}
    for node in network.graph.node:
        sources = [known[name] for name in node.input if name in known]
        if not sources:
            continue
        if node.op_type not in STEPS:
            raise UsageError(f"the reach of layer {node.op_type} is not known: state the radius")
        merged = _merge(sources, node.op_type)
        known.update(dict.fromkeys(node.output, STEPS[node.op_type](merged, node, constants)))
    return known[network.graph.output[0].name]


def _merge(sources: list[Reach], kind: str) -> Reach:
    if len({source.scale for source in sources}) > 1:
        raise UsageError(f"layer {kind} joins grids of different size: state the scale and radius")
    return max(sources, key=lambda source: source.radius)


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    from onnx import helper

    return {item.name: helper.get_attribute_value(item) for item in node.attribute}


Step = Callable[[Reach, "onnx.NodeProto", dict[str, Any]], Reach]


def _same(reach: Reach, node: onnx.NodeProto, constants: dict[str, Any]) -> Reach:
    return reach


def _window(reach: Reach, node: onnx.NodeProto, constants: dict[str, Any]) -> Reach:
    values = _attributes(node)
    size = values.get("kernel_shape") or constants[node.input[1]].shape[2:]
    spread = values.get("dilations", [1] * len(size))
    widest = max((k - 1) * d for k, d in zip(size, spread, strict=True))
    pads = values.get("pads", [0] * 2 * len(size))
    # without pads of its own it follows a Pad, or crops alike on every side
    aside = max(pads) if any(pads) else math.ceil(widest / 2)
    if any(pads) and widest:
        aside = max(aside, widest - min(pads))
    stride = max(values.get("strides", [1]))
    return reach.wider(Fraction(aside)).finer(Fraction(1, stride))


def _transposed(reach: Reach, node: onnx.NodeProto, constants: dict[str, Any]) -> Reach:
    values = _attributes(node)
    size = values.get("kernel_shape") or constants[node.input[1]].shape[2:]
    stride = max(values.get("strides", [1]))
    return reach.wider(Fraction(max(size) - 1, stride)).finer(Fraction(stride))


def _to_space(reach: Reach, node: onnx.NodeProto, constants: dict[str, Any]) -> Reach:
    return reach.finer(Fraction(_attributes(node)["blocksize"]))


def _to_depth(reach: Reach, node: onnx.NodeProto, constants: dict[str, Any]) -> Reach:
    block = _attributes(node)["blocksize"]
    return reach.wider(Fraction(block - 1)).finer(Fraction(1, block))


TAPS = {"nearest": 0, "linear": 1, "cubic": 2}


def _resize(reach: Reach, node: onnx.NodeProto, constants: dict[str, Any]) -> Reach:
    scales = constants.get(node.input[2] if len(node.input) > 2 else node.input[1])
    if scales is None or len(scales) != 4:
        raise UsageError("a Resize without constant factors: state the scale and radius")
    factor = Fraction(float(scales[2])).limit_denominator(64)
    mode = _attributes(node).get("mode", b"nearest").decode()
    taps = Fraction(TAPS[mode]) if factor >= 1 else Fraction(TAPS[mode] + 1)
    return reach.wider(taps).finer(factor)


def _pad(reach: Reach, node: onnx.NodeProto, constants: dict[str, Any]) -> Reach:
    pads = constants.get(node.input[1]) if len(node.input) > 1 else _attributes(node).get("pads")
    if pads is None or len(set(list(pads[2:4]) + list(pads[6:8]))) != 1:
        raise UsageError("an uneven Pad: state the scale and radius")
    return reach  # the convolution behind it counts its whole kernel


POINTWISE = (
    "Abs Add BatchNormalization Cast Clip Concat Div Elu Erf Exp Gelu HardSigmoid HardSwish "
    "Identity LeakyRelu Log Max Min Mish Mul Neg PRelu Pow Relu Sigmoid Slice Softplus Split Sqrt "
    "Sub Sum Tanh"
)
STEPS: dict[str, Step] = {
    **dict.fromkeys(POINTWISE.split(), _same),
    "AveragePool": _window,
    "Conv": _window,
    "ConvTranspose": _transposed,
    "DepthToSpace": _to_space,
    "MaxPool": _window,
    "Pad": _pad,
    "Resize": _resize,
    "SpaceToDepth": _to_depth,
    "Upsample": _resize,
}
