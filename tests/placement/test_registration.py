from typing import Any

import cv2
import numpy as np
import pytest
from scenes.placed_pairs import fitted, layout_of, placed

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.placement.prepare.registration import measure_fit
from vsmeme.placement.prepare.shot_groups import group_shots
from vsmeme.placement.prepare.shot_placement import RELIABLE

Pair = tuple[Any, Any]
WIDE, DVD, TOP = (512, 216), (96, 72), 36


def scene(seed: int, shift: tuple[int, int] = (0, 0)) -> Pair:
    """A canvas of 512x288 with detail at every size; `shift` re-frames it by whole canvas px."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((320, 544), np.float32)
    for size in (2, 4, 8, 24):
        noise = cv2.GaussianBlur(rng.normal(size=canvas.shape).astype(np.float32), (0, 0), size)
        canvas += noise / noise.std() * 14
    canvas = np.clip(canvas + 110, 16, 235)
    x, y = 16 + shift[0], 16 + shift[1]
    wide = canvas[16 + TOP : 16 + TOP + WIDE[1], 16 : 16 + WIDE[0]]
    dvd = cv2.resize(canvas[y : y + 288, x + 64 : x + 448], DVD, interpolation=cv2.INTER_AREA)
    return wide, dvd + rng.normal(size=dvd.shape).astype(np.float32)


def graded(pair: Pair, gamma: float = 0.8) -> Pair:
    wide, dvd = pair
    dvd = 20 + 190 * (np.clip(dvd, 0, 255) / 255) ** gamma
    return np.round(wide).astype(np.uint8), np.round(dvd).astype(np.uint8)


def test_finds_the_integer_placement_through_a_grade() -> None:
    pairs = [graded(scene(seed)) for seed in range(4)]
    assert fitted(pairs).model.name == "nominal"
    layout = layout_of(pairs)
    assert layout.canvas == (512, 288)
    assert layout.wide == Rect(x=0, y=TOP, w=512, h=216)
    assert layout.dvd == Rect(x=64, y=0, w=384, h=288)
    assert layout.fit.max_misfit_px < 0.06
    assert layout.fit.correlation > 0.9


def test_a_logo_and_black_edges_do_not_move_it() -> None:
    pairs = []
    for seed in range(4):
        wide, dvd = graded(scene(seed))
        dvd[40:52, 70:88] = 235
        dvd[:, :3] = 16
        dvd[:, -2:] = 16
        pairs.append((wide, dvd))
    layout = layout_of(pairs)
    assert layout.dvd == Rect(x=64, y=0, w=384, h=288)


def test_the_pixel_aspect_is_found_where_the_tag_is_wrong() -> None:
    pairs = []
    for seed in range(4):
        wide, dvd = graded(scene(seed))
        pairs.append((wide, cv2.resize(dvd, (96, 64), interpolation=cv2.INTER_AREA)))
    rough = ((4.1, 0.0, 60.0), (0.0, 4.4, -33.0))  # as small proxies show it
    layout = layout_of(pairs, start=rough)
    assert layout.dvd_size == (96, 72)
    assert layout.dvd == Rect(x=64, y=0, w=384, h=288)


def test_a_shot_reframed_by_one_canvas_px_stands_apart() -> None:
    pairs = [graded(scene(seed, (1, 0) if seed in (2, 3) else (0, 0))) for seed in range(8)]
    shots = [placed(pairs[2 * n : 2 * n + 2], shot=n) for n in range(4)]
    groups, lost = group_shots(shots, aspect=1.0)
    assert lost == []
    assert [sorted(member.shot for member in group.members) for group in groups] == [[0, 2, 3], [1]]
    (x, own) = (group.matrix[0, 2] for group in groups)
    assert own - x == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("px", "family"), [(0.08, "nominal"), (0.3, "turned")])
def test_a_still_shot_is_turned_where_that_is_plain(px: float, family: str) -> None:
    """What three frames that are one picture say of so little is one picture's error."""
    tilt = px / (DVD[0] / 2)
    turn = np.array([[1, tilt, -tilt * DVD[1] / 2], [-tilt, 1, tilt * DVD[0] / 2]])
    wide, dvd = graded(scene(30, (3, 0)))
    turned = cv2.warpAffine(dvd, turn, DVD, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    still = placed([(wide, turned)] * 3, shot=1)
    others = placed([graded(scene(seed)) for seed in range(3)], shot=0)
    groups, lost = group_shots([others, still], aspect=1.0)
    assert lost == []
    assert [g.family and g.family.name for g in groups if g.members[0].shot == 1] == [family]


def test_unrelated_pictures_are_not_believed() -> None:
    pairs = [(graded(scene(seed))[0], graded(scene(seed + 50))[1]) for seed in range(4)]
    found = placed(pairs)
    assert found.correlation < RELIABLE / 2
    assert group_shots([found], aspect=1.0) == ([], [found])
    start = np.array([[4.0, 0.0, 64.0], [0.0, 4.0, -36.0]])
    with pytest.raises(UsageError, match=r"best correlation is 0\.[0-4]\d, expected at least 0.5"):
        measure_fit(pairs, start=start)
