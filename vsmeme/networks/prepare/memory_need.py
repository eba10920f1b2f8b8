"""How much memory a network wants, and how much there is."""

from __future__ import annotations

from ...host import free_amd_memory, free_memory, nvidia
from ..backend import Backend
from ..model import Model

NVIDIA = ("trt", "trt_rtx")
AMD = ("migx", "ncnn")
PROBE_PX = 64
WORKSPACE = 2.0  # measured with ONNX Runtime: unfolded convolutions beside the live tensors


def working_bytes(model: Model) -> float:
    """Estimate the memory that a network needs per input px in fp32.

    Args:
        model: The network.

    Returns:
        The largest sum of tensors that are alive at one time, with a share for workspace.
    """
    import onnx

    network = onnx.load(str(model.path))
    for value in network.graph.input:
        dims = value.type.tensor_type.shape.dim
        if len(dims) == 4:
            dims[0].dim_value, dims[2].dim_value, dims[3].dim_value = 1, PROBE_PX, PROBE_PX
    inferred = onnx.shape_inference.infer_shapes(network).graph
    sizes = {
        value.name: _elements(value)
        for value in (*inferred.input, *inferred.value_info, *inferred.output)
    }
    return WORKSPACE * 4 * _peak(inferred, sizes) / PROBE_PX**2


def _elements(value: object) -> int:
    count = 1
    for dim in value.type.tensor_type.shape.dim:  # type: ignore[attr-defined]
        count *= dim.dim_value or 1
    return count


def _peak(graph: object, sizes: dict[str, int]) -> int:
    nodes = list(graph.node)  # type: ignore[attr-defined]
    last = {name: at for at, node in enumerate(nodes) for name in node.input}
    alive: dict[str, int] = {}
    most = 0
    for at, node in enumerate(nodes):
        for name in (*node.input, *node.output):
            if name in sizes:
                alive[name] = sizes[name]
        most = max(most, sum(alive.values()))
        alive = {name: size for name, size in alive.items() if last.get(name, at) > at}
    return most


def free_bytes(backend: Backend) -> int | None:
    """Return the free memory where a backend works, or ``None`` if the system doesn't tell."""
    if backend.device == "CPU":
        return free_memory()
    told = nvidia("memory.free") if backend.plugin != "migx" else ""
    if backend.device == "CUDA" or backend.plugin in NVIDIA or (backend.plugin == "ncnn" and told):
        return int(float(told) * 2**20) if told else None
    return free_amd_memory() if backend.plugin in AMD else None


def old_card(backend: Backend) -> bool:
    """Tell whether half precision is slow: NVIDIA before Volta (1/64 of the speed on Pascal)."""
    if backend.device != "CUDA" and backend.plugin not in NVIDIA:
        return False
    told = nvidia("compute_cap")
    return bool(told) and float(told) < 7
