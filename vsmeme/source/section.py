"""The part of a film that a project works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSection:
    """A part of a film, or all of it. Frame numbers count from its first frame.

    Attributes:
        start: When its first frame is shown, seconds from the film's first frame.
        frames: How many frames its stream has.
        file: Where it lies, cut out, relative to the work folder; None: in the film's own file.
        first: Its first frame in that file, where it was not cut out: a script's. None: the file's.
    """

    start: Fraction = Fraction(0)
    frames: int
    file: str | None = None
    first: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it is all of the film's own file."""
        return self.file is None and self.first is None

    @property
    def trim(self) -> tuple[int, int] | None:
        """First frame and number of frames that are left of the opened file; None: all of it."""
        return None if self.first is None else (self.first, self.frames)

    def path(self, film: Path, *, work: Path) -> Path:
        """Return the file to open."""
        return film if self.file is None else work / self.file

    def to_json(self) -> dict[str, Any]:
        """Return the ``section`` of a source in ``match.json``."""
        start = round(float(self.start), 6)
        return {
            "start": start,
            "frames": self.frames,
            "whole": self.whole,
            "file": self.file,
            **({} if self.first is None else {"first": self.first}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        file, first = data.get("file"), data.get("first")
        return cls(
            start=Fraction(data["start"]).limit_denominator(10**6),
            frames=int(data["frames"]),
            file=None if file is None else str(file),
            first=None if first is None else int(first),
        )
