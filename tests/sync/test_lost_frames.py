"""Copies and lost frames, told on made-up pictures whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from vsmeme.sync.prepare.band_scores import Scored
from vsmeme.sync.prepare.lost_frames import (
    first_copies,
    hold_nearest,
    measure_steps,
    without_partner,
)
from vsmeme.sync.prepare.monotone_path import Band
from vsmeme.sync.prepare.repeated_frames import (
    coded_copies,
    copies_along,
    local_level,
    motion_shown,
)

PIXELS = 4000
STEP = 0.04  # of a picture's length, from frame to frame: 8e-4 of correlation


def pictures(count: int, *, step: float = STEP, cuts: tuple[int, ...] = ()) -> np.ndarray:
    """A smooth wandering picture, a new one at each cut: rows of unit length."""
    rng = np.random.default_rng(3)
    shown, move = rng.normal(0, 1, (2, PIXELS))
    rows = []
    for n in range(count):
        if n in cuts:
            shown = rng.normal(0, 1, PIXELS)
        move = 0.9 * move + 0.45 * rng.normal(0, 1, PIXELS)
        shown = shown + step * move
        rows.append(shown / np.linalg.norm(shown))
    return np.stack(rows)


def scored(wide: np.ndarray, dvd: np.ndarray, *, noise: float = 0.0, codes: float = 1.0) -> Scored:
    """All correlations of two films, the DVD's pictures under noise of their own."""
    rng = np.random.default_rng(8)
    noisy = dvd + noise * rng.normal(0, 1, dvd.shape) / np.sqrt(PIXELS)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    rows, frames = len(wide), len(dvd)

    def change(film: np.ndarray) -> np.ndarray:
        steps = 1 - (film[1:] * film[:-1]).sum(axis=1)
        return np.concatenate(([1.0], steps)).astype(np.float32)

    return Scored(
        band=Band(low=np.zeros(rows, np.int64), width=np.full(rows, frames), frames=frames),
        flat=(wide @ noisy.T).astype(np.float32).ravel(),
        wide_change=change(wide),
        wide_codes=np.full(rows, codes, np.float32),
        dvd_change=change(noisy),
    )


def settle(found: Scored, path: list[int]) -> tuple[list[int], list[int]]:
    """Rows without a partner, and what all rows hold."""
    along = np.array(path)
    steps = measure_steps(found, along)
    missing = without_partner(found, along, steps, local_level(found.at(along)))
    own = first_copies(found, along, missing, copies_along(found, along))
    return np.flatnonzero(missing).tolist(), hold_nearest(found, own, missing).tolist()


@pytest.mark.parametrize("noise", [0.0, 0.03, 0.08])
def test_copies_are_told_from_slow_motion_under_noise(noise: float) -> None:
    master = pictures(40)
    of = [*range(12), 11, *range(12, 25), 24, 24, *range(25, 40)]
    found = scored(master, master[of], noise=noise)
    path = np.array([of.index(n) for n in range(40)])
    assert np.flatnonzero(copies_along(found, path)).tolist() == [12, 26, 27]
    if not noise:
        assert np.flatnonzero(coded_copies(found.dvd_change)).tolist() == [12, 26, 27]


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_share_of_motion(noise: float) -> None:
    """A copy shows none of the motion, the frame after a lost one both steps of it."""
    master = pictures(30, step=0.03)
    of = [*range(10), 9, *range(11, 30)]  # frame 10 is lost, 9 is shown twice
    found = scored(master, master[of], noise=noise)
    rows = np.arange(1, 30)
    shares, told = motion_shown(found, np.arange(30), rows, rows - 1, rows)
    assert told.all()
    assert abs(shares[9]) < 0.15
    assert shares[10] > 1.4
    others = np.delete(shares, [9, 10])
    assert 0.8 < others.min() <= others.max() < 1.2


def test_nothing_is_said_where_the_wide_stands_still_or_the_dvd_goes_elsewhere() -> None:
    master = pictures(20)
    still = master[[*range(10), *[9] * 10]]
    found = scored(still, still, noise=0.05)
    assert not copies_along(found, np.arange(20))[11:].any()
    jump = scored(master, pictures(20, cuts=(10,)))
    rows = np.array([10])
    _, told = motion_shown(jump, np.arange(20), rows, rows - 1, rows)
    assert not told.any()


# DVD frames of the master, path, rows without a partner, what all rows hold
EDITS: list[tuple[str, list[int], list[int], list[int], list[int]]] = [
    ("all there", [*range(12)], [*range(12)], [], [*range(12)]),
    (
        "one lost, the frame before held",
        [*range(5), *range(6, 12)],
        [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10],
        [5],
        [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10],
    ),
    (
        "one lost, the frame after held too early: the earlier of two as near counts",
        [*range(5), *range(6, 12)],
        [0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10],
        [5],
        [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10],
    ),
    (
        "one lost and the frame before doubled in its place",
        [*range(5), 4, *range(6, 12)],
        [*range(12)],
        [5],
        [0, 1, 2, 3, 4, 4, *range(6, 12)],
    ),
    (
        "one lost and the frame after doubled in its place: first copies",
        [*range(5), 6, *range(6, 12)],
        [*range(12)],
        [5],
        [0, 1, 2, 3, 4, 4, 5, *range(7, 12)],
    ),
    (
        "three lost: each holds the nearer side",
        [*range(4), *range(7, 12)],
        [0, 1, 2, 3, 3, 4, 4, 4, 5, 6, 7, 8],
        [4, 5, 6],
        [0, 1, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8],
    ),
    (
        "doubled: the second copy is not needed",
        [*range(6), 5, *range(6, 12)],
        [*range(5), 6, *range(7, 13)],
        [],
        [*range(6), *range(7, 13)],
    ),
]


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize(
    ("name", "of", "path", "missing", "held"), EDITS, ids=[edit[0] for edit in EDITS]
)
def test_lost_frames(
    name: str, of: list[int], path: list[int], missing: list[int], held: list[int], noise: float
) -> None:
    master = pictures(12, step=0.06)
    assert settle(scored(master, master[of], noise=noise), path) == (missing, held)


def test_the_later_pair_only_where_it_can_not_be_told_from_the_frame() -> None:
    master = pictures(12, step=0.06)
    of = [*range(5), *range(6, 12)]
    path = np.array([0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10])
    missing = np.arange(12) == 5
    found = scored(master, master[of])
    assert hold_nearest(found, path, missing)[5] == 4
    # the frame after it hardly differs, the one before does
    master[6] = master[5] + 0.1 * (master[6] - master[5])
    master[6] /= np.linalg.norm(master[6])
    found = scored(master, master[of])
    found.wide_codes[6] = 0.2
    assert hold_nearest(found, path, missing)[5] == 5
    found.wide_codes[5] = 0.2  # both hardly differ
    assert hold_nearest(found, path, missing)[5] == 4


def test_no_pair_of_another_shot_is_held() -> None:
    master = pictures(12, step=0.06, cuts=(5,))
    of = [*range(5), *range(6, 12)]
    path = [0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10]
    assert settle(scored(master, master[of]), path) == ([5], path)


def test_a_film_without_any_pair_stays_as_it_is() -> None:
    master = pictures(6)
    path = np.arange(6)
    assert np.array_equal(hold_nearest(scored(master, master), path, path >= 0), path)
