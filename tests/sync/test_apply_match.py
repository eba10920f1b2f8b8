"""The match table on clips: every frame is the one that the table names."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Literal

import pytest
import vapoursynth as vs

from vsmeme.errors import UsageError
from vsmeme.sync.apply_match import apply_match, show_match
from vsmeme.sync.timeline import Pair, Timeline

core = vs.core


def numbered(length: int, *, width: int = 16, height: int = 16) -> vs.VideoNode:
    """A clip whose prop `Number` is the frame number."""
    clip = core.std.BlankClip(width=width, height=height, length=length, format=vs.YUV420P8)
    clip = clip.std.SetFrameProps(_Matrix=1, _Transfer=1, _Primaries=1, _Range=vs.RANGE_LIMITED)
    return core.akarin.PropExpr(clip, lambda: {"Number": "N"})


def table(dvd: list[int], *, first: int = 0) -> Timeline:
    pairs = tuple(
        Pair(wide=first + n, dvd=d, score=0.5 + n / 1000, confident=n % 3 == 0)
        for n, d in enumerate(dvd)
    )
    return Timeline(pairs=pairs, fps=Fraction(24000, 1001))


CASES = [
    # wide's first frame, DVD frames                     what it is
    (0, [0, 1, 2, 3]),  # the same film
    (5, [9, 10, 11, 12]),  # an offset
    (0, [0, 0, 0, 1, 2, 2]),  # held frames
    (2, [3, 5, 6, 9, 19]),  # drops
    (0, [4, 4, 7, 7, 7, 8, 12, 12]),  # both
    (7, [19]),  # one pair, at the end of the clip
]


@pytest.mark.parametrize(("first", "dvd"), CASES)
@pytest.mark.parametrize("side", ["wide", "dvd"])
def test_every_frame_is_the_tables(
    first: int, dvd: list[int], side: Literal["wide", "dvd"]
) -> None:
    timeline = table(dvd, first=first)
    clip = apply_match(numbered(20), timeline, side=side)
    assert clip.num_frames == len(dvd)
    assert clip.fps == Fraction(24000, 1001)
    expected = timeline.frames(side)
    order = list(range(len(dvd))) * 2
    random.Random(1).shuffle(order)
    for n in order:
        with clip.get_frame(n) as frame:
            assert frame.props["Number"] == expected[n]
            assert frame.props["VsmemeWideFrame"] == first + n
            assert frame.props["VsmemeDvdFrame"] == dvd[n]
            assert frame.props["VsmemeMatchScore"] == pytest.approx(0.5 + n / 1000, abs=1e-6)
            assert frame.props["VsmemeMatchConfident"] == int(n % 3 == 0)


def test_long_tables_of_drops_and_repeats() -> None:
    rng = random.Random(3)
    dvd, at = [], 40
    for _ in range(2000):
        dvd.append(at)
        at += rng.choice((0, 1, 1, 1, 2, 5))
    clip = apply_match(numbered(at + 1), table(dvd), side="dvd")
    got = [frame.props["Number"] for frame in clip.frames(close=True)]
    assert got == dvd


def test_short_clip_is_refused() -> None:
    with pytest.raises(UsageError, match=r"apply_match: clip: expected at least 5 frames of dvd"):
        apply_match(numbered(4), table([2, 3, 4]), side="dvd")


def test_unknown_side_is_refused() -> None:
    with pytest.raises(UsageError, match="side: expected wide or dvd, got both"):
        apply_match(numbered(4), table([0, 1]), side="both")  # type: ignore[arg-type]


def test_show_match_lays_both_side_by_side() -> None:
    shown = show_match(
        numbered(6, width=64, height=32), numbered(6, width=48, height=36), table([0, 2]), height=72
    )
    assert (shown.width, shown.height, shown.num_frames) == (144 + 96, 72, 2)
    assert shown.format.id == vs.RGB24
    shown.get_frame(1).close()
