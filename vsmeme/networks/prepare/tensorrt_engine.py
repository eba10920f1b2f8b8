"""TensorRT engines, built in preparation for one picture size.

Not run on a card by this project's tests: there the program is a stand-in that writes a file.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

import vapoursynth as vs

from ...artifact import atomic_path, locked
from ...errors import MissingError, out_of_memory
from ..backend import ENGINES, Backend, engine_path
from ..model import Model
from ..onnx_facts import input_name

log = logging.getLogger("vsmeme")

BUILDERS = {"trt": "trtexec", "trt_rtx": "tensorrt_rtx"}


def builder(backend: Backend) -> str | None:
    """Return the program that builds a backend's engines: on the path, or beside the plugin."""
    name = BUILDERS.get(backend.plugin)
    if name is None:
        return None
    found = shutil.which(name)
    if found or not hasattr(vs.core, backend.plugin):
        return found
    home = Path(getattr(vs.core, backend.plugin).plugin_path).parent
    beside = [path for folder in (home, home / "vsmlrt-cuda") for path in folder.glob(f"{name}*")]
    return str(beside[0]) if beside else None


def can_build(backend: Backend) -> bool:
    """Tell whether a backend wants engines, and both plugin and builder are there."""
    wants = backend.plugin in ENGINES and hasattr(vs.core, backend.plugin)
    return wants and builder(backend) is not None


def build_engine(
    model: Model, backend: Backend, *, size: tuple[int, int], half: bool
) -> Path | None:
    """Build a network's engine for one picture size, unless it is there.

    Args:
        model: The network.
        backend: A TensorRT backend; any other needs nothing.
        size: Width and height of the input.
        half: Half precision.

    Returns:
        The engine, or ``None`` where the backend needs none.

    Raises:
        MissingError: The builder is missing or fails.
    """
    if backend.plugin not in ENGINES:
        return None
    path = engine_path(model.path, backend, size=size, half=half)
    program = builder(backend)
    if path.is_file():
        return path
    if program is None:
        raise MissingError(
            f"backend {backend.name} needs {BUILDERS[backend.plugin]}: install {backend.install}"
        )
    with locked(path), atomic_path(path) as part:
        _build(program, model, part, size=size, half=half, device=backend.device)
    return path


def _build(
    program: str, model: Model, part: Path, *, size: tuple[int, int], half: bool, device: str
) -> None:
    shape = f"{input_name(model.path)}:1x{model.channels}x{size[1]}x{size[0]}"
    command = [
        program,
        f"--onnx={model.path}",
        f"--saveEngine={part}",
        f"--shapes={shape}",
        f"--device={device}",
        "--skipInference",
        *(["--fp16", "--inputIOFormats=fp32:chw", "--outputIOFormats=fp32:chw"] if half else []),
    ]
    log.info("building an engine for %s at %dx%d: minutes", model.name, *size)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not part.stat().st_size:
        lines = (done.stderr or done.stdout).strip().splitlines()
        last = lines[-1][:200] if lines else f"exit code {done.returncode}"
        reason = "runs out of memory" if out_of_memory("\n".join(lines)) else last
        raise MissingError(f"no TensorRT engine for {model.name}: {reason}; use another backend")
