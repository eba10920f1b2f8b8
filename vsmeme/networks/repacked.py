"""Networks whose files the plugins don't take as they are, put into one piece in memory.

These are networks with 16-bit floats at their ends, and those whose weights lie in other files.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    import onnx

FLOAT, FLOAT16 = 1, 10  # element types of ONNX tensors
MOST_BYTES = 2**31 - 1  # what one protobuf message holds


def needs_repacking(network: onnx.ModelProto) -> bool:
    """Whether a network has 16-bit floats at its ends, or weights in other files."""
    ends = (*network.graph.input, *network.graph.output)
    outside = any(tensor.external_data for tensor in network.graph.initializer)
    return outside or any(end.type.tensor_type.elem_type == FLOAT16 for end in ends)


def repacked(path: Path) -> bytes:
    """Return a network in one piece, with 32-bit floats at its ends.

    Args:
        path: The ONNX file; weights of its own files lie beside it.

    Raises:
        UsageError: These files are missing, or all of it is larger than 2 GiB.
    """
    return _repacked(path.resolve(), path.stat().st_mtime_ns)


@cache
def _repacked(path: Path, changed: int) -> bytes:
    import onnx

    try:
        network = onnx.load(str(path))
    except Exception as error:
        raise UsageError(f"{path}: weights that should lie beside it: {error}") from None
    constants = {tensor.name for tensor in network.graph.initializer}
    for end in [value for value in network.graph.input if value.name not in constants]:
        _cast(network, end, inside=f"{end.name}_half", first=True)
    for end in list(network.graph.output):
        _cast(network, end, inside=f"{end.name}_half", first=False)
    size = network.ByteSize()
    if size > MOST_BYTES:
        raise UsageError(f"{path}: expected at most 2 GiB with its weights, got {size / 2**30:.1f}")
    return bytes(network.SerializeToString())


def _cast(network: onnx.ModelProto, end: onnx.ValueInfoProto, *, inside: str, first: bool) -> None:
    """Put a cast between an end of 16 bits and what lies inside."""
    from onnx import helper

    if end.type.tensor_type.elem_type != FLOAT16:
        return
    nodes = network.graph.node
    for node in nodes:
        names = node.input if first else node.output
        for index, name in enumerate(names):
            if name == end.name:
                names[index] = inside
    if not first:  # what else reads the output
        for node in nodes:
            for index, name in enumerate(node.input):
                if name == end.name:
                    node.input[index] = inside
    if first:
        nodes.insert(0, helper.make_node("Cast", [end.name], [inside], to=FLOAT16))
    else:
        nodes.append(helper.make_node("Cast", [inside], [end.name], to=FLOAT))
    end.type.tensor_type.elem_type = FLOAT
