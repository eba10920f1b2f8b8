"""The DVD's px under the wide, against counting them one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Fit, Layout

FIT = Fit(matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 4),
    st.tuples(*[st.integers(1, 9)] * 2),
    st.tuples(*[st.integers(-12, 12)] * 2),
    st.tuples(*[st.integers(0, 12)] * 2),
    st.tuples(*[st.integers(1, 30)] * 2),
)
def test_core_holds_the_px_wholly_under_the_wide(
    scale: int,
    size: tuple[int, int],
    at: tuple[int, int],
    wide_at: tuple[int, int],
    wide_size: tuple[int, int],
) -> None:
    wide = Rect(x=wide_at[0], y=wide_at[1], w=wide_size[0], h=wide_size[1])
    layout = Layout(
        canvas=(wide.right, wide.bottom),
        scale=scale,
        wide=wide,
        wide_crop=Rect(x=0, y=0, w=wide.w, h=wide.h),
        dvd=Rect(x=at[0], y=at[1], w=size[0] * scale, h=size[1] * scale),
        dvd_size=size,
        active=Rect(x=0, y=0, w=size[0], h=size[1]),
        centre_dvd=(0.0, 0.0),
        fit=FIT,
    )
    under = np.array(
        [
            [
                wide.contains(Rect(x=at[0] + x * scale, y=at[1] + y * scale, w=scale, h=scale))
                for x in range(size[0])
            ]
            for y in range(size[1])
        ]
    )
    core = layout.core
    expected = np.zeros_like(under)
    expected[core.y : core.bottom, core.x : core.right] = True
    assert np.array_equal(under, expected)
