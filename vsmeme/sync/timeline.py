"""Which DVD frame belongs to which frame of the wide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, Self

from ..errors import wrong

Confidence = Literal["certain", "ambiguous"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A frame of the wide and its partner; ``score`` is a correlation, -1..1."""

    wide: int
    dvd: int
    score: float
    confident: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The match table. Output frame ``n`` of every stage is ``pairs[n]``.

    Attributes:
        pairs: One entry for every frame of the wide from the start on; neither side steps back.
        fps: Frame rate of the wide, frames per second.
    """

    pairs: tuple[Pair, ...]
    fps: Fraction

    def __post_init__(self) -> None:
        if not self.pairs:
            raise wrong("Timeline", "pairs", "at least one pair", "none")
        for before, after in zip(self.pairs, self.pairs[1:], strict=False):
            if after.wide != before.wide + 1 or after.dvd < before.dvd:
                raise wrong(
                    "Timeline", "pairs", "frames that never step back", f"{before} then {after}"
                )

    def __len__(self) -> int:
        return len(self.pairs)

    def frames(self, side: Literal["wide", "dvd"]) -> tuple[int, ...]:
        """Frame numbers of one source, one for each pair."""
        return tuple(pair.wide if side == "wide" else pair.dvd for pair in self.pairs)

    def time(self, n: int) -> Fraction:
        """Seconds from the start of the wide's file to pair ``n``."""
        return self.pairs[n].wide / self.fps

    def cut(self, length: int) -> Timeline:
        """Return the first ``length`` pairs."""
        return Timeline(pairs=self.pairs[:length], fps=self.fps)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the ``pairs`` of ``match.json``."""
        return [
            {"wide": p.wide, "dvd": p.dvd, "score": round(p.score, 6), "confident": p.confident}
            for p in self.pairs
        ]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read ``match.json``."""
        pairs = tuple(
            Pair(
                wide=int(p["wide"]),
                dvd=int(p["dvd"]),
                score=float(p["score"]),
                confident=bool(p["confident"]),
            )
            for p in data["pairs"]
        )
        num, den = data["sources"]["wide"]["fps"]
        return cls(pairs=pairs, fps=Fraction(int(num), int(den)))
