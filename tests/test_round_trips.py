"""Every artifact is read back as what was written, through real JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme.bands.upscale_plan import Plan
from vsmeme.colour.colour_record import ColourRecord
from vsmeme.colour.grain import Stock
from vsmeme.colour.transform import TERMS, Colour
from vsmeme.deliver.export.export_note import ExportedFile, ExportNote
from vsmeme.masks.mask_record import MaskKey, MaskRecord, MaskShot
from vsmeme.networks.model import Model
from vsmeme.pixels.rect import Rect
from vsmeme.placement.geometry_record import AlignedShot, GeometryRecord
from vsmeme.placement.layout import Fit, Layout
from vsmeme.plate.ledger import Ledger, PlateKey
from vsmeme.source.facts import SourceFacts
from vsmeme.source.field_plan import FieldPlan
from vsmeme.subject.track import Placement, Pose, Region, Tone, Track
from vsmeme.sync.cut_differences import CutDifferences, LostRun, MovedRun
from vsmeme.sync.match_record import (
    MatchProof,
    MatchRecord,
    MatchStart,
    Reference,
    SourceRecord,
    StillPlace,
)
from vsmeme.sync.shots import Shot, Shots
from vsmeme.sync.timeline import Pair, Timeline
from vsmeme.timings import Timings, note_time, read_timings


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

plans = st.builds(
    FieldPlan,
    cadence=names,
    top_first=st.booleans(),
    runs=st.lists(
        st.tuples(counts, st.integers(0, 1), sizes).map(lambda r: (r[0], r[0] + r[1], r[2])),
        min_size=1,
    ).map(tuple),
    rate=st.fractions(Fraction(1, 5), 1, max_denominator=25),
)
facts = st.builds(
    SourceFacts,
    path=paths,
    width=sizes,
    height=sizes,
    frames=sizes,
    fps=ratios,
    sar=ratios,
    fields=st.none() | plans,
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
times = st.lists(reals, max_size=3).map(tuple)
places = st.builds(
    StillPlace,
    frame=st.none() | counts,
    score=st.none() | scores,
    matrix=st.none() | st.tuples(rows, rows),
)
lost_runs = st.builds(LostRun, first=counts, last=counts, begins=names, ends=names)
records = st.builds(
    MatchRecord,
    wide=st.builds(
        SourceRecord, facts=facts, sha256=digests, size=stat, mtime_ns=stat, times=times
    ),
    dvd=st.builds(SourceRecord, facts=facts, sha256=digests, size=stat, mtime_ns=stat, times=times),
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
    without_partner=st.lists(lost_runs, max_size=3).map(tuple),
    differences=st.builds(
        CutDifferences,
        moved=st.lists(st.builds(MovedRun, wide=lost_runs, dvd=lost_runs), max_size=2).map(tuple),
        left_out=st.lists(lost_runs, max_size=2).map(tuple),
        dvd_alone=st.lists(lost_runs, max_size=2).map(tuple),
    ),
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
    shots=st.lists(
        st.builds(
            MaskShot, shot=counts, verdict=names, certainty=st.sampled_from([0.0, 0.125, 1.0])
        )
        | st.builds(
            MaskShot,
            shot=counts,
            verdict=st.just("unsure"),
            certainty=st.just(0.5),
            frame=counts,
            face=st.tuples(counts, counts, counts, counts),
        ),
        max_size=3,
    ).map(tuple),
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


files = st.builds(
    ExportedFile,
    path=names,
    bytes=counts,
    format=names,
    stage=names,
    size=st.tuples(sizes, sizes),
    depth=sizes,
    sound=st.booleans(),
)
notes = st.builds(
    ExportNote,
    frame=st.builds(Rect, x=counts, y=counts, w=sizes, h=sizes),
    frames=sizes,
    fps=ratios,
    sound=st.none() | st.sampled_from(["wide", "dvd"]),
    files=st.lists(files, max_size=3).map(tuple),
    poster=names,
)
plans = st.builds(
    Plan,
    model=st.none()
    | st.builds(
        Model,
        name=names,
        path=st.just(Path("/models/net.onnx")),
        scale=st.integers(1, 4),
        radius=st.integers(0, 40),
        colour=st.sampled_from(["rgb", "gray"]),
        neighbours=st.integers(0, 2),
        value_range=st.tuples(st.floats(-1, 0), st.floats(0.5, 255)),
        clamp=st.booleans(),
    ),
    backend=names,
    tile=st.none() | st.tuples(sizes, sizes),
    fp16=st.booleans(),
    rung=names,
)


@settings(max_examples=30, deadline=None)
@given(notes)
def test_export_note(made: ExportNote) -> None:
    assert again(made) == made


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(names, st.floats(0, 1e6)))
def test_timings(seconds: dict[str, float]) -> None:
    assert again(Timings(seconds=seconds)) == Timings(seconds=seconds)


@settings(max_examples=30, deadline=None)
@given(plans)
def test_upscale_plan(made: Plan) -> None:
    work = Path("/film/work")
    text = json.dumps({"schema": 1, **made.to_json(work=work)}, allow_nan=False)
    assert Plan.from_json(json.loads(text), work=work) == made


def test_times_are_noted_step_by_step(tmp_path: Path) -> None:
    assert read_timings(tmp_path).seconds == {}
    note_time(tmp_path, "match", 1.234)
    note_time(tmp_path, "learn", 5)
    note_time(tmp_path, "match", 2)
    assert read_timings(tmp_path).seconds == {"match": 2, "learn": 5}
    (tmp_path / "timings.json").write_text('{"schema": 1, "seconds": 3}')
    assert read_timings(tmp_path).seconds == {}


@st.composite
def shot_tables(draw: st.DrawFn) -> Shots:
    made, first = [], 0
    light = st.tuples(*[reals] * 6)
    for length in draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)):
        frames = st.just(()) | st.lists(
            st.tuples(reals, reals), min_size=length, max_size=length
        ).map(tuple)
        lit = st.just(()) | st.lists(light, min_size=length, max_size=length).map(tuple)
        made.append(
            Shot(
                first=first,
                last=first + length - 1,
                layout=draw(counts),
                colour=draw(counts),
                placed=draw(st.booleans()),
                drift=draw(frames),
                light=draw(lit),
            )
        )
        first += length
    return Shots(shots=tuple(made))


matrices = st.tuples(rows, rows, rows)
laid = st.lists(st.builds(Placement, key=counts, matrix=matrices), max_size=2).map(tuple)
poses = st.builds(Pose, frame=counts, matrix=matrices, confidence=reals, key=st.none() | counts)
regions = st.builds(
    Region,
    keys=few,
    poses=st.lists(poses, max_size=3, unique_by=lambda pose: pose.frame).map(
        lambda some: tuple(sorted(some, key=lambda pose: pose.frame))
    ),
    extent=st.none() | rects,
    placements=laid,
    tones=st.lists(
        st.builds(Tone, first=counts, gain=reals, offset=rows, chroma=reals, turn=reals),
        max_size=2,
    ).map(tuple),
    restored=laid,
)
tracks = st.builds(
    Track,
    regions=st.dictionaries(names, regions, max_size=2),
    picture=st.dictionaries(names, names, max_size=2),
    detail=st.none() | names,
)
gains = st.tuples(reals, reals)
plate_keys = st.builds(
    PlateKey,
    **dict.fromkeys(("shot", "frame", "first", "last", "seed", "generations"), counts),
    **dict.fromkeys(("plate", "samples", "mask", "backend", "model"), names),
    **dict.fromkeys(("mask_sha256", "outside_sha256_before", "outside_sha256_after"), digests),
    **dict.fromkeys(("changed_outside_mask", "subject_pixels_in_mask"), counts),
    **dict.fromkeys(("filled_from_other_frames", "generated", "hidden"), reals),
    origin=st.tuples(counts, counts),
    size=st.tuples(sizes, sizes),
    mode=st.sampled_from(["still", "live"]),
    motion=st.lists(matrices, max_size=2).map(tuple),
    exposure=st.lists(st.tuples(gains, gains, gains), max_size=2).map(tuple),
    files=st.dictionaries(names, digests, max_size=2),
)


@settings(max_examples=30, deadline=None)
@given(shot_tables())
def test_shots(made: Shots) -> None:
    assert again(made) == made


@settings(max_examples=30, deadline=None)
@given(tracks)
def test_track(made: Track) -> None:
    assert again(made) == made


@settings(max_examples=30, deadline=None)
@given(st.lists(plate_keys, max_size=2))
def test_ledger(keys: list[PlateKey]) -> None:
    made = Ledger()
    for key in keys:
        made = made.with_keys([key])
    assert again(made) == made


def test_progressive_facts_of_an_earlier_version_are_read() -> None:
    made = SourceFacts(
        path=Path("wide.mkv"),
        width=1024,
        height=430,
        frames=36,
        fps=Fraction(24000, 1001),
        sar=Fraction(1),
        fields=None,
        active=Rect(x=0, y=0, w=1024, h=430),
    )
    data = made.to_json()
    del data["fields"], data["chroma_location"]
    old = {**data, "cadence": "progressive", "top_field_first": True}
    assert SourceFacts.from_json(old) == made
    with pytest.raises(KeyError):
        SourceFacts.from_json({**old, "cadence": "telecine"})
