"""Which DVD frame belongs to which frame of the wide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, Self

from ..errors import wrong

Confidence = Literal["certain", "ambiguous"]
LONGEST_HOLD = 3
"""A run of at most so many frames without a partner holds the nearest DVD frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A frame of the wide and its partner.

    Attributes:
        wide: Frame of the wide.
        dvd: Frame of the DVD.
        score: Correlation of the two, -1..1.
        confident: Whether the choice is sure.
        partner: Whether the DVD shows this frame at all; where not, ``dvd`` is the nearest that
            it does show, and it is never confident.
    """

    wide: int
    dvd: int
    score: float
    confident: bool
    partner: bool = True

    def __post_init__(self) -> None:
        if self.confident and not self.partner:
            raise wrong("Pair", "confident", "false where there is no partner", self.confident)

    def to_json(self) -> dict[str, Any]:
        """Return an entry of ``match.json``; only what lacks a partner says so."""
        data = {
            "wide": self.wide,
            "dvd": self.dvd,
            "score": self.score,
            "confident": self.confident,
        }
        return data if self.partner else {**data, "partner": False}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an entry of ``match.json``."""
        return cls(
            wide=int(data["wide"]),
            dvd=int(data["dvd"]),
            score=float(data["score"]),
            confident=bool(data["confident"]),
            partner=bool(data.get("partner", True)),
        )


def clock_time(seconds: Fraction) -> str:
    """Return a time as people read it: ``HH:MM:SS.mmm``."""
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(abs(round(seconds * 1000)), 60_000)
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{rest / 1000:06.3f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The match table. Output frame ``n`` of every stage is ``pairs[n]``.

    Attributes:
        pairs: One entry for every frame of the wide from the start on; neither side steps back.
        fps: Frame rate of the wide, frames per second.
        begins: Second of the film at which the section begins whose frames are counted.
    """

    pairs: tuple[Pair, ...]
    fps: Fraction
    begins: Fraction = Fraction(0)

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
        """Seconds from the start of the wide's film to pair ``n``."""
        return self.begins + self.pairs[n].wide / self.fps

    def clock(self, n: int) -> str:
        """Return the time of pair ``n`` in the wide's file as people read it: ``HH:MM:SS.mmm``."""
        return clock_time(self.time(n))

    def gaps(self) -> tuple[tuple[int, int], ...]:
        """Return the runs of pairs in which the DVD is absent: first and last pair of each."""
        runs: list[tuple[int, int]] = []
        lonely = (n for n, pair in enumerate(self.pairs) if not pair.partner)
        for n in lonely:
            if runs and runs[-1][1] == n - 1:
                runs[-1] = (runs[-1][0], n)
            else:
                runs.append((n, n))
        return tuple((first, last) for first, last in runs if last - first >= LONGEST_HOLD)

    def cut(self, length: int) -> Timeline:
        """Return the first ``length`` pairs."""
        return replace(self, pairs=self.pairs[:length])

    def to_json(self) -> dict[str, Any]:
        """Return the keys of ``match.json`` that hold the table."""
        return {
            "fps": [self.fps.numerator, self.fps.denominator],
            "begins": [self.begins.numerator, self.begins.denominator],
            "pairs": [pair.to_json() for pair in self.pairs],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the table's keys of ``match.json``."""
        pairs = tuple(Pair.from_json(entry) for entry in data["pairs"])
        # files without a rate of their own have that of the wide
        num, den = data["fps"] if "fps" in data else data["sources"]["wide"]["fps"]
        rate, begins = Fraction(int(num), int(den)), Fraction(*data.get("begins", (0, 1)))
        return cls(pairs=pairs, fps=rate, begins=begins)
