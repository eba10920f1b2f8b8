"""The table of inpainters, and the one that a project asked for.

A new inpainter is one file in this folder, one line in `INPAINTERS`, and its name in
`vsmeme.config.InpainterName`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ....errors import MissingError
from ....networks.manifest import find_file, read_manifest
from ....settings.picture_settings import Inpaint
from ....settings.setting_values import InpainterName
from .base import Inpainter


def make_backend(settings: Inpaint, *, folder: Path) -> Inpainter:
    """Return the backend that ``[inpaint]`` names; its files are checked, nothing is loaded yet.

    Args:
        settings: ``[inpaint]``.
        folder: What a relative path of a model counts from.

    Raises:
        MissingError: Its package or its model is missing.
    """
    return INPAINTERS[settings.backend](settings, folder)


def _patchmatch(settings: Inpaint, folder: Path) -> Inpainter:
    from .patchmatch import PatchMatch

    return PatchMatch(seed=settings.seed)


def _telea(settings: Inpaint, folder: Path) -> Inpainter:
    from .telea import Telea

    return Telea()


def _lama(settings: Inpaint, folder: Path) -> Inpainter:
    from .lama import Lama

    return Lama(path=_model(settings, folder, default="lama", kind="a LaMa ONNX file"))


def _diffusers(settings: Inpaint, folder: Path) -> Inpainter:
    from .diffusion import Diffusers

    return Diffusers(
        folder=_model(settings, folder, default="sd-inpaint", kind="a folder of a pipeline"),
        prompt=settings.prompt,
        strength=settings.strength,
        steps=settings.steps,
        seed=settings.seed,
    )


def _model(settings: Inpaint, folder: Path, *, default: str, kind: str) -> Path:
    """Find a model by its path, or by its name in the manifest."""
    name = settings.model or default
    path = folder / name
    if path.exists():
        return path
    if name in read_manifest():
        return find_file(name)
    raise MissingError(f"inpaint.model: {path}: no such path; expected {kind}")


INPAINTERS: dict[InpainterName, Callable[[Inpaint, Path], Inpainter]] = {
    "patchmatch": _patchmatch,
    "telea": _telea,
    "lama": _lama,
    "diffusers": _diffusers,
}
