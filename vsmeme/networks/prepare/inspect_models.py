"""Looking at models: what there is, whether it is whole, how far it sees."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.frames import plane_stack
from ...artifact import atomic_path, file_sha256
from ...errors import MissingError, UsageError, UserError
from ..manifest import Entry, read_manifest
from ..model import Model
from ..onnx_facts import read_network
from ..upscale import upscale
from .convert_models import converted_bytes, find_entry
from .synthetic_picture import synthetic_texture

log = logging.getLogger("vsmeme")

CODE = 1 / 255  # a smaller change is not seen in 8 bit
PROBE_PX = 24  # side of the part whose surroundings are changed
RADII_PX = (4, 8, 12, 16, 24, 32, 40, 48, 64, 80, 96, 128)


def list_models() -> Iterator[str]:
    """Yield one line a model: name, whether it is there, task, licence, what it is."""
    for entry in read_manifest().values():
        there = "here" if entry.path.exists() else "-"
        yield f"{entry.name:22} {there:5} {entry.task:8} {entry.licence:28} {entry.about}"


def check_models(names: Sequence[str] = ()) -> list[str]:
    """Check models: hash, graph, and one small picture through each upscaler.

    Args:
        names: Which; default: every one that is there.

    Returns:
        One line a fault, with the command that mends it.
    """
    chosen = [find_entry(name) for name in names] or [
        entry for entry in read_manifest().values() if entry.path.exists()
    ]
    faults = []
    for entry in chosen:
        try:
            _check(entry)
            log.info("%s: whole%s", entry.name, ", runs" if entry.task == "upscale" else "")
        except UserError as error:
            faults.append(f"{entry.name}: {error}")
    return faults


def _check(entry: Entry) -> None:
    path = entry.present()
    if path.is_dir():
        if not (path / "model_index.json").is_file():
            raise MissingError(f"{path} is no diffusers folder: it has no model_index.json")
        return
    if not _whole(entry, path):
        first = "" if entry.converted else "delete it and "
        raise MissingError(f"{path} is another file than stated: {first}run `{entry.command}`")
    if entry.task == "upscale":
        _check_run(entry.model())


def _whole(entry: Entry, path: Path) -> bool:
    if entry.converted:
        return path.read_bytes() == converted_bytes(entry)
    stated = entry.sources[0].sha256 if entry.sources else ""
    made = "architecture" in entry.facts
    return made or not stated or file_sha256(path) == stated


def _check_run(model: Model) -> None:
    seen = read_network(model.path, scale=model.scale, radius=model.radius)
    if seen.channels != model.channels:
        raise UsageError(f"it has {seen.channels} channels, not the {model.channels} stated")
    out = _pixels(upscale(synthetic_texture(32, 24, planes=model.planes), model, backend="auto"))
    if not np.isfinite(out).all():
        raise UsageError("it returns NaN or infinite values")


def measure_model(name: str | Path) -> int:
    """Measure how far a network sees, and write it beside its file as JSON.

    Args:
        name: Its name in the manifest, or the path of an ONNX file.

    Returns:
        The radius in input px.

    Raises:
        UsageError: It sees further than is measured.
    """
    import json

    entry = read_manifest().get(str(name))
    path = entry.present() if entry else Path(name)
    facts = dict(entry.facts) if entry else {}
    model = read_network(path, **{"radius": 0, **facts})
    radius = measure_radius(model)
    with atomic_path(path.with_suffix(".json")) as part:
        part.write_text(json.dumps({"radius": radius}) + "\n", encoding="utf-8")
    return radius


def measure_radius(model: Model, *, radii: Iterable[int] = RADII_PX) -> int:
    """Find the context beyond which nothing changes a result by more than 1/255.

    Args:
        model: The network; its stated radius is not used.
        radii: What to try, rising, input px.

    Returns:
        The smallest radius that suffices for two textures with their surroundings replaced by
        noise, black and white.
    """
    for radius in radii:
        if _worst_change(model, radius) <= CODE:
            return radius
    raise UsageError(f"model {model.name} sees further than {radius} px")


def _worst_change(model: Model, radius: int) -> float:
    free = replace(model, radius=0)
    side, border = PROBE_PX + 2 * radius, RADII_PX[-1]
    worst = 0.0
    for seed in range(2):
        whole = synthetic_texture(
            side + 2 * border, side + 2 * border, planes=model.planes, seed=seed
        )
        lone = vs.core.std.CropAbs(whole, side, side, border, border)
        cut = (border + radius) * model.scale, PROBE_PX * model.scale
        inner = radius * model.scale, PROBE_PX * model.scale
        full = _square(_pixels(upscale(whole, free)), *cut)
        alone = _square(_pixels(upscale(lone, free)), *inner)
        worst = max(worst, float(np.abs(full - alone).max()))
    return worst


def _square(values: NDArray[np.float32], start: int, side: int) -> NDArray[np.float32]:
    return values[:, start : start + side, start : start + side]


def _pixels(clip: vs.VideoNode) -> NDArray[np.float32]:
    with clip.get_frame(0) as frame:
        return plane_stack(frame)
