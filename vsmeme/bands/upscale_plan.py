"""What preparation decided about upscaling: which network, on what, in which tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from ..errors import wrong
from ..networks.manifest import models_folders
from ..networks.model import Model

BICUBIC = "bicubic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The contents of ``upscale.json``; the graph only obeys.

    Attributes:
        model: The network, or ``None`` for interpolation.
        backend: One of `vsmeme.backend.BACKENDS`.
        tile: Largest width and height given to the network at once, DVD px; ``None``: whole strips.
        fp16: Half precision.
        rung: Which rung of the ladder this is: "whole", "tiles-<px>", "lesser" or "bicubic".
    """

    model: Model | None
    backend: str = ""
    tile: tuple[int, int] | None = None
    fp16: bool = False
    rung: str = "whole"

    def __post_init__(self) -> None:
        if self.model is not None and not self.backend:
            raise wrong("Plan", "backend", "a backend for the network", "none")

    def to_json(self, *, work: Path) -> dict[str, Any]:
        """Return the keys of ``upscale.json``.

        Args:
            work: The work folder; a network inside it is stored by its relative path, one of the
                models folder by its name.
        """
        plain = {
            "backend": self.backend,
            "tile": list(self.tile) if self.tile else None,
            "fp16": self.fp16,
            "rung": self.rung,
        }
        if self.model is None:
            return {"model": BICUBIC, "scale": None, "network": None, **plain}
        network = {**self.model.to_json(), "path": _stored(self.model.path, work)}
        return {"model": self.model.name, "scale": self.model.scale, "network": network, **plain}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, work: Path) -> Self:
        """Read ``upscale.json``."""
        model = None
        if data["network"]:
            model = Model.from_json(data["network"])
            model = replace(model, path=_found(model.path, work))
        tile = data["tile"]
        return cls(
            model=model,
            backend=str(data["backend"]),
            tile=(int(tile[0]), int(tile[1])) if tile else None,
            fp16=bool(data["fp16"]),
            rung=str(data["rung"]),
        )


def _stored(path: Path, work: Path) -> str:
    full = path.resolve()
    for base in (work.resolve(), *(folder.resolve() for folder in models_folders())):
        if full.is_relative_to(base):
            return full.relative_to(base).as_posix()
    return str(full)


def _found(path: Path, work: Path) -> Path:
    if path.is_absolute():
        return path
    places = [folder / path for folder in (work, *models_folders())]
    return next((place for place in places if place.is_file()), places[-1])
