import math

import numpy as np
import pytest
import vapoursynth as vs

import vsmeme
from vsmeme.bands.correction import correct_bands, overlap_to_upscale
from vsmeme.errors import UsageError
from vsmeme.pixels.matrix import Matrix23
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Layout
from vsmeme.placement.plan_layout import plan_conform, plan_layout

core = vs.core
DVD, WIDE = (96, 72), (512, 214)


def turned(degrees: float, scale: float) -> Layout:
    c, s = (scale * f(math.radians(degrees)) for f in (math.cos, math.sin))
    x, y = DVD[0] / 2, DVD[1] / 2
    matrix: Matrix23 = (
        (c, -s, WIDE[0] / 2 - c * x + s * y + 0.3),
        (s, c, WIDE[1] / 2 - s * x - c * y - 0.2),
    )
    active = Rect(x=0, y=0, w=DVD[0], h=DVD[1])
    return plan_layout(matrix, plan_conform(matrix, active=active), wide_size=WIDE)


def surface(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(32000 + 9000 * np.sin(x / 21) * np.cos(y / 13))


def test_strips_are_moved_onto_the_fit() -> None:
    layout = turned(0.25, 4.007)
    assert layout.corrected
    assert 0.5 < layout.fit.max_misfit_px < 3
    overlap = 16
    (a, b, c), (d, e, f) = layout.fit.matrix
    rows = []
    for strip in layout.strips(overlap_to_upscale(layout, overlap)):
        x, y = np.meshgrid(
            np.arange(strip.x, strip.right) + 0.5, np.arange(strip.y, strip.bottom) + 0.5
        )
        # what the DVD shows at that place, by the integer placement
        u, v = (x - layout.dvd.x) / layout.scale, (y - layout.dvd.y) / layout.scale
        rows.append(surface(a * u + b * v + c, d * u + e * v + f))
    picture = np.concatenate(rows).round().astype(np.uint16)
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=picture.shape[1], height=picture.shape[0], length=2, keep=True
    )

    def draw(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(3):
            np.asarray(out[plane])[:] = picture
        return out

    out = correct_bands(core.std.ModifyFrame(blank, blank, draw), layout, overlap_px=overlap)
    got = np.asarray(out.get_frame(1)[2]).astype(np.float64)
    row = 0
    for strip in layout.strips(overlap):
        x, y = np.meshgrid(
            np.arange(strip.x, strip.right) + 0.5, np.arange(strip.y, strip.bottom) + 0.5
        )
        error = np.abs(got[row : row + strip.h] - surface(x, y))
        assert error[4:-4, 4:-4].max() < 12
        row += strip.h
    assert row == out.height


def test_an_exact_layout_keeps_its_strips() -> None:
    layout = turned(0, 4)
    assert not layout.corrected
    assert overlap_to_upscale(layout, 16) == 16
    clip = core.std.BlankClip(format=vs.YUV444P16, width=384, height=100)
    assert correct_bands(clip, layout, overlap_px=16) is clip


def test_strips_of_another_size_are_refused() -> None:
    clip = core.std.BlankClip(format=vs.YUV444P16, width=384, height=100)
    with pytest.raises(UsageError, match=r"strips: expected 384x\d+, got 384x100"):
        correct_bands(clip, turned(0.25, 4.007), overlap_px=16)


def noise(name: str) -> vs.VideoNode:
    clip = core.std.BlankClip(format=getattr(vs, name), width=48, height=36)
    return core.akarin.Expr(clip, "X 37 * Y 91 * + 200 %")


@pytest.mark.parametrize("name", ["YUV420P8", "YUV444P16"])
def test_regions_of_the_dvd(name: str) -> None:
    matrix: Matrix23 = ((4.0, 0.0, 32.0), (0.0, 4.0, -19.0))
    conform = plan_conform(matrix, active=Rect(x=0, y=0, w=48, h=36))
    layout = plan_layout(matrix, conform, wide_size=(256, 106))
    dvd = noise(name)
    luma = np.asarray(dvd.get_frame(0)[0])
    # the wide covers canvas rows 19 to 125: DVD rows 5 to 30 wholly
    core_part = vsmeme.crop_core(dvd, layout)
    assert np.array_equal(np.asarray(core_part.get_frame(0)[0]), luma[5:31])
    top, bottom = vsmeme.crop_bands(dvd, layout, context_rows=3)
    assert np.array_equal(np.asarray(top.get_frame(0)[0]), luma[:8])
    assert np.array_equal(np.asarray(bottom.get_frame(0)[0]), luma[28:])
    with pytest.raises(UsageError, match="expected a DVD of 64x36, got 48x36"):
        vsmeme.crop_core(core.std.BlankClip(format=vs.YUV420P8, width=64, height=36), layout)
