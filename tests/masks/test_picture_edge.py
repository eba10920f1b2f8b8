"""Masks reach the end of the picture, and what lies beyond it is no edge."""

from __future__ import annotations

import numpy as np
import pytest

from vsmeme.masks.prepare.mask_run import full_size_mask
from vsmeme.masks.prepare.picture_edge import SHORT_PX, PictureEdge

SIZE = (160, 120)
EMPTY = np.zeros((240, 320), np.uint8)
EMPTY[140:, 200:] = 255  # a corner; at half the size it begins at row 70, column 100
RED, GREEN = (200, 20, 20), (20, 160, 30)


def picture(colour: tuple[int, int, int], *, scale: int = 1) -> np.ndarray:
    """Red, black in the corner, with a band of some colour above the corner."""
    out = np.empty((120, 160, 3), np.uint8)
    out[:] = RED
    out[66:70, 100:] = colour
    out[70:, 100:] = 0
    return np.repeat(np.repeat(out, scale, 0), scale, 1)


def short(scale: int = 1) -> np.ndarray:
    """The subject is everywhere in the picture, but the mask ends four rows above the corner."""
    mask = np.ones((120, 160), np.float32)
    mask[66:, 100:] = 0
    return np.repeat(np.repeat(mask, scale, 0), scale, 1)


def test_a_short_mask_reaches_the_end_of_the_picture() -> None:
    mask, whole = PictureEdge(EMPTY, SIZE).continued(short(), picture(RED))
    assert mask.min() == 1
    assert (whole == RED).all()


def test_another_colour_keeps_its_mask() -> None:
    mask, whole = PictureEdge(EMPTY, SIZE).continued(short(), picture(GREEN))
    assert not mask[66:70, 110:].any()
    assert (whole[70:100, 140:] == GREEN).all()
    assert mask[60:66, 100:].all()


def test_nothing_is_taken_away_and_far_pixels_stay() -> None:
    rng = np.random.default_rng(3)
    before = rng.random((120, 160), np.float32)
    after, _ = PictureEdge(EMPTY, SIZE).continued(before, picture(RED))
    assert (after >= before)[:70].all()
    far = slice(0, 70 - SHORT_PX - 2)
    assert np.array_equal(after[far], before[far])


@pytest.mark.parametrize("level", [0, 255])
def test_all_or_no_picture_changes_nothing(level: int) -> None:
    border = PictureEdge(np.full((240, 320), level, np.uint8), SIZE)
    mask, whole = border.continued(short(), picture(GREEN))
    assert np.array_equal(mask, short())
    assert np.array_equal(whole, picture(GREEN))


def test_at_canvas_size_the_corner_holds_no_subject() -> None:
    mask = np.asarray(255 * short(), np.uint8)
    large, small = picture(RED, scale=2), picture(RED)
    big = full_size_mask(mask, large, small, PictureEdge(EMPTY, SIZE))
    assert (big[EMPTY > 0] == 0).all()
    assert (big[EMPTY == 0] == 255).all()
