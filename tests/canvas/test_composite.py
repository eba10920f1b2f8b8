import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

import vsmeme
from vsmeme.errors import UsageError
from vsmeme.pixels.matrix import Matrix23
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Layout
from vsmeme.placement.plan_layout import plan_conform, plan_layout

core = vs.core
BLACK = np.array([4096, 32768, 32768])[:, None, None]


def layout_of(size: tuple[int, int], wide: tuple[int, int], dy: float = 0.0) -> Layout:
    matrix: Matrix23 = (
        (4.0, 0.0, wide[0] / 2 - 2 * size[0]),
        (0.0, 4.0, wide[1] / 2 - 2 * size[1] + dy),
    )
    active = Rect(x=0, y=0, w=size[0], h=size[1])
    return plan_layout(matrix, plan_conform(matrix, active=active), wide_size=wide)


def noise(format_: vs.PresetVideoFormat, width: int, height: int, length: int = 2) -> vs.VideoNode:
    """A clip whose samples depend on plane, place and frame, over the whole legal range."""
    clip = core.std.BlankClip(format=format_, width=width, height=height, length=length)
    top = (1 << clip.format.bits_per_sample) - 1
    low, span = top * 16 // 255, top * 219 // 255
    expression = f"X 37 * Y 91 * + N 13 * + X Y * 7 * + {span} % {low} +"
    clip = core.akarin.Expr(clip, expression)
    return core.std.SetFrameProps(
        clip, _Matrix=1, _Transfer=1, _Primaries=1, _Range=0, _ChromaLocation=0
    )


def planes(clip: vs.VideoNode, n: int = 0) -> NDArray[np.int64]:
    frame = clip.get_frame(n)
    return np.stack([np.asarray(frame[p]) for p in range(3)]).astype(np.int64)


FORMATS = [f"YUV{chroma}P{bits}" for chroma in ("420", "422", "444") for bits in (8, 10, 16)]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("blend", ["feather", "poisson"])
def test_the_wide_is_untouched_outside_the_feather(name: str, blend: str) -> None:
    layout = layout_of((48, 36), (256, 106))
    assert layout.wide.y == 19
    native = noise(getattr(vs, name), 256, 106)
    wide = vsmeme.to_working(native)
    strips = noise(vs.YUV444P16, 192, sum(s.h for s in layout.strips(16)))
    out = vsmeme.composite(wide, strips, layout, blend=blend, width=16)
    assert (out.width, out.height, out.num_frames) == (256, 144, 2)
    got, own = planes(out, 1), planes(wide, 1)
    inner = got[:, 19 + 16 : 19 + 106 - 16]
    assert np.array_equal(inner, own[:, 16:-16])
    assert np.array_equal(got[:, 19:125, :32], own[:, :, :32])
    assert np.array_equal(got[:, 19:125, -32:], own[:, :, -32:])
    source = np.asarray(native.get_frame(1)[0]).astype(np.int64)
    shifted = source << (16 - native.format.bits_per_sample)
    assert np.array_equal(got[0, 35:109], shifted[16:-16])
    for part in layout.missing():
        assert (got[:, part.y : part.bottom, part.x : part.right] == BLACK).all()
    assert out.get_frame(0).props["_Matrix"] == 1


def test_feather_is_a_smooth_step_and_the_band_is_the_strip() -> None:
    layout = layout_of((48, 36), (256, 106))
    wide = noise(vs.YUV444P16, 256, 106)
    strips = noise(vs.YUV444P16, 192, 2 * (19 + 8))
    got = planes(vsmeme.composite(wide, strips, layout, blend="feather", width=8))
    own, band = planes(wide), planes(strips)
    assert np.array_equal(got[:, :19, 32:224], band[:, :19])
    assert np.array_equal(got[:, 125:, 32:224], band[:, 27 + 8 :])
    t = ((np.arange(8) + 0.5) / 8)[None, :, None]
    share = t * t * (3 - 2 * t)
    for rows, theirs, weight in (
        (slice(0, 8), band[:, 19:27], share),
        (slice(98, 106), band[:, 27:35], share[:, ::-1]),
    ):
        expected = own[:, rows, 32:224] * weight + theirs * (1 - weight)
        mixed = got[:, 19 + rows.start : 19 + rows.stop, 32:224]
        assert np.abs(mixed - expected).max() <= 0.51


def test_the_membrane_takes_a_constant_difference_away() -> None:
    layout = layout_of((48, 36), (256, 106))
    wide = core.std.BlankClip(
        format=vs.YUV444P16, width=256, height=106, length=1, color=[30000, 33000, 32000]
    )
    strips = core.std.BlankClip(wide, width=192, height=70, color=[28000, 32000, 33000])
    got = planes(vsmeme.composite(wide, strips, layout, blend="poisson"))
    for band in layout.bands():
        part = got[:, band.y : band.bottom, band.x : band.right]
        assert np.abs(part - np.array([30000, 33000, 32000])[:, None, None]).max() <= 2


@pytest.mark.parametrize("dy", [8.0, -5.0])
def test_padding_joins_the_missing_area(dy: float) -> None:
    layout = layout_of((192, 144), (1024, 430), dy)
    strips = noise(vs.YUV444P16, 768, sum(s.h for s in layout.strips(16)), 1)
    got = vsmeme.composite(noise(vs.YUV444P16, 1024, 430, 1), strips, layout, blend="feather")
    mask = np.asarray(vsmeme.missing_mask(layout, like=got).get_frame(0)[0])
    black = (planes(got) == BLACK).all(axis=0)
    assert np.array_equal(mask == 255, black)
    assert mask.sum() // 255 == sum(part.area for part in layout.missing())


def test_missing_mask_is_full_range_and_as_long_as_the_clip() -> None:
    layout = layout_of((48, 36), (256, 106))
    like = core.std.BlankClip(length=7, fpsnum=24000, fpsden=1001)
    mask = vsmeme.missing_mask(layout, like=like)
    assert (mask.format.id, mask.num_frames, mask.fps) == (vs.GRAY8, 7, like.fps)
    assert mask.get_frame(6).props["_Range"] == vs.RANGE_FULL
    expected = np.zeros((144, 256), np.uint8)
    for part in layout.missing():
        expected[part.y : part.bottom, part.x : part.right] = 255
    assert np.array_equal(np.asarray(mask.get_frame(3)[0]), expected)


def test_without_bands_nothing_but_the_wide_is_shown() -> None:
    layout = layout_of((64, 20), (256, 106))
    wide = noise(vs.YUV444P16, 256, 106)
    assert layout.bands() == ()
    assert np.array_equal(planes(vsmeme.composite(wide, None, layout)), planes(wide))


def test_place_cuts_what_sticks_out() -> None:
    clip = noise(vs.YUV444P8, 32, 24, 1)
    rect = Rect(x=-5, y=3, w=32, h=24)
    out = planes(vsmeme.place(clip, rect, canvas=(40, 20)))
    assert np.array_equal(out[:, 3:, :27], planes(clip)[:, :17, 5:])
    assert (out[:, :3] == BLACK // 256).all()


def test_guards_name_what_is_accepted() -> None:
    layout = layout_of((48, 36), (256, 106))
    wide = noise(vs.YUV444P16, 256, 106)
    with pytest.raises(UsageError, match="strips: expected 192x70, got 192x64"):
        vsmeme.composite(wide, noise(vs.YUV444P16, 192, 64), layout)
    with pytest.raises(UsageError, match="strips: expected the 2 bands, got none"):
        vsmeme.composite(wide, None, layout)
    with pytest.raises(UsageError, match="wide: expected YUV444P16, got YUV420P8"):
        vsmeme.composite(noise(vs.YUV420P8, 256, 106), None, layout)
    with pytest.raises(UsageError, match="place: clip: expected YUV 4:4:4, got YUV420P8"):
        vsmeme.place(noise(vs.YUV420P8, 32, 24), Rect(x=0, y=0, w=32, h=24), canvas=(64, 64))
