"""Boxes that cut a subject off, and boxes that fit it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vsmeme.masks.prepare.cut_by_box import cut_sides

SIZE = (270, 480)
CENTRE, AXES = (240, 135), (90, 60)


def ellipse(box: tuple[int, int, int, int]) -> np.ndarray:
    """An ellipse of which only what lies in a box was found."""
    mask = np.zeros(SIZE, np.uint8)
    cv2.ellipse(mask, CENTRE, AXES, 0, 0, 360, 255, -1)
    x, y, w, h = box
    inside = np.zeros(SIZE, np.uint8)
    inside[y : y + h, x : x + w] = 255
    return np.minimum(mask, inside)


@pytest.mark.parametrize(
    ("box", "sides"),
    [
        ((140, 60, 200, 150), ()),  # with room
        ((148, 73, 184, 124), ()),  # as tight as a hand can draw it
        ((190, 60, 150, 150), ("left",)),
        ((140, 60, 120, 150), ("right",)),
        ((140, 100, 200, 110), ("top",)),
        ((190, 60, 150, 90), ("left", "bottom")),
    ],
)
def test_a_cut_is_named(box: tuple[int, int, int, int], sides: tuple[str, ...]) -> None:
    assert cut_sides(ellipse(box), [box]) == sides


def test_the_pictures_own_edge_cuts_nothing() -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[100:, 150:300] = 255
    assert cut_sides(mask, [(140, 90, 170, 180)]) == ()
    assert cut_sides(mask, [(140, 90, 170, 120)]) == ("bottom",)


def test_several_boxes_are_not_judged() -> None:
    box = (190, 60, 150, 150)
    assert cut_sides(ellipse(box), [box, (100, 60, 90, 150)]) == ()
