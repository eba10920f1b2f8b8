"""Which layout holds where, and where the DVD is absent."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from placement.test_layout import painted, reference

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.placement.placed_runs import PlacedRun, placed_runs, run_at
from vsmeme.sync.shots import Shot, Shots
from vsmeme.sync.timeline import Pair, Timeline

HERE = reference()
THERE = reference(dvd=Rect(x=488, y=0, w=2880, h=2160))


def table(partners: str) -> Timeline:
    """One pair a letter; a dot has no partner."""
    pairs = [
        Pair(wide=n, dvd=n, score=0.9, confident=False, partner=letter != ".")
        for n, letter in enumerate(partners)
    ]
    return Timeline(pairs=tuple(pairs), fps=Fraction(24))


def spelled(runs: tuple[PlacedRun, ...]) -> str:
    """One letter a frame: a and b for the layouts, a dot where the DVD is absent."""
    letters = {HERE: "a", THERE: "b", HERE.without_dvd(): ".", THERE.without_dvd(): "."}
    return "".join(letters[run.layout] * len(run) for run in runs)


@pytest.mark.parametrize(
    ("partners", "gaps"),
    [
        ("xx....xx", ((2, 5),)),
        ("xx...xxx", ()),  # three frames hold the nearest
        ("....x.....", ((0, 3), (5, 9))),
        ("xxxx", ()),
    ],
)
def test_gaps_are_long_runs_without_partner(
    partners: str, gaps: tuple[tuple[int, int], ...]
) -> None:
    assert table(partners).gaps() == gaps


def test_the_dvd_is_absent_in_gaps_and_where_no_placement_was_found() -> None:
    shots = Shots(
        shots=(
            Shot(first=0, last=3),
            Shot(first=4, last=9, layout=1),
            Shot(first=10, last=11, placed=False),
        )
    )
    match = table("xx......xx..")
    assert spelled(placed_runs(shots, (HERE, THERE), match)) == "aa......bb.."
    assert spelled(placed_runs(shots, (HERE, THERE), match, gaps="cut")) == "aa......bb.."
    assert spelled(placed_runs(shots, (HERE, THERE), match, gaps="hold")) == "aaaabbbbbb.."


def test_neighbours_that_are_composed_alike_are_one_run() -> None:
    shots = Shots(shots=tuple(Shot(first=2 * n, last=2 * n + 1) for n in range(50)))
    runs = placed_runs(shots, (HERE, THERE), table("x" * 100))
    assert [(run.first, run.last) for run in runs] == [(0, 99)]


def test_drift_is_cut_with_its_frames_and_moves_whole_px() -> None:
    drift = tuple((0.6 * n, -0.3 * n) for n in range(8))
    shots = Shots(shots=(Shot(first=0, last=7, drift=drift), Shot(first=8, last=9)))
    runs = placed_runs(shots, (HERE,), table("xxxx....xx"))
    assert [(len(run), len(run.drift)) for run in runs] == [(4, 4), (4, 0), (2, 0)]
    assert runs[0].drift == drift[:4]
    assert runs[0].at(3).dvd == HERE.dvd.shifted(2, -1)
    lacking = painted(runs[0].missing(), HERE.canvas) > 0
    for n in runs[0].frames:
        empty = painted(runs[0].at(n).missing(), HERE.canvas) > 0
        assert lacking[empty].all()
    assert lacking.sum() < HERE.frame.area / 10
    assert run_at(runs, 9) is runs[2]


def test_a_layout_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="placed_runs: shots: expected layouts below 1, got 1"):
        placed_runs(Shots(shots=(Shot(first=0, last=0, layout=1),)), (HERE,), table("x"))


def test_without_the_dvd_all_but_the_wide_is_missing() -> None:
    bare = HERE.without_dvd()
    assert bare.bands() == ()
    assert sum(part.area for part in bare.missing()) == HERE.frame.area - HERE.wide.area


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 1), st.booleans()), min_size=1),
    st.data(),
)
def test_runs_cover_every_pair_once(
    lengths: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    total = sum(length for length, _, _ in lengths)
    partners = data.draw(st.text("x.", min_size=total, max_size=total))
    shots, at = [], 0
    for length, layout, placed in lengths:
        shots.append(Shot(first=at, last=at + length - 1, layout=layout, placed=placed))
        at += length
    match = table(partners)
    text = spelled(placed_runs(Shots(shots=tuple(shots)), (HERE, THERE), match))
    holes = {n for first, last in match.gaps() for n in range(first, last + 1)}
    for shot in shots:
        for n in range(shot.first, shot.last + 1):
            absent = n in holes or not shot.placed
            assert text[n] == ("." if absent else "ab"[shot.layout])
    assert len(text) == total
