"""Engines of networks: named so that no network, card or driver ever runs another one's."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import vapoursynth as vs

from ..artifact_cache import cached_sha256
from ..errors import MissingError
from ..host import nvidia

DIGITS = 12  # of a network's hash: two of a project's networks never share them


def engine_path(
    network: Path, *, plugin: str, device: str, size: tuple[int, int], half: bool
) -> Path:
    """Where the engine of a network for one picture size lies: beside the network.

    Args:
        network: The ONNX file.
        plugin: Namespace of the plugin that runs it.
        device: Number of the card.
        size: Width and height of the input, px.
        half: Half precision.

    Returns:
        A name with the network's contents, the size, and the card, driver and runtime in it.
    """
    kind = "fp16" if half else "fp32"
    digest = cached_sha256(network)[:DIGITS]
    place = machine(plugin, device)
    return network.with_suffix(f".{digest}.{size[0]}x{size[1]}.{kind}.{plugin}.{place}.engine")


@cache
def machine(plugin: str, device: str) -> str:
    """Return some digits that another card, driver or runtime changes.

    Args:
        plugin: Namespace of the plugin.
        device: Number of the card.
    """
    facts = [plugin, device]
    if plugin == "migx":
        facts.append(_told(plugin, "DeviceProperties", device_id=int(device)))
    else:
        facts.append(nvidia("name,driver_version", device=device))
    facts.append(_told(plugin, "Version"))
    return hashlib.sha256("|".join(facts).encode()).hexdigest()[:8]


def _told(plugin: str, function: str, **arguments: int) -> str:
    """Return what a plugin says of its card or of itself; its own path and free memory left out."""
    namespace = getattr(vs.core, plugin, None)
    if namespace is None:
        return ""
    try:
        said = getattr(namespace, function)(**arguments)
    except vs.Error:
        return ""
    facts = {key: value for key, value in said.items() if key in ("name",) or "version" in key}
    return str(sorted(facts.items()))


def find_engine(
    network: Path, *, plugin: str, device: str, size: tuple[int, int], half: bool
) -> Path:
    """Return the engine's path.

    Raises:
        MissingError: It isn't built yet; engines are built in preparation, never with the graph.
    """
    path = engine_path(network, plugin=plugin, device=device, size=size, half=half)
    if not path.is_file():
        backend = plugin.replace("_", "-")
        precision = " --fp16" if half else ""
        raise MissingError(
            f"no engine for {network.name} at {size[0]}x{size[1]} on this card: run `vsmeme models "
            f"engine {network} {size[0]}x{size[1]} --backend {backend}{precision}`"
        )
    return path
