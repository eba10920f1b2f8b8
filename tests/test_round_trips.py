"""Every artifact is read back as what was written, through real JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, Self

from hypothesis import given
from hypothesis import strategies as st

from vsmeme.pixels.rect import Rect
from vsmeme.source.facts import SourceFacts
from vsmeme.sync.match_record import (
    LostRun,
    MatchProof,
    MatchRecord,
    MatchStart,
    Reference,
    SourceRecord,
    StillPlace,
)
from vsmeme.sync.timeline import Pair, Timeline


class Stored(Protocol):
    def to_json(self) -> dict[str, Any]: ...

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self: ...


def again[T: Stored](value: T) -> T:
    """Write a value as an artifact holds it, and read that."""
    text = json.dumps({"schema": 1, "made_from": {}, **value.to_json()}, allow_nan=False)
    return type(value).from_json(json.loads(text))


counts = st.integers(0, 10**7)
sizes = st.integers(1, 10**5)
reals = st.floats(allow_nan=False, allow_infinity=False)
scores = st.floats(-1, 1)
names = st.text(min_size=1, max_size=12)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
ratios = st.fractions(Fraction(1, 100), 1000, max_denominator=1001)
rects = st.builds(Rect, x=counts, y=counts, w=sizes, h=sizes)
rows = st.tuples(reals, reals, reals)
paths = st.builds(Path, names.filter(lambda name: "\0" not in name))

facts = st.builds(
    SourceFacts,
    path=paths,
    width=sizes,
    height=sizes,
    frames=sizes,
    fps=ratios,
    sar=ratios,
    cadence=st.sampled_from(["progressive", "telecine"]),
    top_field_first=st.booleans(),
    active=rects,
    chroma_location=st.none() | st.integers(0, 5),
)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    steps = draw(st.lists(st.integers(0, 3), min_size=1, max_size=8))
    first = draw(counts)
    pairs = []
    for n in range(len(steps)):
        partner = draw(st.booleans())
        pair = Pair(
            wide=first + n,
            dvd=sum(steps[: n + 1]),
            score=draw(scores),
            confident=partner and draw(st.booleans()),
            partner=partner,
        )
        pairs.append(pair)
    return Timeline(pairs=tuple(pairs), fps=draw(ratios))


stat = st.none() | counts
places = st.builds(
    StillPlace,
    frame=st.none() | counts,
    score=st.none() | scores,
    matrix=st.none() | st.tuples(rows, rows),
)
records = st.builds(
    MatchRecord,
    wide=st.builds(SourceRecord, facts=facts, sha256=digests, size=stat, mtime_ns=stat),
    dvd=st.builds(SourceRecord, facts=facts, sha256=digests, size=stat, mtime_ns=stat),
    start=st.builds(
        MatchStart,
        wide=counts,
        dvd=counts,
        score=scores,
        confidence=st.sampled_from(["certain", "ambiguous"]),
    ),
    timeline=timelines(),
    reference=st.none() | st.builds(Reference, path=names, sha256=digests, wide=places, dvd=places),
    proof=st.none() | st.builds(MatchProof, score=scores, motion=scores),
    without_partner=st.lists(
        st.builds(LostRun, first=counts, last=counts, begins=names, ends=names), max_size=3
    ).map(tuple),
)


@given(facts)
def test_source_facts(made: SourceFacts) -> None:
    assert again(made) == made


@given(timelines())
def test_timeline(made: Timeline) -> None:
    assert again(made) == made


@given(records)
def test_match_record(made: MatchRecord) -> None:
    assert again(made) == made
