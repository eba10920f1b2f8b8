"""Scenes in another order, and other cuts: what is where is told, and has no partner."""

from __future__ import annotations

import numpy as np
import pytest
from sync.test_shot_maps import FRAMES, PLAIN, dvd_of, film_of, wide_of

from vsmeme.sync.prepare.match_films import Match, match_films
from vsmeme.sync.prepare.other_order import Elsewhere, dvd_alone, find_elsewhere
from vsmeme.sync.prepare.proxies import FilmProxies

SHOTS = 5


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    return film_of([PLAIN] * SHOTS)


def matched(
    frames: list[np.ndarray], order: list[int]
) -> tuple[FilmProxies, FilmProxies, Match, list[tuple[int, int]]]:
    """A DVD with the shots in an order of its own, and the wide's runs without partner."""
    numbers = [n for shot in order for n in range(shot * FRAMES, (shot + 1) * FRAMES)]
    wide = wide_of(frames[: SHOTS * FRAMES])
    dvd = dvd_of([frames[n] for n in numbers], [PLAIN] * len(numbers))
    match = match_films(wide, dvd)
    end = match.first + len(match.dvd)
    lost = np.ones(len(wide) + 2, bool)
    lost[[0, -1]] = False
    lost[match.first + 1 : end + 1] = match.missing
    edges = np.flatnonzero(np.diff(lost.astype(np.int8)))
    spans = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    return wide, dvd, match, spans


def test_a_shot_in_another_order_is_named_with_its_place(frames: list[np.ndarray]) -> None:
    wide, dvd, match, spans = matched(frames, [0, 3, 1, 2, 4])
    assert spans == [(3 * FRAMES, 4 * FRAMES)]
    shown = find_elsewhere(wide, dvd, match, spans)
    assert shown == [Elsewhere(wide=(3 * FRAMES, 4 * FRAMES), dvd=(FRAMES, 2 * FRAMES))]
    assert dvd_alone(match, shown) == []


def test_halves_in_another_order_are_named(frames: list[np.ndarray]) -> None:
    wide, dvd, match, spans = matched(frames, [2, 3, 4, 0, 1])
    assert (match.first, spans) == (2 * FRAMES, [(0, 2 * FRAMES)])
    shown = find_elsewhere(wide, dvd, match, spans)
    assert shown == [Elsewhere(wide=(0, 2 * FRAMES), dvd=(3 * FRAMES, 5 * FRAMES))]


def test_another_cut_is_told_from_another_order(frames: list[np.ndarray]) -> None:
    extra = [*frames, *film_of([PLAIN], seeds=[31])]
    wide, dvd, match, spans = matched(extra, [0, 1, 5, 2, 4])
    assert spans == [(3 * FRAMES, 4 * FRAMES)]
    assert find_elsewhere(wide, dvd, match, spans) == []
    assert dvd_alone(match, []) == [(2 * FRAMES, 3 * FRAMES)]
