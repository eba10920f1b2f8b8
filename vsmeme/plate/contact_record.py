"""Where the subject meets missing area: it goes on there, and nothing of it may be generated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..pixels.rect import Rect


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Contact:
    """Neighbouring px, subject on one side of a line and missing area on the other.

    Attributes:
        line: First row below a level line, first column right of an upright one, canvas px.
        first: First px along the line.
        count: How many.
    """

    line: int
    first: int
    count: int

    @property
    def end(self) -> int:
        """First px along the line beyond them."""
        return self.first + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """All places where the subject meets missing area in any frame.

    Attributes:
        level: Along rows.
        upright: Along columns.
        frames: In how many frames it does, on the whole canvas.
        frames_filled: In how many of them within what some source fills in some shot.
    """

    level: tuple[Contact, ...] = ()
    upright: tuple[Contact, ...] = ()
    frames: int = 0
    frames_filled: int = 0

    def inside(self, rect: Rect) -> bool:
        """Whether any of them shows within a part of the canvas."""
        level = any(
            rect.y < c.line < rect.bottom and rect.x < c.end and c.first < rect.right
            for c in self.level
        )
        return level or any(
            rect.x < c.line < rect.right and rect.y < c.end and c.first < rect.bottom
            for c in self.upright
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        lines = {"level": self.level, "upright": self.upright}
        return {
            "frames": self.frames,
            "frames_filled": self.frames_filled,
            **{name: [[c.line, c.first, c.count] for c in group] for name, group in lines.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` returns."""
        return cls(
            level=tuple(_contacts(data["level"])),
            upright=tuple(_contacts(data["upright"])),
            frames=int(data["frames"]),
            frames_filled=int(data["frames_filled"]),
        )


def _contacts(rows: Iterable[Iterable[int]]) -> Iterable[Contact]:
    for line, first, count in rows:
        yield Contact(line=int(line), first=int(first), count=int(count))
