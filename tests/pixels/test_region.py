"""Parts of a picture: the grid of areas, and what is replaced."""

from __future__ import annotations

import numpy as np
import vapoursynth as vs
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme.colour.grain import fresh_areas, fresh_mask
from vsmeme.memory import repeated
from vsmeme.pixels.rect import Rect
from vsmeme.pixels.region import grid, replaced

core = vs.core
W, H = 24, 18


def rects() -> st.SearchStrategy[Rect]:
    """Rectangles on a small picture."""
    spans = [
        st.tuples(st.integers(0, end - 1), st.integers(1, end)).filter(lambda p: p[0] < p[1])
        for end in (W, H)
    ]
    return st.builds(
        lambda x, y: Rect(x=x[0], y=y[0], w=x[1] - x[0], h=y[1] - y[0]), spans[0], spans[1]
    )


def covered(areas: list[Rect]) -> np.ndarray:
    """How often each px is covered."""
    count = np.zeros((H, W), int)
    for area in areas:
        count[area.y : area.bottom, area.x : area.right] += 1
    return count


@given(areas=st.lists(rects(), max_size=6))
def test_the_grid_covers_the_same_px_once(areas: list[Rect]) -> None:
    cells = [cell for row in grid(areas) for cell in row]
    assert np.array_equal(covered(cells), np.minimum(covered(areas), 1))


@settings(deadline=None, max_examples=40)
@given(areas=st.lists(rects(), max_size=4))
def test_only_the_areas_are_replaced(areas: list[Rect]) -> None:
    numbers = core.std.BlankClip(format=vs.YUV444P16, width=W, height=H, length=1)
    clip = core.akarin.Expr(numbers, ["X Y 32 * +", "X 100 * Y +", "Y 100 * X +"])
    clip = clip.std.SetFrameProps(VsmemeTest=7)
    out = replaced(clip, areas, lambda rect: core.std.BlankClip(
        clip, width=rect.w, height=rect.h, color=[9999] * 3))  # fmt: skip
    hit = covered(areas) > 0
    with clip.get_frame(0) as before, out.get_frame(0) as after:
        assert after.props["VsmemeTest"] == 7
        for plane in range(3):
            was, now = np.asarray(before[plane]), np.asarray(after[plane])
            assert np.array_equal(now, np.where(hit, 9999, was))


def test_the_fresh_areas_hold_the_fresh_mask() -> None:
    clip = core.std.BlankClip(format=vs.YUV444P16, width=64, height=48, length=2)
    for wide in (
        Rect(x=0, y=9, w=64, h=30),
        Rect(x=8, y=0, w=40, h=48),
        Rect(x=0, y=0, w=64, h=48),
    ):
        areas = fresh_areas(wide, (64, 48))
        with fresh_mask(clip, wide).get_frame(1) as frame:
            mask = np.asarray(frame[0]).copy()
        for area in areas:
            mask[area.y : area.bottom, area.x : area.right] = 0
        assert not mask.any()


def test_a_repeated_frame_is_made_once() -> None:
    made = []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        made.append(n)
        return f

    still = core.std.BlankClip(format=vs.GRAY8, width=16, height=8, length=1)
    clip = repeated(core.std.ModifyFrame(still, still, note), 6)
    assert clip.num_frames == 6
    for n in (3, 0, 5, 1):
        clip.get_frame(n).close()
    assert made == [0]
