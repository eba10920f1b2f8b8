"""The match table and the shots: round trips, order, look-ups."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsmeme.errors import UsageError
from vsmeme.sync.shots import Shot, Shots
from vsmeme.sync.timeline import Pair, Timeline

RATE = Fraction(24000, 1001)


def table(dvd: list[int], first: int = 812) -> Timeline:
    pairs = [
        Pair(wide=first + n, dvd=d, score=0.97, confident=n % 2 == 0, partner=n % 4 != 3)
        for n, d in enumerate(dvd)
    ]
    return Timeline(pairs=tuple(pairs), fps=RATE)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_timeline_round_trip(steps: list[int]) -> None:
    dvd = [795 + sum(steps[: n + 1]) for n in range(len(steps))]
    made = table(dvd)
    data = json.loads(json.dumps(made.to_json()))
    assert Timeline.from_json(data) == made
    old = {"sources": {"wide": {"fps": data.pop("fps")}}, **data}
    assert Timeline.from_json(old) == made
    assert made.frames("dvd") == tuple(dvd)
    assert made.frames("wide") == tuple(range(812, 812 + len(dvd)))


def test_pairs_are_a_sequence() -> None:
    made = table([1, 1, 2, 5, 7, 7])
    rows = [made.pairs[n] for n in range(6)]
    assert rows == list(made.pairs)
    assert [Pair.from_json(row.to_json()) for row in rows] == rows
    assert made.pairs == tuple(rows)
    assert made.pairs != rows[1:]
    assert (made.pairs[-1], made.pairs[2:4], made.pairs[::-2]) == (rows[5], rows[2:4], rows[::-2])
    assert (type(rows[0].confident), type(rows[0].partner)) == (bool, bool)
    assert hash(made) == hash(table([1, 1, 2, 5, 7, 7]))
    with pytest.raises(IndexError):
        made.pairs[6]


def test_only_a_pair_without_a_partner_says_so() -> None:
    rows = table([1, 2, 3, 4, 5]).to_json()["pairs"]
    assert [row.get("partner") for row in rows] == [None, None, None, False, None]


def test_a_pair_without_a_partner_is_never_sure() -> None:
    with pytest.raises(UsageError, match="Pair: confident: expected false where there is no"):
        Pair(wide=1, dvd=1, score=0.9, confident=True, partner=False)


@pytest.mark.parametrize("dvd", [[5, 4], [5, 6, 3]])
def test_timeline_never_steps_back(dvd: list[int]) -> None:
    with pytest.raises(UsageError, match=r"Timeline: pairs: expected frames that never step back"):
        table(dvd)


def test_timeline_needs_a_pair() -> None:
    with pytest.raises(UsageError, match="at least one pair, got none"):
        Timeline(pairs=(), fps=RATE)


def test_time_and_cut() -> None:
    made = table([1, 2, 3])
    assert made.time(1) == Fraction(813 * 1001, 24000)
    assert len(made.cut(2)) == 2
    assert made.clock(1) == "00:00:33.909"
    assert table([1], first=240_000).clock(0) == "02:46:50.000"


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 60))
def test_shots(lengths: list[int], kept: int) -> None:
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    made = Shots(
        shots=tuple(
            Shot(
                first=s,
                last=s + n - 1,
                layout=i % 2,
                colour=i,
                placed=i % 3 != 2,
                drift=tuple((k / 3, -k / 7) for k in range(n)) if i % 2 else (),
                light=tuple((1 - k / 9, k / 11, 1.0, 0.0, 1.0, -k / 13) for k in range(n))
                if i % 3 == 1
                else (),
            )
            for i, (s, n) in enumerate(zip(starts, lengths, strict=True))
        )
    )
    assert Shots.from_json(json.loads(json.dumps(made.to_json()))) == made
    assert made.cuts == tuple(starts[1:])
    for n in range(made.length):
        shot = made.at(n)
        assert shot.first <= n <= shot.last
        assert made.shots[made.index(n)] == shot
    part = made.cut(kept)
    assert part.length == min(kept, made.length)
    for whole, short in zip(made.shots, part.shots, strict=False):
        assert short.drift == whole.drift[: len(short)]
        assert short.light == whole.light[: len(short)]
        assert short.placed == whole.placed


def test_shots_say_whether_they_are_placed_and_nothing_that_is_constant() -> None:
    made = Shots(shots=(Shot(first=0, last=1), Shot(first=2, last=2, placed=False)))
    plain = {"layout": 0, "colour": 0}
    assert made.to_json()["shots"] == [
        {"first": 0, "last": 1, **plain, "placed": True},
        {"first": 2, "last": 2, **plain, "placed": False},
    ]


def test_shots_of_an_older_artifact_are_placed() -> None:
    data = {"shots": [{"first": 0, "last": 4, "layout": 1, "colour": 2}]}
    assert Shots.from_json(data).shots == (Shot(first=0, last=4, layout=1, colour=2),)


@pytest.mark.parametrize("name", ["drift", "light"])
def test_what_changes_within_a_shot_names_every_frame(name: str) -> None:
    row = (0.0,) * (2 if name == "drift" else 6)
    with pytest.raises(UsageError, match=f"Shot: {name}: expected nothing or 4 frames, got 3"):
        Shot(first=0, last=3, **{name: (row,) * 3})  # type: ignore[arg-type]


@pytest.mark.parametrize("shots", [[(1, 3)], [(0, 3), (5, 6)], [(0, 3), (3, 6)], [(0, -1)], []])
def test_shots_have_no_gap(shots: list[tuple[int, int]]) -> None:
    with pytest.raises(UsageError, match="Shots: shots: expected"):
        Shots(shots=tuple(Shot(first=a, last=b) for a, b in shots))


def test_shot_beyond_the_end() -> None:
    with pytest.raises(UsageError, match="expected a pair number below 4, got 4"):
        Shots(shots=(Shot(first=0, last=3),)).at(4)
