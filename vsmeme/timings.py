"""The contents of ``timings.json``: how long each step took, for the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .artifact import read_json, write_json
from .errors import ArtifactError

TIMINGS_FILE = "timings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds that each step took when it last ran, by its name."""

    seconds: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``timings.json`` without schema."""
        return {"seconds": dict(self.seconds)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the contents of ``timings.json``."""
        return cls(seconds={str(step): float(s) for step, s in data["seconds"].items()})


def read_timings(work: Path) -> Timings:
    """Read what was noted in a work folder; nothing where that is missing or damaged."""
    try:
        return Timings.from_json(read_json(work / TIMINGS_FILE, made_by="vsmeme make"))
    except (ArtifactError, KeyError, TypeError, ValueError, AttributeError):
        return Timings()


def note_time(work: Path, step: str, seconds: float) -> None:
    """Note how long a step took."""
    known = read_timings(work).seconds
    made = Timings(seconds={**known, step: round(seconds, 2)})
    write_json(work / TIMINGS_FILE, made.to_json())
