"""Where shots begin: cuts, dissolves, black between fades; motion and flashes begin none."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import films
from sync.test_shot_maps import shot

from vsmeme.sync.prepare.shot_cuts import find_cuts

LENGTH = 30


def piece(seed: int, count: int = LENGTH) -> np.ndarray:
    """Frames of a wide: the camera moves, and something in front of it."""
    return np.stack([frame[73:503:2, ::2] for frame in shot(seed, count)])


def cuts_of(frames: np.ndarray) -> tuple[int, ...]:
    noisy = frames + np.random.default_rng(4).normal(0, 1.5, frames.shape)
    return find_cuts(films.film(iter(noisy), "wide"), 0, len(frames) - 1)


def dissolved(count: int) -> np.ndarray:
    """Two shots whose last and first frames are mixed."""
    old, new = piece(1), piece(2)
    share = ((np.arange(count) + 1) / (count + 1))[:, None, None]
    mixed = old[-count:] * (1 - share) + new[:count] * share
    return np.concatenate([old[:-count], mixed, new[count:]])


@pytest.mark.parametrize("count", [9, 14, 22])
def test_a_dissolve_is_a_shot_of_its_own(count: int) -> None:
    begin, end = cuts_of(dissolved(count))
    assert abs(begin - (LENGTH - count)) <= 2
    assert abs(end - LENGTH) <= 2


def test_a_short_dissolve_is_one_boundary() -> None:
    (cut,) = cuts_of(dissolved(5))
    assert LENGTH - 5 <= cut <= LENGTH


def test_motion_and_changing_light_are_no_dissolve() -> None:
    still = piece(3)
    assert cuts_of(still) == ()
    gain = np.interp(np.arange(LENGTH), (8, 20), (1.0, 0.5))[:, None, None]
    assert cuts_of(still * gain) == ()


def test_black_between_fades_is_one_boundary() -> None:
    fall = np.clip(np.arange(LENGTH)[::-1] / 8, 0, 1)[:, None, None]
    out, into = (piece(1) - 16) * fall + 16, (piece(2) - 16) * fall[::-1] + 16
    hole = np.full((4, *out.shape[1:]), 16.0)
    (cut,) = cuts_of(np.concatenate([out, hole, into]))
    assert abs(cut - (LENGTH + 2)) <= 2


def test_short_shots_are_shots() -> None:
    parts = [piece(seed, count) for seed, count in ((1, 12), (2, 3), (3, 1), (4, 5), (5, 12))]
    assert cuts_of(np.concatenate(parts)) == (12, 15, 16, 21)


def test_shots_of_one_frame_are_shots() -> None:
    blocks = np.random.default_rng(3).uniform(20, 230, (12, 9, 16))
    parts = [np.kron(block, np.ones((24, 32))) for block in blocks]
    lengths = [10, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 10]
    frames = np.concatenate(
        [np.repeat(part[None], count, 0) for part, count in zip(parts, lengths, strict=True)]
    )
    assert cuts_of(frames) == tuple(np.cumsum(lengths[:-1]).tolist())


def test_a_montage_is_cut_everywhere() -> None:
    """Sixty moving shots of four frames each: a level of "usual" change never settles."""
    parts = [piece(seed, 4) for seed in range(60)]
    assert cuts_of(np.concatenate(parts)) == tuple(range(4, 240, 4))


def test_a_cut_out_of_calm_is_one_however_near_the_next_ones_are() -> None:
    blocks = np.random.default_rng(8).uniform(20, 230, (4, 9, 16))
    blocks[1] = 0.55 * blocks[0] + 0.45 * blocks[1]  # much alike as small pictures
    detail = np.kron(np.random.default_rng(9).normal(0, 60, (4, 54, 128)), np.ones((4, 4)))
    pictures = [np.kron(b, np.ones((24, 32))) + d for b, d in zip(blocks, detail, strict=True)]
    lengths = [10, 1, 1, 10]
    frames = np.concatenate(
        [np.repeat(part[None], count, 0) for part, count in zip(pictures, lengths, strict=True)]
    )
    assert cuts_of(frames) == (10, 11, 12)


def test_a_short_insert_is_a_shot() -> None:
    blocks = np.random.default_rng(5).uniform(20, 230, (2, 9, 16))
    scene, insert = (np.kron(block, np.ones((24, 32)))[None] for block in blocks)
    assert cuts_of(np.concatenate([np.repeat(scene, 10, 0), insert, np.repeat(scene, 10, 0)])) == (
        10,
        11,
    )


def test_a_flash_is_no_cut() -> None:
    frames = piece(6)
    frames[14:16] += 70
    assert cuts_of(np.clip(frames, 0, 255)) == ()


def test_bars_hide_no_cut() -> None:
    pale = 110 + 0.3 * (np.concatenate([piece(1), piece(2)]) - 110)
    bar = round(0.17 * pale.shape[1])
    barred = np.pad(pale, ((0, 0), (bar, bar), (0, 0)), constant_values=16)
    assert cuts_of(pale) == (LENGTH,)
    assert cuts_of(barred) == (LENGTH,)
