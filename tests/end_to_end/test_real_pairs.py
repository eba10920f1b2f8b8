from pathlib import Path

import numpy as np
import pytest
from scenes.footage_pairs import footage as opened
from scenes.placed_pairs import layout_of, placed

from vsmeme.placement.prepare.shot_groups import group_shots


@pytest.mark.parametrize("name", ["d2_meeting", "d4_bunny"])
def test_real_pairs_are_placed_to_a_twentieth_of_a_dvd_px(name: str, footage: Path) -> None:
    pair = opened(name)
    layout = layout_of(pair.luma(8))
    truth = pair.to_canvas + np.array([[0, 0, 0], [0, 0, layout.wide.y - pair.top]])
    width, height = pair.dvd_size
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]).T
    away = np.linalg.solve(truth[:, :2], (np.array(layout.fit.matrix) - truth) @ corners)
    assert np.hypot(*away).max() < 0.05
    assert (layout.dvd.x, layout.dvd.y) == {"d2_meeting": (128, 8), "d4_bunny": (130, -5)}[name]


def test_another_film_is_not_placed(footage: Path) -> None:
    wide = [w for w, _ in opened("d1_tos", step=40).luma(6)]
    dvd = [d for _, d in opened("d3_signs", step=40).luma(6)]
    found = placed(list(zip(wide, dvd, strict=True)))
    assert group_shots([found], aspect=1.0) == ([], [found])
