"""Shots: runs of pairs between two cuts, and what each of them uses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..errors import wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """Pairs ``first`` to ``last``, both included; ``layout`` and ``colour`` are indices."""

    first: int
    last: int
    layout: int = 0
    colour: int = 0

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shots:
    """All shots, without gap or overlap, from pair 0 on."""

    shots: tuple[Shot, ...]

    def __post_init__(self) -> None:
        expected = 0
        for shot in self.shots:
            if shot.first != expected or shot.last < shot.first:
                raise wrong("Shots", "shots", f"a shot that starts at pair {expected}", shot)
            expected = shot.last + 1
        if not self.shots:
            raise wrong("Shots", "shots", "at least one shot", "none")

    def __len__(self) -> int:
        return len(self.shots)

    @property
    def length(self) -> int:
        """Number of pairs."""
        return self.shots[-1].last + 1

    @property
    def cuts(self) -> tuple[int, ...]:
        """First pair of every shot but the first."""
        return tuple(shot.first for shot in self.shots[1:])

    def at(self, n: int) -> Shot:
        """Return the shot of pair ``n``."""
        if not 0 <= n < self.length:
            raise wrong("Shots.at", "n", f"a pair number below {self.length}", n)
        return self.shots[bisect_right(self.cuts, n)]

    def index(self, n: int) -> int:
        """Return the number of the shot of pair ``n``."""
        self.at(n)
        return bisect_right(self.cuts, n)

    def cut(self, length: int) -> Shots:
        """Return the shots of the first ``length`` pairs, the last one shortened."""
        kept = (shot for shot in self.shots if shot.first < length)
        return Shots(
            shots=tuple(
                Shot(
                    first=shot.first,
                    last=min(shot.last, length - 1),
                    layout=shot.layout,
                    colour=shot.colour,
                )
                for shot in kept
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``shots.json``."""
        return {
            "shots": [
                {"first": s.first, "last": s.last, "layout": s.layout, "colour": s.colour}
                for s in self.shots
            ]
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read ``shots.json``."""
        return cls(
            shots=tuple(
                Shot(
                    first=int(s["first"]),
                    last=int(s["last"]),
                    layout=int(s["layout"]),
                    colour=int(s["colour"]),
                )
                for s in data["shots"]
            )
        )
