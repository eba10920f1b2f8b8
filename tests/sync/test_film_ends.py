"""What belongs to a film beyond its first and last pair."""

from __future__ import annotations

import numpy as np
import pytest
from sync.test_other_order import SHOTS, matched
from sync.test_shot_maps import FRAMES, PLAIN, dvd_of, film_of, wide_of

from vsmeme.sync.prepare.film_ends import with_ends
from vsmeme.sync.prepare.match_films import match_films

BLACK = 16.0


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    return film_of([PLAIN] * SHOTS)


def test_what_the_dvd_shows_later_stays_in_the_film(frames: list[np.ndarray]) -> None:
    wide, dvd, match, spans = matched(frames, [2, 3, 4, 0, 1])
    whole = with_ends(wide, dvd, match, spans)
    assert (match.first, whole.first) == (2 * FRAMES, 0)
    assert len(whole.dvd) == len(whole.using) == SHOTS * FRAMES
    assert whole.missing[: 2 * FRAMES].all()
    assert not whole.confident[: 2 * FRAMES].any()
    assert (whole.dvd[2 * FRAMES :] == match.dvd).all()
    assert (np.diff(whole.dvd) >= 0).all()


def test_what_the_dvd_does_not_show_is_left_out(frames: list[np.ndarray]) -> None:
    wide, dvd, match, spans = matched(frames, [2, 3, 4])
    assert with_ends(wide, dvd, match, spans).first == match.first == 2 * FRAMES


def faded(frames: list[np.ndarray]) -> list[np.ndarray]:
    """The same frames, going to black."""
    shares = np.linspace(1, 0, len(frames))
    return [BLACK + (frame - BLACK) * k for frame, k in zip(frames, shares, strict=True)]


@pytest.mark.parametrize("shots", [2, 3])
def test_a_fade_to_black_belongs_to_the_film(frames: list[np.ndarray], shots: int) -> None:
    black, end = [np.full_like(frames[0], BLACK)], shots * FRAMES
    wide = wide_of([*frames[: end - 12], *faded(frames[end - 12 : end]), *10 * black])
    early = [*frames[: end - 20], *faded(frames[end - 20 : end - 8]), *18 * black]
    dvd = dvd_of(early, [PLAIN] * len(early))
    match = match_films(wide, dvd)
    whole = with_ends(wide, dvd, match, [])
    assert len(match.dvd) <= end
    assert (whole.first, len(whole.dvd)) == (0, len(wide))
    assert whole.missing[end - 8 : end - 2].all()
    assert not whole.missing[end:].any()
    assert (whole.dvd[end:] == np.arange(end, len(wide))).all()


def test_a_dvd_that_ends_in_black_does_not_lengthen_the_film(frames: list[np.ndarray]) -> None:
    black = [np.full_like(frames[0], BLACK)] * FRAMES
    wide = wide_of(frames[: 3 * FRAMES])
    dvd = dvd_of([*frames[: 2 * FRAMES], *black], [PLAIN] * (3 * FRAMES))
    match = match_films(wide, dvd)
    assert len(with_ends(wide, dvd, match, []).dvd) == len(match.dvd) == 2 * FRAMES
