"""Which DVD frame belongs to which frame of the wide."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, Self

from ..errors import UsageError, wrong
from ..pixels.frame_table import FrameTable

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
            raise _sure_alone(self.confident)

    def to_json(self) -> dict[str, Any]:
        """Return an entry of ``match.json``; only what lacks a partner says so."""
        return PairTable([self]).to_json()[0]

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Pair:
        """Read an entry of ``match.json``."""
        return PairTable.from_json([data])[0]


def _sure_alone(confident: object) -> UsageError:
    return wrong("Pair", "confident", "false where there is no partner", confident)


class PairTable(FrameTable[Pair]):
    """Pairs as columns of numbers, in a tenth of their memory; one is made when it is asked for.

    Args:
        pairs: What it holds, in order.
    """

    __slots__ = ("_confident", "_dvd", "_partner", "_score", "_wide")

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self._wide, self._dvd, self._score = array("q"), array("q"), array("d")
        self._confident, self._partner = array("b"), array("b")
        for pair in pairs:
            self._add(pair.wide, pair.dvd, pair.score, pair.confident, pair.partner)

    def _add(self, wide: int, dvd: int, score: float, confident: bool, partner: bool) -> None:
        self._wide.append(wide)
        self._dvd.append(dvd)
        self._score.append(score)
        self._confident.append(confident)
        self._partner.append(partner)

    def __len__(self) -> int:
        return len(self._wide)

    def _entry(self, n: int) -> Pair:
        return _pair(
            self._wide[n], self._dvd[n], self._score[n], self._confident[n], self._partner[n]
        )

    def __iter__(self) -> Iterator[Pair]:
        return map(_pair, self._wide, self._dvd, self._score, self._confident, self._partner)

    def frames(self, side: Literal["wide", "dvd"]) -> tuple[int, ...]:
        """Frame numbers of one source."""
        return tuple(self._wide if side == "wide" else self._dvd)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the ``pairs`` of ``match.json``; only what lacks a partner says so."""
        rows = zip(self._wide, self._dvd, self._score, self._confident, self._partner, strict=True)
        return [
            {"wide": wide, "dvd": dvd, "score": score, "confident": bool(confident)}
            | ({} if partner else {"partner": False})
            for wide, dvd, score, confident, partner in rows
        ]

    @classmethod
    def from_json(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """Read the ``pairs`` of ``match.json``."""
        made = cls()
        for row in rows:
            confident, partner = row["confident"], row.get("partner", True)
            if confident and not partner:
                raise _sure_alone(confident)
            made._add(row["wide"], row["dvd"], row["score"], confident, partner)
        return made


def _pair(wide: int, dvd: int, score: float, confident: int, partner: int) -> Pair:
    return Pair(wide=wide, dvd=dvd, score=score, confident=bool(confident), partner=bool(partner))


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

    pairs: Sequence[Pair]
    fps: Fraction
    begins: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if not self.pairs:
            raise wrong("Timeline", "pairs", "at least one pair", "none")
        object.__setattr__(self, "pairs", PairTable.of(self.pairs))
        steps = pairwise(zip(self.frames("wide"), self.frames("dvd"), strict=True))
        for n, ((wide, dvd), (next_wide, next_dvd)) in enumerate(steps):
            if next_wide != wide + 1 or next_dvd < dvd:
                got = f"{self.pairs[n]} then {self.pairs[n + 1]}"
                raise wrong("Timeline", "pairs", "frames that never step back", got)

    @property
    def _table(self) -> PairTable:
        assert isinstance(self.pairs, PairTable)
        return self.pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def frames(self, side: Literal["wide", "dvd"]) -> tuple[int, ...]:
        """Frame numbers of one source, one for each pair."""
        return self._table.frames(side)

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
            "pairs": self._table.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the table's keys of ``match.json``."""
        pairs = PairTable.from_json(data["pairs"])
        # files without a rate of their own have that of the wide
        num, den = data["fps"] if "fps" in data else data["sources"]["wide"]["fps"]
        rate, begins = Fraction(int(num), int(den)), Fraction(*data.get("begins", (0, 1)))
        return cls(pairs=pairs, fps=rate, begins=begins)
