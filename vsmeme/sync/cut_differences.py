"""How two films are cut differently: what one of them lacks, or shows in another order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRun:
    """A run of frames of one film that have no partner in the other.

    Attributes:
        first: First frame.
        last: Last frame, included.
        begins: Time of the first as ``HH:MM:SS.mmm``, of its own film.
        ends: Time of the last.
    """

    first: int
    last: int
    begins: str
    ends: str

    def to_json(self) -> dict[str, Any]:
        """Return one entry of ``without_partner``."""
        return {"first": self.first, "last": self.last, "from": self.begins, "to": self.ends}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one entry of ``without_partner``."""
        return cls(
            first=int(data["first"]),
            last=int(data["last"]),
            begins=str(data["from"]),
            ends=str(data["to"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRun:
    """A run of wide frames that the DVD shows in another order: they have no partner.

    Attributes:
        wide: The frames of the wide.
        dvd: Where the DVD shows them.
    """

    wide: LostRun
    dvd: LostRun

    def to_json(self) -> dict[str, Any]:
        """Return one entry of ``moved``."""
        return {"wide": self.wide.to_json(), "dvd": self.dvd.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one entry of ``moved``."""
        return cls(wide=LostRun.from_json(data["wide"]), dvd=LostRun.from_json(data["dvd"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CutDifferences:
    """How the two films are cut differently.

    Attributes:
        moved: What the DVD shows in another order.
        left_out: Frames of the wide before the first and after the last pair.
        dvd_alone: What the DVD alone shows between its pairs.
    """

    moved: tuple[MovedRun, ...] = ()
    left_out: tuple[LostRun, ...] = ()
    dvd_alone: tuple[LostRun, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return its keys of ``match.json``."""
        return {
            "moved": [run.to_json() for run in self.moved],
            "left_out": [run.to_json() for run in self.left_out],
            "dvd_alone": [run.to_json() for run in self.dvd_alone],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read its keys of ``match.json``; records of earlier versions have none."""
        return cls(
            moved=tuple(MovedRun.from_json(run) for run in data.get("moved", ())),
            left_out=tuple(LostRun.from_json(run) for run in data.get("left_out", ())),
            dvd_alone=tuple(LostRun.from_json(run) for run in data.get("dvd_alone", ())),
        )
