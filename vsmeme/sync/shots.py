"""Shots: runs of pairs between two cuts, and what each of them uses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ..errors import wrong

Drift = tuple[float, float]
Light = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A run of pairs between two cuts.

    Attributes:
        first: First pair.
        last: Last pair, included.
        layout: Index of its layout.
        colour: Index of its colour transform.
        placed: Whether its placement was found; where it was not, the DVD is absent.
        drift: For each frame, where the DVD lies relative to the layout, ``(dx, dy)`` canvas px;
            empty for a shot that stands still.
        light: For each frame, gain and offset of y, u and v on top of the colour transform, as
            ``(gy, oy, gu, ou, gv, ov)`` in normalised BT.709 YUV; empty for constant light.
    """

    first: int
    last: int
    layout: int = 0
    colour: int = 0
    placed: bool = True
    drift: tuple[Drift, ...] = ()
    light: tuple[Light, ...] = ()

    def __post_init__(self) -> None:
        for name, rows in (("drift", self.drift), ("light", self.light)):
            if rows and len(rows) != len(self):
                raise wrong("Shot", name, f"nothing or {len(self)} frames", len(rows))

    def __len__(self) -> int:
        return self.last - self.first + 1

    def until(self, last: int) -> Shot:
        """Return the shot up to a pair, included."""
        count = last - self.first + 1
        return replace(self, last=last, drift=self.drift[:count], light=self.light[:count])

    def to_json(self) -> dict[str, Any]:
        """Return an entry of ``shots.json``."""
        data: dict[str, Any] = {
            "first": self.first,
            "last": self.last,
            "layout": self.layout,
            "colour": self.colour,
            "placed": self.placed,
        }
        for name, rows in (("drift", self.drift), ("light", self.light)):
            if rows:
                data[name] = [list(row) for row in rows]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an entry of ``shots.json``."""
        return cls(
            first=int(data["first"]),
            last=int(data["last"]),
            layout=int(data["layout"]),
            colour=int(data["colour"]),
            placed=bool(data.get("placed", True)),
            drift=tuple((float(x), float(y)) for x, y in data.get("drift", ())),
            light=tuple(
                (float(gy), float(oy), float(gu), float(ou), float(gv), float(ov))
                for gy, oy, gu, ou, gv, ov in data.get("light", ())
            ),
        )


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
        return Shots(
            shots=tuple(
                shot.until(min(shot.last, length - 1)) for shot in self.shots if shot.first < length
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``shots.json``."""
        return {"shots": [shot.to_json() for shot in self.shots]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read ``shots.json``."""
        return cls(shots=tuple(Shot.from_json(entry) for entry in data["shots"]))
