"""A mirror of the picture beside missing area, and when it stands in for the plate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import vapoursynth as vs
from scenes.lacking import (
    CASES,
    SIZE,
    Picture,
    as_clip,
    lack_mask,
    missing_beside,
    planes,
    smooth_picture,
)

from vsmeme import readers, stages
from vsmeme.pixels.matrix import translation
from vsmeme.pixels.rect import Rect
from vsmeme.plate.area_membrane import plan_borders
from vsmeme.plate.background import background
from vsmeme.plate.ledger import RETOUCHED
from vsmeme.plate.mirror import MIDDLE, mirrored
from vsmeme.plate.prepare.choose_fill import FillClips, area_edges, better_fill, choose_fill
from vsmeme.project import Project
from vsmeme.stage_parts.border_stage import lacking_areas
from vsmeme.stage_parts.mask_stage import subject_mask

core = vs.core


def textured(seed: int) -> Picture:
    """Structure of some px on a smooth picture."""
    fine = smooth_picture(seed + 50, blur=2.5, mean=0.0).astype(np.int16).astype(int)
    return np.clip(smooth_picture(seed).astype(int) + fine, 4096, 60000).astype(np.uint16)


def lack_of(areas: tuple[Rect, ...]) -> np.ndarray:
    lack = np.zeros(SIZE[::-1], np.bool_)
    for area in areas:
        lack[area.y : area.bottom, area.x : area.right] = True
    return lack


@pytest.mark.parametrize("case", ["corners", "one side", "whole bands"])
def test_structure_runs_over_the_edge_and_no_real_sample_is_touched(case: str) -> None:
    areas = missing_beside(CASES[case])
    picture, lack = textured(2), lack_of(areas)
    clip = as_clip([np.where(lack, 4096, picture).astype(np.uint16)])
    plate = as_clip([np.full_like(picture, 22000)])
    shown = {
        fill: planes(background(clip, plate, lack_mask(areas, 1), areas=areas, fill=fill), 0)
        for fill in ("plate", "mirror")
    }
    assert (shown["mirror"] == picture)[:, ~lack].all()
    area = max(areas, key=lambda each: each.w)
    at = area.bottom if area.y == 0 else area.y
    columns = slice(area.x, area.right)
    steps = {
        fill: np.abs(np.diff(out[0, at - 1 : at + 1, columns].astype(float), axis=0)).mean()
        for fill, out in shown.items()
    }
    usual = np.abs(np.diff(picture[0].astype(float), axis=0)).mean()
    assert steps["mirror"] < 0.4 * steps["plate"]
    assert steps["mirror"] < 0.4 * usual
    # beside the edge it has the picture's own contrast, far from it next to none
    rows = (at - 6, at - 2) if area.y == 0 else (at + 2, at + 6)
    near = shown["mirror"][0, rows[0] : rows[1], columns].astype(float)
    beside = picture[0, SIZE[1] - rows[1] : SIZE[1] - rows[0], columns].astype(float)
    assert np.diff(near, axis=1).std() > 0.4 * np.diff(beside, axis=1).std()


def test_what_is_to_be_avoided_is_not_shown_twice() -> None:
    areas = missing_beside(CASES["whole bands"])
    borders = plan_borders(areas, SIZE)
    fine = np.random.default_rng(4).normal(0, 900, textured(4).shape)
    clip = as_clip([np.clip(textured(4) + fine, 4096, 60000).astype(np.uint16)])
    avoid = core.std.BlankClip(format=vs.GRAY8, width=SIZE[0], height=SIZE[1], length=1)
    avoid = core.akarin.Expr(avoid, "X 100 > X 220 < and 255 0 ?")
    for plain, without in zip(
        mirrored(clip, borders), mirrored(clip, borders, avoid=avoid), strict=True
    ):
        a, b = (planes(each, 0).astype(int) - MIDDLE for each in (plain, without))
        plain_steps, steps = (np.abs(np.diff(each[0, :, 120:200])).mean() for each in (a, b))
        assert plain_steps > 100
        assert steps < 0.45 * plain_steps
        assert (a[:, :, :80] == b[:, :, :80]).all()


@pytest.mark.parametrize("px", [1, 2, 3, 4, 5])
def test_thin_strips_of_missing_picture_are_filled_too(px: int) -> None:
    areas = (Rect(x=0, y=0, w=SIZE[0], h=px), Rect(x=0, y=px, w=px, h=40))
    picture, lack = textured(3), lack_of(areas)
    clip = as_clip([np.where(lack, 4096, picture).astype(np.uint16)])
    plate = as_clip([np.full_like(picture, 22000)])
    made = background(clip, plate, lack_mask(areas, 1), areas=areas, fill="mirror")
    out = planes(made, 0)
    assert (out == picture)[:, ~lack].all()
    assert np.abs(out[0, px - 1].astype(float) - out[0, px]).mean() < 2500


def test_frames_are_the_same_in_any_order() -> None:
    areas = missing_beside(CASES["corners"])
    clip = as_clip([textured(seed) for seed in range(3)])

    def render(order: list[int]) -> dict[int, bytes]:
        out = background(clip, clip[0], lack_mask(areas, 3), areas=areas, fill="mirror")
        return {n: planes(out, n).tobytes() for n in order}

    assert render([0, 1, 2]) == render([2, 0, 1])


@pytest.mark.parametrize(
    ("plate", "mirror", "followed", "fill"),
    [
        ((1.9, 1.4), (0.7, 1.0), True, "plate"),  # small enough, and it shows what belongs there
        ((1.9, 1.6), (0.7, 1.0), True, "mirror"),  # it has a line of its own
        ((2.6, 1.0), (0.7, 1.0), True, "mirror"),
        ((2.6, 1.0), (2.8, 1.0), True, "plate"),
        ((1.4, 1.0), (0.7, 1.0), False, "mirror"),  # stands still under a moving picture
        ((0.6, 1.0), (0.7, 1.0), False, "plate"),
    ],
)
def test_the_smaller_step_decides_unless_the_plate_follows_without_a_line_of_its_own(
    plate: tuple[float, float], mirror: tuple[float, float], followed: bool, fill: str
) -> None:
    steps, lines = ({"plate": a, "mirror": b} for a, b in zip(plate, mirror, strict=True))
    assert better_fill(steps, lines, followed=followed) == fill
    assert better_fill({}, {}, followed=followed) == ("plate" if followed else "mirror")


def test_a_line_in_the_middle_of_what_was_made_up_stands_out() -> None:
    """What a copied piece ends in lies far from every edge: no step beside them shows it."""
    area, h, w = Rect(x=0, y=0, w=120, h=70), 200, 300
    smooth = np.broadcast_to(np.linspace(20000, 30000, w), (3, h, w)).astype(np.uint16)
    boxed = smooth.copy()
    boxed[:, :34, :60] -= 12000
    for edge in area_edges([area], (w, h)):
        assert edge.strongest_line(smooth) < 1.3
        assert max(edge.ratios(boxed)) < 1.5
        assert edge.strongest_line(boxed) > 10


def test_what_is_made_up_and_livelier_than_all_around_stands_out() -> None:
    """A smooth picture; in its corner lies structure that begins without a step."""
    area, h, w = Rect(x=0, y=0, w=90, h=60), 200, 300
    smooth = np.broadcast_to(np.linspace(20000, 30000, w), (3, h, w)).astype(np.float64)
    away = np.minimum(60 - np.arange(60)[:, None], 90 - np.arange(90)[None])  # px from the edges
    waves = 6000 * np.sin(np.arange(60)[:, None] / 3) * np.sin(np.arange(90)[None] / 3)
    lively = smooth.copy()
    lively[:, :60, :90] += waves * np.clip((away - 6) / 8, 0, 1)
    edges = list(area_edges([area], (w, h)))
    assert {edge.upright for edge in edges} == {True, False}
    for edge in edges:
        own, inside = edge.ratios(smooth.astype(np.uint16))
        assert own < 2
        assert inside < 2
        own, inside = edge.ratios(lively.astype(np.uint16))
        assert own < 2
        assert inside > 3


@pytest.mark.parametrize("rows", [3, 4, 5])
def test_picture_too_thin_for_a_step_has_no_edge(rows: int) -> None:
    edges = list(area_edges([Rect(x=0, y=rows, w=90, h=60)], (300, 200)))
    level = [edge.at for edge in edges if not edge.upright]
    assert level == ([rows, rows + 60] if rows == 5 else [rows + 60])
    picture = np.full((3, 200, 300), 20000, np.uint16)
    assert all(edge.ratios(picture) == (0, 1) for edge in edges)


def test_a_plate_that_goes_astray_gives_way(exported: Project) -> None:
    runs = readers.placements(exported)
    clips = FillClips(
        picture=stages.composite(exported, "fast"),
        missing=stages.missing(exported),
        avoid=subject_mask(stages.masks(exported)),
        lacks=lacking_areas(runs),
    )
    key = next(iter(readers.ledger(exported).keys))
    assert set(key.steps) == {"plate", "mirror"}
    assert set(key.lines) == set(key.steps)
    assert key.fill == better_fill(key.steps, key.lines, followed=key.followed)
    count = key.last - key.first + 1
    astray = replace(key, motion=tuple(translation(11.0 * n, 7.0 * n) for n in range(count)))
    lost = choose_fill(astray, clips, exported.work)
    assert lost.steps["plate"] > 1.2 * key.steps["plate"]
    assert lost.steps["mirror"] == key.steps["mirror"]
    assert lost.fill == "mirror"
    assert choose_fill(astray, clips, exported.work, "plate").fill == "plate"
    painted = choose_fill(replace(astray, backend=RETOUCHED), clips, exported.work)
    assert painted.fill == "plate"
