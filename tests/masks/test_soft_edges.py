"""Hair and motion blur keep their alpha at full size, and edges over still picture do not boil."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scenes.soft_edges import WORK_SIZE, SoftFigure, edge_errors

from vsmeme.masks.prepare.propagation.edge_refinement import enlarge
from vsmeme.masks.prepare.propagation.still_edges import StillEdges


@pytest.mark.parametrize(("blur_px", "alpha", "fringe"), [(0, 0.12, 5.0), (12, 0.08, 5.0)])
def test_hair_and_motion_blur_are_mixtures(blur_px: int, alpha: float, fringe: float) -> None:
    """Half the error of an edge that only follows the picture; the recolour's rim, likewise."""
    figure = SoftFigure.draw(1920, 1080, seed=1, blur_px=blur_px)
    plain = edge_errors(figure, soft=False)
    mixed = edge_errors(figure, soft=True)
    assert mixed.alpha < min(alpha, 0.65 * plain.alpha)
    assert mixed.fringe < min(fringe, 0.75 * plain.fringe)
    assert mixed.boil < 0.5 * plain.boil


def halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> np.ndarray:
    picture = np.empty((120, 200, 3), np.uint8)
    picture[:, :100], picture[:, 100:] = left, right
    return picture


def half_mask(edge: int = 100) -> np.ndarray:
    mask = np.zeros((120, 200), np.float32)
    mask[:, :edge] = 1
    return mask


def test_alike_colours_keep_the_edge_where_it_is() -> None:
    """What colours cannot tell is not made up."""
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal(120, 12, (120, 200, 3)), 0, 255).astype(np.uint8)
    soft = enlarge(half_mask(), picture, soft=True)
    assert (soft[:, :98] == 255).all()
    assert (soft[:, 103:] == 0).all()


def test_a_rim_of_a_third_colour_stays_the_subjects() -> None:
    """A light collar between a dark coat and a grey wall is no mixture of the two."""
    picture = halves((30, 30, 40), (120, 125, 120))
    picture[:, 98:100] = (240, 60, 60)
    soft = enlarge(half_mask(), picture, soft=True)
    assert soft[:, 98:100].min() > 200


def test_beyond_the_band_nothing_changes() -> None:
    picture = halves((30, 30, 40), (200, 205, 190))
    picture[50:60, 40:60] = (200, 205, 190)  # background's colour deep inside
    picture[50:60, 140:160] = (30, 30, 40)
    soft = enlarge(half_mask(), picture, soft=True)
    assert np.array_equal(soft > 127, half_mask() > 0.5)


def test_still_edges_wait_and_moving_ones_do_not() -> None:
    """Over still picture a mask that jitters changes by less; where it moves, it is followed."""
    rng = np.random.default_rng(1)
    picture = cv2.resize(rng.integers(0, 255, (9, 16, 3), np.uint8), (96, 54))
    masks = [np.full((216, 384), level, np.uint8) for level in (100, 200)]
    still = StillEdges()
    still.steadied(masks[0], picture)
    assert still.steadied(masks[1], picture).mean() == pytest.approx(130, abs=1)
    moving = StillEdges()
    moving.steadied(masks[0], picture)
    assert np.array_equal(moving.steadied(masks[1], 255 - picture), masks[1])


def test_what_is_wholly_in_or_out_is_never_mixed_over_time() -> None:
    picture = np.full((54, 96, 3), 90, np.uint8)
    inside, outside = (np.full((216, 384), level, np.uint8) for level in (255, 0))
    still = StillEdges()
    for mask in (inside, outside, inside):
        assert np.array_equal(still.steadied(mask, picture), mask)


def test_a_moving_figure_is_not_followed_late() -> None:
    """Three px a frame at 1920: the steadied edge is as right as each frame's own."""
    figure = SoftFigure.draw(1920, 1080, seed=2)
    still = StillEdges()
    apart = []
    for n in range(3):
        shift = np.array([[1, 0, 3 * n], [0, 1, 0]], np.float32)
        alpha = cv2.warpAffine(figure.alpha, shift, (1920, 1080), borderMode=cv2.BORDER_REPLICATE)
        moved = SoftFigure(alpha=alpha, own=figure.own, behind=figure.behind)
        small = cv2.resize(moved.frame(), WORK_SIZE, interpolation=cv2.INTER_AREA)
        own = np.asarray((255 * alpha).round(), np.uint8)
        made = still.steadied(own, small)
        mixed = (alpha > 0.02) & (alpha < 0.98)
        apart.append(np.abs(made.astype(np.float32) - own)[mixed].mean() / 255)
    assert max(apart) < 0.03
