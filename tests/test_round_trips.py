"""Every artifact is read back as what was written, through real JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, Self

from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme.colour.colour_record import ColourRecord
from vsmeme.colour.grain import Stock
from vsmeme.colour.transform import TERMS, Colour
from vsmeme.masks.mask_record import MaskKey, MaskRecord
from vsmeme.pixels.rect import Rect
from vsmeme.placement.geometry_record import AlignedShot, GeometryRecord
from vsmeme.placement.layout import Fit, Layout
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


@settings(max_examples=30, deadline=None)
@given(facts)
def test_source_facts(made: SourceFacts) -> None:
    assert again(made) == made


@settings(max_examples=30, deadline=None)
@given(timelines())
def test_timeline(made: Timeline) -> None:
    assert again(made) == made


@settings(max_examples=30, deadline=None)
@given(records)
def test_match_record(made: MatchRecord) -> None:
    assert again(made) == made


few = st.lists(counts, max_size=5).map(tuple)
mask_records = st.builds(
    MaskRecord,
    backend=names,
    keys=st.lists(
        st.builds(MaskKey, frame=counts, shot=st.none() | counts, face=st.booleans(), how=names),
        max_size=3,
    ).map(tuple),
    segmenter_calls=counts,
    alarms=few,
    feather_px=st.integers(0, 64),
    mask_sha256=st.dictionaries(names, digests, max_size=2),
)
weights = st.tuples(*[reals] * len(TERMS))
transforms = st.builds(
    Colour,
    coefficients=st.tuples(weights, weights, weights),
    kind=st.sampled_from(["affine", "quadratic"]),
    low=rows,
    high=rows,
)
stocks = st.builds(
    Stock,
    levels=st.dictionaries(reals, st.floats(0, 255), min_size=1, max_size=5).map(
        lambda levels: tuple(sorted(levels.items()))
    ),
    kernel=st.tuples(*[reals] * 25),
    chroma=st.tuples(reals, reals),
)
colour_records = st.builds(
    ColourRecord, colours=st.lists(transforms, max_size=3).map(tuple), stock=stocks
)


@st.composite
def geometries(draw: st.DrawFn) -> GeometryRecord:
    layouts = draw(st.lists(layout_like(), min_size=1, max_size=3))
    offset = st.none() | st.tuples(reals, reals)
    aligned = st.builds(AlignedShot, shot=counts, correlation=st.none() | scores, offset=offset)
    return GeometryRecord(
        layouts=tuple(layouts), aligned=tuple(draw(st.lists(aligned, max_size=2)))
    )


@st.composite
def layout_like(draw: st.DrawFn) -> Layout:
    small = st.integers(1, 200)
    w, h, scale = draw(small), draw(small), draw(st.integers(1, 4))
    wide = Rect(x=draw(small), y=draw(small), w=w, h=h)
    size = (draw(small), draw(small))
    return Layout(
        canvas=(wide.right + draw(small), wide.bottom + draw(small)),
        scale=scale,
        wide=wide,
        wide_crop=Rect(x=draw(small), y=draw(small), w=w, h=h),
        dvd=Rect(x=draw(small), y=draw(small), w=size[0] * scale, h=size[1] * scale),
        dvd_size=size,
        active=draw(rects),
        centre_dvd=(draw(reals), draw(reals)),
        fit=Fit(
            matrix=(draw(rows), draw(rows)), max_misfit_px=draw(reals), correlation=draw(scores)
        ),
        cut_px=draw(counts),
        corrected=draw(st.booleans()),
        window=draw(st.none() | st.tuples(reals, reals, reals, reals)),
        wide_active=draw(st.none() | rects),
    )


@settings(max_examples=30, deadline=None)
@given(mask_records)
def test_mask_record(made: MaskRecord) -> None:
    assert again(made) == made


@settings(max_examples=30, deadline=None)
@given(colour_records)
def test_colour_record(made: ColourRecord) -> None:
    assert again(made) == made


@settings(max_examples=30, deadline=None)
@given(geometries())
def test_geometry_record(made: GeometryRecord) -> None:
    assert again(made) == made
