"""Large films are looked at part by part: each part gets its frames, and nothing is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import vapoursynth as vs
from scenes import learn_films

from vsmeme.bands.prepare import comparison, overlap_rows
from vsmeme.bands.prepare.learning import samples as training_samples
from vsmeme.bands.prepare.learning.film_pair import shared_out, strip_pieces
from vsmeme.bands.prepare.learning.normal_equations import spread_px
from vsmeme.bands.prepare.learning.samples import column_ranges, places, samples
from vsmeme.bands.prepare.learning.upscaler_graph import Inputs
from vsmeme.bands.upscale_plan import Plan
from vsmeme.pixels.rect import Rect
from vsmeme.pixels.region import cut
from vsmeme.sync.shots import Shot, Shots


def test_every_frame_has_one_piece_and_fewer_frames_are_spread_over_the_pieces() -> None:
    shares = [(piece, list(own)) for piece, own in shared_out("abc", range(7))]
    assert shares == [("a", [0, 3, 6]), ("b", [1, 4]), ("c", [2, 5])]
    assert [piece for piece, _ in shared_out("abcdef", [4, 9])] == ["b", "e"]
    assert not list(shared_out("abc", []))


def test_ranges_of_columns_cover_the_overlap_once_and_a_small_one_stays_whole() -> None:
    whole = Rect(x=3, y=5, w=720, h=402)
    ranges = column_ranges(whole)
    assert len(ranges) == 12
    assert [r.x for r in ranges] == [3 + 60 * k for k in range(12)]
    assert sum(r.area for r in ranges) == whole.area
    assert column_ranges(Rect(x=0, y=0, w=192, h=107)) == [Rect(x=0, y=0, w=192, h=107)]


def test_pieces_of_strips_cover_them_flat_and_upright() -> None:
    flat, upright = Rect(x=10, y=0, w=2880, h=64), Rect(x=0, y=100, w=40, h=2000)
    pieces = strip_pieces([flat, upright], 720)
    assert len(pieces) == 4
    assert [piece[0] for piece in pieces] == [
        Rect(x=10 + 720 * k, y=0, w=720, h=64) for k in range(4)
    ]
    assert {piece[1] for piece in pieces} == {
        Rect(x=0, y=100, w=40, h=1000),
        Rect(x=0, y=1100, w=40, h=1000),
    }
    assert strip_pieces([Rect(x=0, y=0, w=90, h=8)], 720) == [[Rect(x=0, y=0, w=90, h=8)]]


def test_picked_px_are_spread_over_rows_and_columns_alike() -> None:
    shape = (90, 192)
    sample = cast("Any", type("Sample", (), {"weight": np.ones(shape)}))
    (rows, columns), (held_rows, _) = spread_px(sample, (9, 0), 5000)
    assert len(rows) + len(held_rows) == 5000
    assert set(held_rows) == set(range(9))
    for numbers, count in ((columns, shape[1]), (rows, shape[0])):
        often = np.bincount(numbers, minlength=count)[-80:]
        assert often.min() > 0.6 * often.mean()
        assert often.max() < 1.5 * often.mean()


def test_a_narrow_range_has_the_features_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    (pair,) = learn_films.film(4).sources
    inputs = Inputs(scale=learn_films.SCALE)
    (whole,) = samples(pair, inputs, places(pair, [1]))
    monkeypatch.setattr(training_samples, "RANGE_COLUMNS", 24)
    monkeypatch.setattr(training_samples, "RANGE_PX", 100)
    left, right = samples(pair, inputs, places(pair, [1, 1]))
    np.testing.assert_allclose(np.concatenate([left.maps, right.maps], 1), whole.maps, atol=1e-6)
    np.testing.assert_array_equal(np.concatenate([left.luma, right.luma], 1), whole.luma)


def test_scores_of_parts_are_those_of_whole_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """All frames alike, so that it does not matter which frame shows which part."""
    (pair,) = learn_films.film(4, held=4).sources
    ways = {"bicubic": None}
    whole = comparison.compare(pair, ways, [0, 1], (4, 4))["bicubic"]
    monkeypatch.setattr(comparison, "PART_PX", learn_films.WIDTH // 2)
    parts = comparison.compare(pair, ways, [0, 1], (4, 4))["bicubic"]
    assert parts.luma_db == pytest.approx(whole.luma_db, abs=1e-6)
    assert parts.chroma_db == pytest.approx(whole.chroma_db, abs=1e-6)


def test_only_parts_of_the_wide_are_made_where_it_can_make_them() -> None:
    film = learn_films.film(6)
    (pair,) = film.sources
    asked: list[Rect] = []

    def part(rect: Rect) -> vs.VideoNode:
        asked.append(rect)
        return cut(pair.wide, rect)

    def untouched(n: int, f: list[vs.VideoFrame]) -> vs.VideoFrame:
        raise AssertionError("the whole wide was made")

    blind = pair.wide.std.ModifyFrame([pair.wide, pair.wide], untouched)
    own = replace(pair, wide=blind, cutter=part)
    plain = overlap_rows.overlap_rows(film, Plan(model=None))
    cutting = overlap_rows.overlap_rows(replace(film, sources=(own,)), Plan(model=None))
    for a, b in zip(plain, cutting, strict=True):
        for one, other in zip(a.wide, b.wide, strict=True):
            with one.get_frame(2) as first, other.get_frame(2) as second:
                np.testing.assert_array_equal(np.asarray(first[0]), np.asarray(second[0]))
    assert asked
    assert all(rect.h < pair.wide.height for rect in asked)


@pytest.mark.parametrize("length", [8, 40])
def test_frames_that_are_compared_show_the_same_part(length: int) -> None:
    starts = range(0, 40, length)
    shots = Shots(shots=tuple(Shot(first=n, last=n + length - 1) for n in starts))
    film = cast("Any", type("Film", (), {"shots": shots}))
    frames = overlap_rows._spread(range(40), film, overlap_rows.PLACES)
    turns = overlap_rows._turns(frames, film, 2)
    assert len(frames) >= 10
    assert sorted(n for own in turns for n in own) == frames
    assert all(turns)
    for own in turns:
        for n in own:
            assert sum(shots.index(m) == shots.index(n) for m in own) >= 2
