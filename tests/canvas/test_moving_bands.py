"""Bands that move within a shot, and many placements in one graph, against still ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from canvas.test_composite import BLACK, noise, planes
from canvas.test_four_sides import layout_around
from scenes.bands import dvd_clip

from vsmeme.bands.upscale_bands import fast_strips
from vsmeme.canvas import film_canvas as room
from vsmeme.canvas.composite import missing_mask
from vsmeme.canvas.film_canvas import Sources, film_canvas, film_mask
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Layout
from vsmeme.placement.placed_runs import PlacedRun

core = vs.core
LENGTH = 6
PLAIN = layout_around(
    canvas=(288, 200), wide=Rect(x=0, y=40, w=288, h=120), dvd=(32, 0), size=(56, 50)
)
AROUND = layout_around(
    canvas=(288, 200), wide=Rect(x=40, y=40, w=208, h=120), dvd=(24, 8), size=(60, 46)
)


def sources(dvd: tuple[int, int], wide: tuple[int, int], *, calm: bool = False) -> Sources:
    """A pair; a calm one differs by some codes of light that change slowly."""
    film = noise(vs.YUV444P16, *wide, LENGTH)
    clip = dvd_clip(*dvd, length=LENGTH)
    if calm:
        film = core.akarin.Expr(film, ["X 12 * Y 9 * + 24000 +", "32768"])
        clip = core.akarin.Expr(clip, ["x 32 / 90 +", "128"])
    return Sources(film=film, dvd=clip, active=Rect(x=0, y=0, w=wide[0], h=wide[1]))


def canvas_of(pair: Sources, runs: Sequence[PlacedRun], blend: str = "poisson") -> vs.VideoNode:
    return film_canvas(
        pair,
        runs,
        upscale=fast_strips,
        grade=None,
        blend=blend,
        width=8,  # type: ignore[arg-type]
    )


def still(layout: Layout) -> tuple[PlacedRun, ...]:
    return (PlacedRun(first=0, last=LENGTH - 1, layout=layout),)


@pytest.mark.parametrize("layout", [PLAIN, AROUND])
@pytest.mark.parametrize("blend", ["feather", "poisson"])
def test_whole_px_of_drift_are_as_a_layout_there(layout: Layout, blend: str) -> None:
    calm = blend == "poisson"
    pair = sources(layout.dvd_size, (layout.wide.w, layout.wide.h), calm=calm)
    steps = [(0, 0), (3, -2), (-8, 5), (12, 0), (0, 11), (-30, -9)]
    drift = tuple((float(x), float(y)) for x, y in steps)
    runs = (PlacedRun(first=0, last=LENGTH - 1, layout=layout, drift=drift),)
    moving, mask = canvas_of(pair, runs, blend), film_mask(runs, like=pair.dvd)
    for n, step in enumerate(steps):
        there = layout.moved(*step)
        got, expected = planes(moving, n), planes(canvas_of(pair, still(there), blend), n)
        own = np.asarray(missing_mask(there, like=pair.dvd).get_frame(n)[0])
        assert np.array_equal(np.asarray(mask.get_frame(n)[0]), own)
        assert (got[:, own == 255] == BLACK[:, 0]).all()
        off = np.abs(got - expected)
        if blend == "feather":  # but for what interpolation sees beyond the upscaled part
            assert np.quantile(off, 0.999) <= 1
            assert off.max() <= 40
        else:  # and the membrane, whose free edge is the envelope's
            assert off.max() <= 256


def test_half_a_px_of_drift_moves_the_bands_alone() -> None:
    pair = sources(PLAIN.dvd_size, (288, 120))
    # steps of no whole code, so that the rounding of what is moved has no mean
    ramp = core.akarin.Expr(
        core.std.BlankClip(pair.dvd, format=vs.YUV444P16),
        ["X 501.3 * Y 299.7 * + 8000 +", "32768"],
    )
    pair = pair._replace(dvd=core.std.CopyFrameProps(ramp, pair.dvd))
    drift = tuple((0.5 * n, -0.25 * n) for n in range(LENGTH))
    runs = (PlacedRun(first=0, last=LENGTH - 1, layout=PLAIN, drift=drift),)
    moving, alone = canvas_of(pair, runs, "feather"), canvas_of(pair, still(PLAIN), "feather")
    base = planes(alone, 0)[0].astype(float)
    for n, (dx, dy) in enumerate(drift):
        got = planes(moving, n)[0].astype(float)
        inner = np.s_[8:30, 60:220]
        # the still bands, moved: an upscaled ramp has a ripple of its own, larger on some machines
        moved = np.array([[1, 0, dx], [0, 1, dy]])
        expected = cv2.warpAffine(base, moved, base.shape[::-1], flags=cv2.INTER_LINEAR)
        assert np.abs(got - expected)[inner].max() < 3
        step = dx * 501.3 / 4 + dy * 299.7 / 4
        assert abs(((base - got)[inner] - step).mean()) < 0.1
        assert np.array_equal(planes(moving, n)[:, 48:152], planes(alone, n)[:, 48:152])


def test_drift_of_a_corrected_layout_adds_to_its_correction() -> None:
    fit = replace(PLAIN.fit, matrix=((4.01, 0.0, 31.2), (0.0, 4.01, -0.7)), max_misfit_px=1.0)
    layout = replace(PLAIN, fit=fit, corrected=True)
    pair = sources(PLAIN.dvd_size, (288, 120))
    drift = ((0.0, 0.0), *((4.0, 0.0),) * (LENGTH - 1))
    runs = (PlacedRun(first=0, last=LENGTH - 1, layout=layout, drift=drift),)
    moving, alone = canvas_of(pair, runs, "feather"), canvas_of(pair, still(layout), "feather")
    inner, moved = np.s_[:, 4:40, 44:240], np.s_[:, 4:40, 48:244]
    assert np.abs(planes(moving, 0)[inner] - planes(alone, 0)[inner]).max() <= 40
    assert np.abs(planes(moving, 1)[moved] - planes(alone, 1)[inner]).max() <= 40


def test_corrected_bands_beside_the_wide_know_what_lies_above_them() -> None:
    fit = replace(AROUND.fit, matrix=((4.0, 0.0, 24.0), (0.0, 4.0, 14.0)), max_misfit_px=6.0)
    layout = replace(AROUND, fit=fit, corrected=True)
    pair = sources(AROUND.dvd_size, (208, 120))
    ramp = core.akarin.Expr(
        core.std.BlankClip(pair.dvd, format=vs.YUV444P16), ["X 500 * Y 300 * + 8000 +", "32768"]
    )
    pair = pair._replace(dvd=core.std.CopyFrameProps(ramp, pair.dvd))
    got = planes(canvas_of(pair, still(layout), "feather"), 0)[0]
    x, y = np.arange(31, 39) + 0.5, np.arange(36, 60) + 0.5
    expected = 8000 + 500 * ((x - 24) / 4 - 0.5) + 300 * ((y[:, None] - 14) / 4 - 0.5)
    assert np.abs(got[36:60, 31:39] - expected).max() < 8


def test_many_layouts_share_a_graph_that_shows_what_their_own_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes = [
        PLAIN,
        PLAIN.moved(-8, 4),
        replace(PLAIN, dvd=Rect(x=48, y=8, w=192, h=184), dvd_size=(48, 46)),
        PLAIN.without_dvd(),
        replace(PLAIN, dvd=Rect(x=40, y=-20, w=208, h=220), dvd_size=(52, 55)),
        PLAIN,
    ]
    runs = tuple(PlacedRun(first=n, last=n, layout=shape) for n, shape in enumerate(shapes))
    pair = sources((56, 50), (288, 120))
    expected = canvas_of(pair, runs, "feather")
    monkeypatch.setattr(room, "MOST_STILL_GRAPHS", 1)
    got = canvas_of(pair, runs, "feather")
    mask = film_mask(runs, like=pair.dvd)
    for n, shape in enumerate(shapes):
        own = np.asarray(missing_mask(shape, like=pair.dvd).get_frame(n)[0])
        assert np.array_equal(np.asarray(mask.get_frame(n)[0]), own)
        off = np.abs(planes(got, n) - planes(expected, n))
        assert np.quantile(off, 0.99) <= 64
        assert (planes(got, n)[:, own == 255] == BLACK[:, 0]).all()


def test_frames_come_out_alike_in_any_order() -> None:
    pair = sources(PLAIN.dvd_size, (288, 120))
    drift = tuple((0.7 * n, 0.3 * n) for n in range(LENGTH))
    runs = (PlacedRun(first=0, last=LENGTH - 1, layout=PLAIN, drift=drift),)
    forward = [planes(canvas_of(pair, runs), n) for n in range(LENGTH)]
    clip = canvas_of(pair, runs)
    for n in reversed(range(LENGTH)):
        assert np.array_equal(planes(clip, n), forward[n])
