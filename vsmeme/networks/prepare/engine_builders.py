"""Engines for TensorRT and MIGraphX, built in preparation for one picture size, by vsscale.

Not run on a card by this project's tests: there NVIDIA's and AMD's builders are stand-ins, and the
arguments are held against the plugins' own signatures.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import vapoursynth as vs

from ...artifact import atomic_path, locked
from ...errors import MissingError, out_of_memory
from ..backend import ENGINES, Backend
from ..engines import engine_path
from ..model import Model
from ..onnx_facts import input_name

log = logging.getLogger("vsmeme")

BUILDERS = {"trt": "tensorrt", "trt_rtx": "tensorrt_rtx"}


def missing_builder(backend: Backend) -> str | None:
    """Say which package or program a backend lacks to build engines; None where all is there."""
    if find_spec("vsscale") is None:
        return "vsjetpack"
    module = BUILDERS.get(backend.plugin)
    if module is None:
        return None if shutil.which("migraphx-driver") else "migraphx-driver"
    needs = (module, "cuda", "onnxconverter_common")
    return next((name for name in needs if find_spec(name) is None), None)


def can_build(backend: Backend) -> bool:
    """Tell whether a backend wants engines, and both plugin and builder are there."""
    wants = backend.plugin in ENGINES and hasattr(vs.core, backend.plugin)
    return wants and missing_builder(backend) is None


def build_engine(
    model: Model, backend: Backend, *, size: tuple[int, int], half: bool
) -> Path | None:
    """Build a network's engine for one picture size, unless it is there.

    Args:
        model: The network.
        backend: A backend that wants engines; any other needs nothing.
        size: Width and height of the input.
        half: Half precision.

    Returns:
        The engine, or ``None`` where the backend needs none.

    Raises:
        MissingError: The builder is missing or fails.
    """
    if backend.plugin not in ENGINES:
        return None
    path = engine_path(
        model.path, plugin=backend.plugin, device=backend.device, size=size, half=half
    )
    if path.is_file():
        return path
    fault = missing_builder(backend)
    if fault:
        raise MissingError(f"backend {backend.name} lacks {fault}: install {backend.install}")
    log.info("building an engine for %s at %dx%d: minutes", model.name, *size)
    build = _build_tensorrt if backend.plugin in BUILDERS else _build_migraphx
    with locked(path), atomic_path(path) as part, tempfile.TemporaryDirectory() as room:
        try:
            engine = build(model, backend, Path(room), size=size, half=half)
            shutil.copyfile(engine, part)
        except Exception as error:
            text = str(error).strip() or type(error).__name__
            reason = "runs out of memory" if out_of_memory(text) else text.splitlines()[-1][:200]
            raise MissingError(
                f"no engine for {model.name} on {backend.name}: {reason}; use another backend"
            ) from error
    return path


def _build_tensorrt(
    model: Model, backend: Backend, room: Path, *, size: tuple[int, int], half: bool
) -> Path:
    """Build in a folder of its own, which also takes the builder's timing cache."""
    from vsscale.mlrt.backend.trt import TRT, TRT_RTX

    kind = TRT_RTX if backend.plugin == "trt_rtx" else TRT
    network = half_network(model.path, room / "half.onnx") if half else model.path
    engine = room / "network.engine"
    kind(device_id=int(backend.device), fp16=False).build(
        network_path=network,
        engine_path=engine,
        channels=model.channels,
        tilesize=size,
        input_name=input_name(model.path),
    )
    return engine


def _build_migraphx(
    model: Model, backend: Backend, room: Path, *, size: tuple[int, int], half: bool
) -> Path:
    from vsscale.mlrt.backend.migx import MIGX

    builder = MIGX(device_id=int(backend.device), fp16=half)
    built = builder.build_program(model.path, model.channels, size, input_name(model.path))
    return Path(built)


def half_network(network: Path, target: Path) -> Path:
    """Write a network that computes in half precision between fp32 input and output.

    TensorRT 11 takes precision from the network alone; its program has no switch for it.

    Args:
        network: The ONNX file.
        target: Where the other goes.
    """
    import onnx
    from onnxconverter_common import float16

    convert: Any = float16.convert_float_to_float16
    onnx.save_model(convert(onnx.load(str(network)), keep_io_types=True), str(target))
    return target
