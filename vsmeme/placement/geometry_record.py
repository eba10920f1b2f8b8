"""The contents of ``geometry.json``: the layouts, and how an aligned source agrees with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .layout import Layout, layouts_from_json, layouts_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedShot:
    """How the aligned source compares with the composite in one shot.

    Attributes:
        shot: Number of the shot.
        correlation: Band-passed, -1..1; ``None`` where the two show different things.
        offset: x and y at the picture's centre, canvas px; ``None`` likewise.
    """

    shot: int
    correlation: float | None = None
    offset: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return one entry of ``aligned``."""
        offset = None if self.offset is None else list(self.offset)
        return {"shot": self.shot, "correlation": self.correlation, "offset": offset}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one entry of ``aligned``."""
        correlation, offset = data["correlation"], data["offset"]
        return cls(
            shot=int(data["shot"]),
            correlation=None if correlation is None else float(correlation),
            offset=None if offset is None else (float(offset[0]), float(offset[1])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometryRecord:
    """The contents of ``geometry.json``.

    Attributes:
        layouts: As the shots index them, the one of most frames first.
        aligned: One entry a shot where an aligned source was given.
    """

    layouts: tuple[Layout, ...]
    aligned: tuple[AlignedShot, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``geometry.json`` without schema and stamp."""
        data = layouts_to_json(self.layouts)
        if self.aligned:
            data["aligned"] = [shot.to_json() for shot in self.aligned]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the contents of ``geometry.json``."""
        return cls(
            layouts=tuple(layouts_from_json(data)),
            aligned=tuple(map(AlignedShot.from_json, data.get("aligned", ()))),
        )
