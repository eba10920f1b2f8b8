"""How a source beyond BT.709 SDR is brought there, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from ..errors import wrong

Transfer = Literal["pq", "hlg", "bt2020"]
ToneKind = Literal["static", "dvd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """What a source beyond BT.709 SDR shows.

    Attributes:
        transfer: ``pq``, ``hlg``, or ``bt2020`` for SDR in the wider gamut.
        peak_nits: The brightest that it was mastered for, cd/m2.
    """

    transfer: Transfer
    peak_nits: float

    def to_json(self) -> dict[str, Any]:
        """Return what ``match.json`` keeps."""
        return {"transfer": self.transfer, "peak_nits": self.peak_nits}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` has returned."""
        transfer: Transfer = _TRANSFERS[data["transfer"]]
        return cls(transfer=transfer, peak_nits=float(data["peak_nits"]))


_TRANSFERS: dict[str, Transfer] = {"pq": "pq", "hlg": "hlg", "bt2020": "bt2020"}
_KINDS: dict[str, ToneKind] = {"static": "static", "dvd": "dvd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TonePlan:
    """Which look-up table brings which frames to BT.709 SDR.

    Attributes:
        kind: ``static`` by the standard's curve, ``dvd`` as the DVD shows the film.
        cubes: Names of the tables, ``.cube`` files, relative to the work folder.
        runs: ``(first, cube)``: from film frame ``first`` on, that table; the first starts at 0.
    """

    kind: ToneKind
    cubes: tuple[str, ...]
    runs: tuple[tuple[int, int], ...] = ((0, 0),)

    def __post_init__(self) -> None:
        firsts = [first for first, _ in self.runs]
        if not firsts or firsts[0] != 0 or sorted(set(firsts)) != firsts:
            raise wrong("TonePlan", "runs", "rising frames from 0 on", firsts)
        if any(not 0 <= cube < len(self.cubes) for _, cube in self.runs):
            raise wrong("TonePlan", "runs", f"cubes below {len(self.cubes)}", self.runs)

    def to_json(self) -> dict[str, Any]:
        """Return what ``match.json`` keeps."""
        return {
            "kind": self.kind,
            "cubes": list(self.cubes),
            "runs": [list(run) for run in self.runs],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` has returned."""
        return cls(
            kind=_KINDS[data["kind"]],
            cubes=tuple(str(name) for name in data["cubes"]),
            runs=tuple((int(first), int(cube)) for first, cube in data["runs"]),
        )
