"""The match table and the shots: round trips, order, look-ups."""

from __future__ import annotations

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
        Pair(wide=first + n, dvd=d, score=0.97, confident=n % 2 == 0) for n, d in enumerate(dvd)
    ]
    return Timeline(pairs=tuple(pairs), fps=RATE)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_timeline_round_trip(steps: list[int]) -> None:
    dvd = [795 + sum(steps[: n + 1]) for n in range(len(steps))]
    made = table(dvd)
    data = {"sources": {"wide": {"fps": [24000, 1001]}}, "pairs": made.to_json()}
    assert Timeline.from_json(data) == made
    assert made.frames("dvd") == tuple(dvd)
    assert made.frames("wide") == tuple(range(812, 812 + len(dvd)))


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


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 60))
def test_shots(lengths: list[int], kept: int) -> None:
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    made = Shots(
        shots=tuple(
            Shot(first=s, last=s + n - 1, layout=i % 2, colour=i)
            for i, (s, n) in enumerate(zip(starts, lengths, strict=True))
        )
    )
    assert Shots.from_json(made.to_json()) == made
    assert made.cuts == tuple(starts[1:])
    for n in range(made.length):
        shot = made.at(n)
        assert shot.first <= n <= shot.last
        assert made.shots[made.index(n)] == shot
    part = made.cut(kept)
    assert part.length == min(kept, made.length)


@pytest.mark.parametrize("shots", [[(1, 3)], [(0, 3), (5, 6)], [(0, 3), (3, 6)], [(0, -1)], []])
def test_shots_have_no_gap(shots: list[tuple[int, int]]) -> None:
    with pytest.raises(UsageError, match="Shots: shots: expected"):
        Shots(shots=tuple(Shot(first=a, last=b) for a, b in shots))


def test_shot_beyond_the_end() -> None:
    with pytest.raises(UsageError, match="expected a pair number below 4, got 4"):
        Shots(shots=(Shot(first=0, last=3),)).at(4)
