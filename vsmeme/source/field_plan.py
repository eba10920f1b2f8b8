"""Which two coded fields make each film frame, as plain data.

Fields are numbered in time: field ``2n`` is the earlier one of coded frame n, ``2n + 1`` the later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from typing import Any, Self

from ..errors import wrong

Run = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """How film frames lie in the fields of a stream.

    Attributes:
        cadence: What a person calls it, such as ``telecine``.
        top_first: The top field of a coded frame is the earlier one.
        runs: ``(first, second, count)``: ``count`` film frames, the k-th of them woven from the
            fields ``first + 2k`` and ``second + 2k``; where both are one field, the lines between
            are interpolated.
        rate: Film frames a coded frame, by which the stream's rate becomes the film's.
    """

    cadence: str
    top_first: bool
    runs: tuple[Run, ...]
    rate: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        for first, second, count in self.runs:
            if first < 0 or count < 1 or second not in (first, first + 1):
                raise wrong("FieldPlan", "runs", "neighbouring fields", (first, second, count))

    def __len__(self) -> int:
        return sum(count for _, _, count in self.runs)

    @property
    def as_coded(self) -> bool:
        """Whether every film frame is the coded frame of its number."""
        return len(self.runs) == 1 and self.runs[0][:2] == (0, 1)

    def first_fields(self) -> list[int]:
        """Return the number of the first field of every film frame: half of it is its time."""
        return list(chain.from_iterable(range(a, a + 2 * n, 2) for a, _, n in self.runs))

    @property
    def interlaced(self) -> bool:
        """Whether most film frames have one field of their own, which lines are added to."""
        return 2 * sum(n for a, b, n in self.runs if a == b) > len(self)

    def begins_late(self) -> list[bool]:
        """Tell of every film frame whether its only field is the later one of a coded frame."""
        return [bool(a == b and a % 2) for a, b, n in self.runs for _ in range(n)]

    def later_fields(self) -> Self:
        """Return the plan with the other field of each coded frame, where one alone is taken."""
        runs = tuple((a ^ 1, b ^ 1, n) if a == b else (a, b, n) for a, b, n in self.runs)
        return replace(self, runs=runs)

    def every_field(self) -> Self:
        """Return the plan with a film frame a field, where one field of two is taken alone."""
        runs: list[Run] = []
        for a, b, n in self.runs:
            if a != b:
                runs.append((a, b, n))
                continue
            first = a - a % 2
            runs += [(field, field, 1) for field in range(first, first + 2 * n)]
        return replace(self, runs=tuple(runs), rate=2 * self.rate)

    def to_json(self) -> dict[str, Any]:
        """Return what ``match.json`` keeps."""
        return {
            "cadence": self.cadence,
            "top_first": self.top_first,
            "runs": [list(run) for run in self.runs],
            "rate": [self.rate.numerator, self.rate.denominator],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` has returned."""
        return cls(
            cadence=str(data["cadence"]),
            top_first=bool(data["top_first"]),
            runs=tuple((int(a), int(b), int(n)) for a, b, n in data["runs"]),
            rate=Fraction(*data["rate"]),
        )
