"""What a machine computes with: equal on two machines, they make the same pictures."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from ... import __version__
from ...artifact_cache import cached_sha256
from ...errors import MissingError
from ...ffmpeg import find_ffmpeg
from ...networks.manifest import models_folders

LIBRARIES = ("numpy", "opencv-python-headless", "onnxruntime", "torch")
PLUGINS = ("vapoursynth", "vsnoise")  # and what else begins so
WEIGHTS = (".onnx", ".bin", ".pth", ".pt", ".safetensors", ".tflite", ".npz")

type Versions = Mapping[str, str]


def machine_versions() -> dict[str, str]:
    """Return what this process computes with, by name: versions, and the hashes of networks."""
    return {**_programs(), **_networks()}


@cache
def _programs() -> dict[str, str]:
    import vapoursynth as vs

    made = {"vsmeme": __version__, "vapoursynth": str(vs.core.core_version)}
    for package in distributions():
        name = (package.metadata["Name"] or "").lower().replace("_", "-")
        if name in LIBRARIES or name.startswith(PLUGINS):
            made[name] = package.version
    made |= {f"plugin {plugin.namespace}": str(plugin.version) for plugin in vs.core.plugins()}
    try:
        said = subprocess.run(
            [find_ffmpeg(), "-version"], capture_output=True, text=True, check=False
        )
        made["ffmpeg"] = " ".join(said.stdout.split()[2:3])
    except MissingError:
        made["ffmpeg"] = "none"
    return made


def _networks() -> dict[str, str]:
    made: dict[str, str] = {}
    for folder in models_folders():
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.suffix in WEIGHTS and path.is_file():
                made.setdefault(f"network {_inside(path, folder)}", cached_sha256(path)[:12])
    return made


def _inside(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def differences(own: Versions, other: Versions) -> list[str]:
    """Say in what another machine differs; a network that only it has does no harm.

    Args:
        own: What the client computes with.
        other: What a worker does.
    """
    rows = []
    for name in sorted(own.keys() | other.keys()):
        here, there = own.get(name), other.get(name)
        extra = here is None and name.startswith("network ")
        if here != there and not extra:
            rows.append(f"{name} {there or 'is not there'} (here {here or 'none'})")
    return rows
