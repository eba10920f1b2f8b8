"""The contents of ``match.json``: the match table, its sources, and how sure it is."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ..pixels.matrix import Matrix23
from ..source.facts import SourceFacts
from ..source.section import FilmSection
from .cut_differences import CutDifferences, LostRun
from .timeline import Confidence, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A source: what was measured of it, and the file's identity.

    Attributes:
        facts: What was measured.
        sha256: Of the file's contents.
        size: Bytes of the file; ``None`` where that was not noted.
        mtime_ns: When the file was last changed, ns since 1970; ``None`` where it was not noted.
        times: When the frame of each pair is shown, seconds on the file's own clock; empty in
            records of an earlier version.
        section: The part of the film whose frames are counted; ``None``: all of it.
    """

    facts: SourceFacts
    sha256: str
    size: int | None = None
    mtime_ns: int | None = None
    times: Sequence[float] = ()
    section: FilmSection | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", array("d", self.times))  # an entry a frame

    def to_json(self) -> dict[str, Any]:
        """Return one entry of ``sources``."""
        stat = {"size": self.size, "mtime_ns": self.mtime_ns}
        known = {key: value for key, value in stat.items() if value is not None}
        return {
            **self.facts.to_json(),
            **known,
            "sha256": self.sha256,
            **({"section": self.section.to_json()} if self.section else {}),
            "times": list(self.times),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one entry of ``sources``."""
        return cls(
            facts=SourceFacts.from_json(data),
            sha256=str(data["sha256"]),
            size=data.get("size"),
            mtime_ns=data.get("mtime_ns"),
            times=data.get("times", ()),
            section=FilmSection.from_json(data["section"]) if "section" in data else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchStart:
    """The first pair, and whether it is sure that the two belong together.

    Attributes:
        wide: Frame of the wide.
        dvd: Frame of the DVD.
        score: Correlation of the two, -1..1.
        confidence: ``ambiguous`` where other starts fit about as well.
    """

    wide: int
    dvd: int
    score: float
    confidence: Confidence

    def to_json(self) -> dict[str, Any]:
        """Return the ``start`` of ``match.json``."""
        return {
            "wide": self.wide,
            "dvd": self.dvd,
            "score": self.score,
            "confidence": self.confidence,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the ``start`` of ``match.json``."""
        return cls(
            wide=int(data["wide"]),
            dvd=int(data["dvd"]),
            score=float(data["score"]),
            confidence="certain" if data["confidence"] == "certain" else "ambiguous",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StillPlace:
    """Where the reference still lies in one film.

    Attributes:
        frame: Its frame; ``None`` where the film does not show it.
        score: The best frame's correlation, -1..1.
        matrix: Still px to px of that frame, both in edge coordinates; ``None`` where that was not
            noted.
    """

    frame: int | None
    score: float | None = None
    matrix: Matrix23 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The reference still in both films.

    Attributes:
        path: The picture.
        sha256: Of the file's contents.
        wide: Where the wide shows it.
        dvd: Where the DVD shows it.
    """

    path: str
    sha256: str
    wide: StillPlace
    dvd: StillPlace

    def to_json(self) -> dict[str, Any]:
        """Return the ``reference`` of ``match.json``."""
        return {
            "path": self.path,
            "sha256": self.sha256,
            "wide": self.wide.frame,
            "score": self.wide.score,
            "to_wide": _rows(self.wide.matrix),
            "dvd": self.dvd.frame,
            "dvd_score": self.dvd.score,
            "to_dvd": _rows(self.dvd.matrix),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the ``reference`` of ``match.json``."""
        wide, dvd = (
            StillPlace(
                frame=data.get(side),
                score=data.get(score),
                matrix=_matrix(data.get(f"to_{side}")),
            )
            for side, score in (("wide", "score"), ("dvd", "dvd_score"))
        )
        return cls(path=str(data["path"]), sha256=str(data["sha256"]), wide=wide, dvd=dvd)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchProof:
    """Why both films are taken for one: medians over the path, -1..1.

    Attributes:
        score: Of the frames' correlations.
        motion: Of the correlations of what changes from frame to frame.
    """

    score: float
    motion: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRecord:
    """The contents of ``match.json``.

    Attributes:
        wide: The wide.
        dvd: The DVD.
        start: The first pair.
        timeline: The match table.
        reference: The reference still; ``None`` where none was used.
        proof: Why both films are taken for one; ``None`` where that was not noted.
        without_partner: Longer runs of frames that the DVD does not show.
        differences: What else is cut differently.
    """

    wide: SourceRecord
    dvd: SourceRecord
    start: MatchStart
    timeline: Timeline
    reference: Reference | None = None
    proof: MatchProof | None = None
    without_partner: tuple[LostRun, ...] = ()
    differences: CutDifferences = field(default_factory=CutDifferences)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``match.json`` without schema and stamp."""
        proof = self.proof and {"score": self.proof.score, "motion": self.proof.motion}
        return {
            "sources": {"wide": self.wide.to_json(), "dvd": self.dvd.to_json()},
            "start": self.start.to_json(),
            "reference": self.reference and self.reference.to_json(),
            "evidence": proof,
            "without_partner": [run.to_json() for run in self.without_partner],
            **self.differences.to_json(),
            **self.timeline.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the contents of ``match.json``."""
        reference, proof = data.get("reference"), data.get("evidence")
        wide = SourceRecord.from_json(data["sources"]["wide"])
        return cls(
            wide=wide,
            dvd=SourceRecord.from_json(data["sources"]["dvd"]),
            start=MatchStart.from_json(data["start"]),
            timeline=Timeline.from_json(data),
            reference=Reference.from_json(reference) if reference else None,
            proof=MatchProof(score=float(proof["score"]), motion=float(proof["motion"]))
            if proof
            else None,
            without_partner=tuple(
                LostRun.from_json(run) for run in data.get("without_partner", ())
            ),
            differences=CutDifferences.from_json(data),
        )


def _rows(matrix: Matrix23 | None) -> list[list[float]] | None:
    return None if matrix is None else [list(row) for row in matrix]


def _matrix(rows: Iterable[Iterable[float]] | None) -> Matrix23 | None:
    if rows is None:
        return None
    (a, b, c), (d, e, f) = rows
    return (float(a), float(b), float(c)), (float(d), float(e), float(f))
