"""Inference backends as plain data, and the one place that calls a vs-mlrt plugin."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import vapoursynth as vs

from ..errors import MissingError, wrong
from ..host import Driver, has_driver, install_command
from .engines import find_engine

log = logging.getLogger("vsmeme")

Kind = Literal["ort", "ov", "ncnn", "trt", "trt_rtx", "migx"]
ENGINES = ("trt", "trt_rtx", "migx")  # plugins that take an engine built for one picture size


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One way to run a network.

    Attributes:
        name: Name to ask for.
        plugin: Namespace of the vs-mlrt plugin.
        device: Provider or device in the plugin's words.
        half: Whether half precision is used where the model supports it.
        install: What installs it.
        driver: The graphics driver that it needs.
    """

    name: str
    plugin: Kind
    device: str
    half: bool
    install: str
    driver: Driver | None = None


_CUDA = f"`{install_command('nvidia')}` and NVIDIA's driver"
_VULKAN = f"`{install_command('vulkan')}` and a Vulkan driver"
_AMD = f"`{install_command('amd')}` and AMD's ROCm"
_BASE = f"`{install_command()}`"
# Fastest first; automatic choice takes the first that builds a network here. On CPUs OpenVINO needs
# 0.6 of ONNX Runtime's time for full-size strips, at the same precision.
BACKENDS = {
    backend.name: backend
    for backend in (
        Backend(name="trt", plugin="trt", device="0", half=True, driver="cuda", install=_CUDA),
        Backend(
            name="trt-rtx", plugin="trt_rtx", device="0", half=True, driver="cuda", install=_CUDA
        ),
        Backend(
            name="ort-cuda", plugin="ort", device="CUDA", half=True, driver="cuda", install=_CUDA
        ),
        Backend(name="migx", plugin="migx", device="0", half=True, install=_AMD),
        Backend(
            name="ncnn", plugin="ncnn", device="0", half=True, driver="vulkan", install=_VULKAN
        ),
        Backend(
            name="ov-gpu",
            plugin="ov",
            device="GPU",
            half=True,
            install=f"{_BASE} and Intel's OpenCL driver",
        ),
        Backend(name="ov-cpu", plugin="ov", device="CPU", half=False, install=_BASE),
        Backend(name="ort-cpu", plugin="ort", device="CPU", half=False, install=_BASE),
    )
}
WORDS = {"cuda": "NVIDIA driver", "vulkan": "Vulkan driver"}


def find_backend(name: str) -> Backend:
    """Return a backend by name.

    Args:
        name: One of `BACKENDS`, or "auto".

    Returns:
        The backend; its plugin is installed.

    Raises:
        UsageError: No backend is called so.
        MissingError: Its plugin is not installed.
    """
    if name == "auto":
        return choose_backend()
    if name not in BACKENDS:
        raise wrong("upscale", "backend", f"auto or one of {', '.join(BACKENDS)}", name)
    backend = BACKENDS[name]
    if not hasattr(vs.core, backend.plugin):
        raise MissingError(
            f"backend {name} needs the plugin {backend.plugin}: install {backend.install}"
        )
    return backend


def choose_backend() -> Backend:
    """Return the first backend that is installed and builds a network here; log the reason.

    Raises:
        MissingError: None does.
    """
    return BACKENDS[_choice()]


@cache
def _choice() -> str:
    passed: list[str] = []
    for backend in BACKENDS.values():
        fault = trouble(backend)
        if fault is None:
            log.info("networks run on %s", backend.name)
            if passed:
                log.debug("not on %s", "; ".join(passed))
            return backend.name
        passed.append(f"{backend.name} {fault}")
    raise MissingError(
        f"no backend works ({'; '.join(passed)}): install {BACKENDS['ort-cpu'].install}"
    )


def trouble(backend: Backend) -> str | None:
    """Say why a backend can't be used here, or ``None`` if it can: it is given a one-layer net."""
    if not hasattr(vs.core, backend.plugin):
        return f"is not installed; {backend.install}"
    if backend.driver and not has_driver(backend.driver):
        return f"has no {WORDS[backend.driver]}"
    if backend.plugin in ENGINES:
        return "needs an engine, which preparation builds"
    if backend.plugin == "ov" and backend.device not in _openvino_devices():
        return "has no device with a driver"
    probe = vs.core.std.BlankClip(None, 16, 16, vs.RGBS, length=1)
    try:
        infer([probe], backend, network=IDENTITY)
    except vs.Error as error:
        return f"does not start ({str(error).splitlines()[0][:80]}); {backend.install}"
    return None


def _openvino_devices() -> str:
    devices: Any = vs.core.ov.AvailableDevices()
    return str(devices)


# An ONNX graph of one Identity layer, 1x3x16x16, opset 17: small enough to spell out, so that
# asking a plugin whether it works needs no file.
IDENTITY = bytes.fromhex(
    "08083a4f0a100a017812017922084964656e746974791201675a1b0a017812160a14080112100a0208010a020803"
    "0a0208100a020810621b0a017912160a14080112100a0208010a0208030a0208100a02081042040a001011"
)


def infer(
    clips: Sequence[vs.VideoNode],
    backend: Backend,
    *,
    network: Path | bytes,
    half: bool = False,
) -> vs.VideoNode:
    """Call the plugin on whole pictures; its own tiling stays unused.

    Args:
        clips: RGBS or GRAYS of one size, stacked along the channels.
        backend: How to run it.
        network: The ONNX file, or its contents.
        half: Compute in half precision.

    Returns:
        RGBS or GRAYS at the network's scale.
    """
    width, height = clips[0].width, clips[0].height
    settings: dict[str, Any] = {"overlap": [0, 0], "tilesize": [width, height]}
    target: str | bytes = network if isinstance(network, bytes) else str(network)
    if isinstance(network, bytes):
        settings["path_is_serialization"] = True
    settings |= plugin_settings(backend, half=half)
    if backend.plugin in ENGINES and isinstance(network, Path):
        size = (width, height)
        where = {"plugin": backend.plugin, "device": backend.device}
        target = str(find_engine(network, **where, size=size, half=half))
    out: Any = getattr(vs.core, backend.plugin).Model(list(clips), target, **settings)
    return cast(vs.VideoNode, out["clip"] if isinstance(out, dict) else out)


def plugin_settings(backend: Backend, *, half: bool = False) -> dict[str, Any]:
    """Return what a backend's plugin is given beside pictures and network.

    Args:
        backend: How it is run.
        half: Compute in half precision.
    """
    if backend.plugin == "ort":
        return {"provider": backend.device, "fp16": half}
    if backend.plugin == "ov":
        # Without the hint OpenVINO computes in bfloat16 where the CPU has AMX: measured errors of
        # up to 0.22 of 1 for SPAN and 0.05 for x4plus.
        hint = {"INFERENCE_PRECISION_HINT": "f16" if half else "f32"}
        if backend.device == "CPU":
            # The plugin asks for one frame at a time. By itself OpenVINO splits the cores into
            # streams, of which all but one would rest, each with memory of its own.
            hint["NUM_STREAMS"] = "1"
        return {"device": backend.device, "config": lambda: hint}
    if backend.plugin == "ncnn":
        return {"device_id": int(backend.device), "fp16": half}
    return {"device_id": int(backend.device)}
