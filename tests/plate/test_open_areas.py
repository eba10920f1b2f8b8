"""Open areas and the picture around them."""

from __future__ import annotations

import numpy as np

from vsmeme.plate.prepare.inpainters.open_areas import islands, open_areas


def test_areas_carry_real_picture_around_them() -> None:
    mask = np.zeros((96, 128), np.bool_)
    mask[:24, :32] = True
    mask |= np.roll(mask, (60, 90), axis=(0, 1))
    areas = open_areas(mask)
    assert len(areas) == 2
    total = np.zeros_like(mask)
    for area in areas:
        total[area.rows_columns] |= area.mask
        assert area.box.area > area.mask.sum()
    assert np.array_equal(total, mask)


def test_a_thin_rim_does_not_join_corners() -> None:
    mask = np.zeros((580, 1030), np.bool_)
    mask[:3] = mask[-3:] = True
    mask[:, :3] = mask[:, -3:] = True
    corners = [
        (rows, columns)
        for rows in (slice(0, 76), slice(504, None))
        for columns in (slice(0, 131), slice(899, None))
    ]
    for corner in corners:
        mask[corner] = True
    areas = open_areas(mask)
    assert len(areas) == 4
    assert max(area.box.w for area in areas) < 340
    total = np.zeros_like(mask)
    for area in areas:
        total[area.rows_columns] |= area.mask
    expected = np.zeros_like(mask)
    for corner in corners:
        expected[corner] = True
    assert np.array_equal(total, expected)


def test_long_areas_are_cut() -> None:
    mask = np.zeros((400, 1000), np.bool_)
    mask[:40] = True
    areas = open_areas(mask)
    assert len(areas) == 4
    assert sum(int(area.mask.sum()) for area in areas) == mask.sum()
    assert all(np.flatnonzero(area.mask.any(axis=0)).size <= 300 for area in areas)


def test_a_crop_grows_past_what_is_no_background() -> None:
    mask = np.zeros((300, 600), np.bool_)
    mask[240:, 540:] = True
    avoid = np.zeros_like(mask)
    avoid[:, 360:] = True
    avoid &= ~mask
    (plain,) = open_areas(mask)
    (grown,) = open_areas(mask, avoid=avoid)
    sources = ~(mask | avoid)
    assert np.count_nonzero(sources[plain.rows_columns]) < 3 * mask.sum()
    assert np.count_nonzero(sources[grown.rows_columns]) >= 3 * mask.sum()


def test_small_parts_that_lie_alone_are_islands() -> None:
    known = np.zeros((200, 300), np.bool_)
    known[:, :100] = True
    known[20:80, 150:250] = True  # a tenth of the picture: background behind an arm
    known[150:158, 200:210] = True
    expected = np.zeros_like(known)
    expected[150:158, 200:210] = True
    assert np.array_equal(islands(known), expected)


def test_the_only_part_is_no_island() -> None:
    known = np.zeros((200, 300), np.bool_)
    assert not islands(known).any()
    known[150:152, 200:202] = True
    assert not islands(known).any()
