"""Numbers of each frame as props, however long they stay the same."""

from __future__ import annotations

import pytest
import vapoursynth as vs
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme.errors import UsageError
from vsmeme.pixels.frame_props import LONG_RUN, with_props

core = vs.core

numbers = st.sampled_from(["0", "1", "-7", "0.123456789", "1e-05"])
runs = st.lists(st.tuples(numbers, st.integers(1, 2 * LONG_RUN)), min_size=1, max_size=6)


def column(spans: list[tuple[str, int]]) -> list[str]:
    """One entry a frame."""
    return [value for value, count in spans for _ in range(count)]


def blank(length: int) -> vs.VideoNode:
    """Frames that know their number."""
    clip = core.std.BlankClip(width=16, height=16, format=vs.GRAY8, length=length, keep=True)
    return core.akarin.PropExpr(clip, lambda: {"Number": "N"})


@settings(max_examples=25, deadline=None)
@given(first=runs, second=runs)
def test_each_frame_has_its_own_numbers(
    first: list[tuple[str, int]], second: list[tuple[str, int]]
) -> None:
    columns = {"A": column(first), "B": column(second)}
    length = min(map(len, columns.values()))
    columns = {name: values[:length] for name, values in columns.items()}
    clip = with_props(blank(length), columns)
    plain = core.akarin.PropExpr(blank(length), lambda: columns)
    assert clip.num_frames == length
    for n, (made, expected) in enumerate(zip(clip.frames(), plain.frames(), strict=True)):
        assert dict(made.props) == dict(expected.props)
        assert made.props["Number"] == n


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(UsageError, match="with_props: B: expected 5 numbers, got 4"):
        with_props(blank(5), {"A": ["1"] * 5, "B": ["1"] * 4})


def test_no_columns_change_nothing() -> None:
    clip = blank(3)
    assert with_props(clip, {}) is clip
