"""Placements that a person gives: for single shots, on any frame, turned_left_to_right."""

from __future__ import annotations

import numpy as np
import pytest

from vsmeme.settings.subject_settings import FacePlacement, FaceSetting
from vsmeme.subject.prepare.face_picture import Picture, turned_left_to_right
from vsmeme.subject.prepare.follow_regions import wanted_in
from vsmeme.sync.shots import Shot


def test_a_shot_s_own_placement_beats_the_one_for_all() -> None:
    every = FacePlacement(centre=(1, 1), width=10)
    own = FacePlacement(centre=(2, 2), width=20, frame=15)
    shots = (Shot(first=0, last=9), Shot(first=10, last=19))
    assert [wanted_in(shot, (every, own)) for shot in shots] == [every, own]
    assert [wanted_in(shot, (own,)) for shot in shots] == [None, own]
    assert wanted_in(shots[0], ()) is None
    assert FaceSetting(placement=every).placements == (every,)
    assert FaceSetting(placement=(every, own)).placements == (every, own)
    assert FaceSetting().placements == ()


def test_mirroring_keeps_eyes_eyes() -> None:
    rgb = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    points = np.array([[1.0, 1], [4, 1], [2.5, 2], [1.5, 3], [3.5, 3]])
    turned = turned_left_to_right(Picture(rgb=rgb, alpha=rgb[..., 0], points=points))
    assert np.array_equal(turned.rgb, rgb[:, ::-1])
    assert turned.points is not None
    assert turned.points == pytest.approx(
        np.array([[2.0, 1], [5, 1], [3.5, 2], [2.5, 3], [4.5, 3]])
    )
    again = turned_left_to_right(turned)
    assert np.array_equal(again.rgb, rgb)
    assert again.points == pytest.approx(points)
