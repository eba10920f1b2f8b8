"""The contents of ``colour.json``: what brings the DVD's colours to the wide's, and its grain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from .grain import Stock
from .transform import Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourRecord:
    """The contents of ``colour.json``.

    Attributes:
        colours: The transforms, as the shots index them.
        stock: The wide's grain and mean colour.
    """

    colours: tuple[Colour, ...] = ()
    stock: Stock = field(default_factory=Stock)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``colour.json`` without schema and stamp."""
        return {
            "colours": [colour.to_json() for colour in self.colours],
            "stock": self.stock.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the contents of ``colour.json``."""
        return cls(
            colours=tuple(map(Colour.from_json, data["colours"])),
            stock=Stock.from_json(data.get("stock", {})),
        )
