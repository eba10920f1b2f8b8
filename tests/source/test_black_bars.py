"""Black bars of a shot: mattes with anything in them, and dark pictures that have none."""

from __future__ import annotations

import numpy as np

from vsmeme.pixels.rect import Rect
from vsmeme.source.prepare.black_bars import Insets, agreed, inset, measure_bars

Frames = list[np.ndarray]


def shot(count: int = 9, *, top: int = 18, bottom: int = 18) -> Frames:
    """Textured frames of 192x144 between bars with a little noise."""
    rng = np.random.default_rng(5)
    frames = []
    for _ in range(count):
        frame = np.clip(rng.normal(110, 40, (144, 192)), 30, 235)
        frame[:top] = 16 + rng.integers(0, 4, (top, 192))
        frame[144 - bottom :] = 16 + rng.integers(0, 4, (bottom, 192))
        frames.append(frame.astype(np.float32))
    return frames


def test_mattes_are_found_to_the_line() -> None:
    assert measure_bars(shot()) == Insets(0, 18, 0, 18)
    assert measure_bars(shot(top=7, bottom=30)) == Insets(0, 7, 0, 30)
    assert measure_bars(shot(top=0, bottom=0)) == Insets(0, 0, 0, 0)
    assert measure_bars([]) == Insets(0, 0, 0, 0)


def test_a_subtitle_and_a_logo_do_not_make_a_bar_picture() -> None:
    frames = shot()
    for n, frame in enumerate(frames):
        frame[131:137, 6:12] = 120
        if n % 3 == 0:
            frame[130:136, 60:130] = 235
    assert measure_bars(frames) == Insets(0, 18, 0, 18)


def test_a_dark_edge_that_belongs_to_the_picture_stays() -> None:
    frames = shot(top=0, bottom=0)
    ramp = np.clip(np.arange(144) / 40, 0, 1)[:, None]
    dark = [(16 + (frame - 16) * ramp).astype(np.float32) for frame in frames]
    assert measure_bars(dark) == Insets(0, 0, 0, 0)
    night = [np.full((144, 192), 18, np.float32) for _ in range(4)]
    assert measure_bars(night) == Insets(0, 0, 0, 0)


def test_a_coarser_look_says_where_a_bar_may_end() -> None:
    assert measure_bars(shot(), near=Insets(0, 16, 0, 20), slack=3) == Insets(0, 18, 0, 18)
    assert measure_bars(shot(), near=Insets(0, 10, 0, 0), slack=3) == Insets(0, 0, 0, 0)


def test_pillars() -> None:
    turned = [frame.T.copy() for frame in shot(top=20, bottom=12)]
    assert measure_bars(turned) == Insets(20, 0, 12, 0)


def test_bars_that_differ_by_a_line_are_the_same() -> None:
    given = [Insets(0, 18, 0, 18), Insets(0, 19, 0, 18), Insets(0, 0, 0, 0), Insets(0, 30, 0, 1)]
    assert agreed(given) == [
        Insets(0, 19, 0, 18),
        Insets(0, 19, 0, 18),
        Insets(0, 0, 0, 0),
        Insets(0, 30, 0, 1),
    ]


def test_insets_and_rectangles() -> None:
    whole = Rect(x=4, y=2, w=188, h=140)
    bars = Insets(1, 18, 3, 16)
    assert inset(whole, bars.inside(whole)) == bars
    assert bars.scaled(2.0, 3.0) == Insets(2, 54, 6, 48)
