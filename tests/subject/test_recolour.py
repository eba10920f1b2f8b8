"""Recolour, fringes, detail: exact where nothing may change, near the target where it must."""

from __future__ import annotations

import numpy as np
import pytest
import vapoursynth as vs
from pixels.test_warp import clip_of, reference
from subject.test_insert_face import H, N, W, disc, film, planes

from vsmeme.errors import UsageError
from vsmeme.pixels.matrix import similarity
from vsmeme.pixels.rect import Rect
from vsmeme.subject.aberration import chromatic_aberration
from vsmeme.subject.recolour import (
    gamut_hits,
    parse_colour,
    recolour,
    sharpen,
)

core = vs.core
PINK = (1.0, 0x2F / 255, 0xA0 / 255)


def outside() -> np.ndarray:
    return np.asarray(disc().get_frame(0)[0]) == 0


def real_film() -> vs.VideoNode:
    """Colours that exist, with dark and grey parts."""
    rng = np.random.default_rng(5)
    rgb = rng.random((3, H, W))
    rgb[:, :, : W // 2] = rng.random((1, H, W // 2)) * np.linspace(0.02, 1, W // 2)
    clip = core.resize.Point(clip_of([rgb], vs.RGBS), format=vs.YUV444P16, matrix=1)
    return core.std.Loop(clip, N)


def hue(yuv: np.ndarray) -> np.ndarray:
    u, v = (yuv[1:].astype(float) - 32768) / 57344
    return np.degrees(np.arctan2(v, u))


def test_recolour_keeps_luma_and_outside_and_reaches_the_hue() -> None:
    clip = real_film()
    full = core.std.BlankClip(disc(), color=255, keep=True)
    before, after = planes(clip, 3), planes(recolour(clip, full, "#ff2fa0"), 3)
    assert (before[0] == after[0]).all()
    y = 0.2126 * PINK[0] + 0.7152 * PINK[1] + 0.0722 * PINK[2]
    target = np.degrees(np.arctan2((PINK[0] - y) / 1.5748, (PINK[2] - y) / 1.8556))
    coloured = np.hypot(*(after[1:].astype(float) - 32768)) > 300
    assert coloured.mean() > 0.9
    assert np.abs(hue(after) - target)[coloured].max() < 1.0
    masked = planes(recolour(clip, disc(), PINK), 3)
    assert (masked[:, outside()] == before[:, outside()]).all()


def test_recolour_stays_inside_rgb() -> None:
    full = core.std.BlankClip(disc(), color=255, keep=True)
    pink = recolour(real_film(), full)
    rgb = planes(core.resize.Point(pink, format=vs.RGBS), 0)
    assert rgb.min() > -1e-3
    assert rgb.max() < 1 + 1e-3
    hits = planes(gamut_hits(real_film(), full), 0)[0]
    assert set(np.unique(hits)) == {0, 255}


def test_spare_and_strength() -> None:
    clip = real_film()
    full = core.std.BlankClip(disc(), color=255, keep=True)
    assert (planes(recolour(clip, disc(), spare=full), 0) == planes(clip, 0)).all()
    assert (planes(recolour(clip, disc(), strength=0.0), 0) == planes(clip, 0)).all()
    half = planes(recolour(clip, full, strength=0.5), 0).astype(int)
    whole = planes(recolour(clip, full), 0).astype(int)
    assert np.abs(half - (planes(clip, 0).astype(int) + whole) / 2).max() <= 1


def test_aberration_moves_red_and_blue_and_nothing_outside() -> None:
    clip = real_film()
    before = planes(clip, 2)
    out = planes(chromatic_aberration(clip, disc(), strength_px=4.0), 2)
    assert (out[:, outside()] == before[:, outside()]).all()
    assert (out[:, ~outside()] != before[:, ~outside()]).any(0).mean() > 0.9
    part = chromatic_aberration(clip, disc(), strength_px=4.0, region=Rect(x=20, y=3, w=60, h=60))
    assert np.abs(planes(part, 2).astype(int) - out).max() <= 1


@pytest.mark.parametrize("centre", [None, (10.0, 50.0), [(20.0 + n, 30.0) for n in range(N)]])
def test_aberration_is_a_scaling_of_the_channels(centre: object) -> None:
    y, x = np.mgrid[0:H, 0:W]
    rgb = np.stack([0.5 + 0.3 * np.sin(x / 5 + i) * np.cos(y / 6) for i in range(3)])
    clip = core.resize.Point(clip_of([rgb], vs.RGBS), format=vs.YUV444P16, matrix=1)
    clip = core.std.Loop(clip, N)
    full = core.std.BlankClip(disc(), color=255, keep=True)
    moved = chromatic_aberration(clip, full, strength_px=4.0, centre=centre)  # type: ignore[arg-type]
    got = planes(core.resize.Point(moved, format=vs.RGBS), 3)
    at = (W / 2, H / 2) if centre is None else centre[3] if isinstance(centre, list) else centre
    factor = 4.0 / (np.hypot(W, H) / 2)
    source = planes(core.resize.Point(clip, format=vs.RGBS), 3).astype(float)
    for channel, scale in ((0, 1 + factor), (1, 1.0), (2, 1 - factor)):
        grown = similarity(scale=scale, degrees=0, from_point=at, to_point=at)  # type: ignore[arg-type]
        want = reference(source[channel], grown, (W, H), "bicubic")
        inner = np.s_[8:-8, 8:-8]  # beyond the picture either way of going on is as good
        assert np.abs(got[channel] - want)[inner].max() < 1e-3


def test_sharpen_touches_only_luma_inside() -> None:
    clip = film()
    before, after = planes(clip, 1), planes(sharpen(clip, disc(), strength=1.0), 1)
    assert (before[1:] == after[1:]).all()
    assert (before[:, outside()] == after[:, outside()]).all()
    assert (before[0] != after[0])[~outside()].mean() > 0.5
    part = sharpen(clip, disc(), strength=1.0, region=Rect(x=20, y=3, w=60, h=60))
    assert (planes(part, 1)[:, 20:50, 35:60] == after[:, 20:50, 35:60]).all()


def test_guards() -> None:
    clip, mask = film(), disc()
    for bad, match in (
        (lambda: recolour(clip, mask[:2]), "recolour: mask: expected 5 frames"),
        (lambda: recolour(clip, mask, "pink"), "#rrggbb"),
        (lambda: recolour(clip, mask, strength=1.5), "strength"),
        (lambda: recolour(clip, clip), "GRAY8 or GRAY16"),
        (lambda: sharpen(clip, mask, strength=-1), "strength"),
        (lambda: sharpen(clip, mask, region=Rect(x=90, y=0, w=20, h=20)), "region"),
        (lambda: chromatic_aberration(clip, mask, strength_px=500), "strength_px"),
        (lambda: chromatic_aberration(clip, mask, centre=[(1.0, 1.0)] * 2), "centre"),
    ):
        with pytest.raises(UsageError, match=match):
            bad()
    assert parse_colour("#0080ff") == (0.0, 128 / 255, 1.0)
    assert parse_colour("pink") is None
