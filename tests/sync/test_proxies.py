"""Proxies: what they show, that they are cached, and that colour spaces meet."""

from __future__ import annotations

from concurrent.futures import CancelledError
from fractions import Fraction
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.sync.prepare.proxies import measure_film, proxies, proxy_size, unit

core = vs.core
RGB = (200, 60, 90)


def coloured(kind: vs.PresetVideoFormat, **props: int) -> vs.VideoNode:
    """A flat colour in a YUV format, converted by zimg from RGB."""
    rgb = core.std.BlankClip(width=64, height=48, length=3, format=vs.RGB24, color=list(RGB))
    matrix, full = props["_Matrix"], props["_Range"]
    return core.resize.Bicubic(
        rgb, format=kind, matrix=matrix, range=vs.RANGE_FULL if full else vs.RANGE_LIMITED
    )


@pytest.mark.parametrize("kind", [vs.YUV420P8, vs.YUV444P8, vs.YUV420P10, vs.YUV422P16])
@pytest.mark.parametrize("matrix", [1, 6])
@pytest.mark.parametrize("full", [0, 1])
def test_all_sources_meet_in_bt709_limited_luma(
    kind: vs.PresetVideoFormat, matrix: int, full: int
) -> None:
    r, g, b = (value / 255 for value in RGB)
    expected = 16 + 219 * (0.2126 * r + 0.7152 * g + 0.0722 * b)
    clip = coloured(kind, _Matrix=matrix, _Range=full)
    area = Rect(x=0, y=0, w=64, h=48)
    for proxy in proxies(clip, active=area, size=(16, 12)):
        assert np.abs(proxy.astype(float) - expected).max() <= 1.2


def test_rgb_sources_too() -> None:
    clip = core.std.BlankClip(width=64, height=48, length=1, format=vs.RGB24, color=list(RGB))
    r, g, b = (value / 255 for value in RGB)
    expected = 16 + 219 * (0.2126 * r + 0.7152 * g + 0.0722 * b)
    (proxy,) = proxies(clip, active=Rect(x=0, y=0, w=64, h=48), size=(16, 12))
    assert np.abs(proxy.astype(float) - expected).max() <= 1.2


def test_area_averages_of_the_active_picture() -> None:
    ramp = np.arange(64, dtype=np.uint8)[None, :].repeat(48, axis=0) + 20

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.asarray(out[0])[:] = ramp
        return out

    blank = core.std.BlankClip(width=64, height=48, length=1, format=vs.GRAY8)
    clip = blank.std.ModifyFrame(blank, paint)
    (proxy,) = proxies(clip, active=Rect(x=16, y=8, w=32, h=32), size=(8, 8))
    expected = ramp[8:40, 16:48].reshape(8, 4, 8, 4).mean((1, 3))
    assert np.array_equal(proxy, np.rint(expected).astype(np.uint8))


def test_decoded_once(tmp_path: Path) -> None:
    asked = []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        return f

    blank = core.std.BlankClip(width=64, height=48, length=5, format=vs.YUV420P8)
    clip = blank.std.ModifyFrame(blank, note)
    for _ in range(2):
        film, _ = measure_film(clip, role="dvd", sar=Fraction(1), folder=tmp_path, key="abc")
        assert film.proxies.shape == (5, 72, 96)
    assert sorted(asked) == [0, 1, 2, 3, 4]
    assert len(list(tmp_path.glob("*.npy"))) == 1


def test_broken_decoding_leaves_nothing(tmp_path: Path) -> None:
    def fail(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        if n == 3:
            raise ValueError("bad frame")
        return f

    blank = core.std.BlankClip(width=64, height=48, length=5, format=vs.YUV420P8)
    clip = blank.std.ModifyFrame(blank, fail)
    with pytest.raises(vs.Error, match="bad frame"):
        measure_film(clip, role="dvd", sar=Fraction(1), folder=tmp_path, key="abc")
    assert not list(tmp_path.glob("*.npy"))


def test_decoding_stops_when_told(tmp_path: Path) -> None:
    stop, asked = Event(), []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        if n == 3:
            stop.set()
        return f

    blank = core.std.BlankClip(width=64, height=48, length=5000, format=vs.YUV420P8)
    clip = blank.std.ModifyFrame(blank, note)
    with pytest.raises(CancelledError):
        measure_film(clip, role="dvd", sar=Fraction(1), folder=tmp_path, key="abc", stop=stop)
    assert len(asked) < 1000
    assert not list(tmp_path.glob("*.npy"))


@pytest.mark.parametrize(
    ("size", "sar", "expected"),
    [
        ((720, 540), Fraction(1), (96, 72)),
        ((720, 480), Fraction(8, 9), (96, 72)),  # anamorphic 4:3
        ((704, 576), Fraction(12, 11), (96, 72)),
    ],
)
def test_proxies_have_square_pixels(
    size: tuple[int, int], sar: Fraction, expected: tuple[int, int]
) -> None:
    area = Rect(x=0, y=0, w=size[0], h=size[1])
    assert proxy_size("dvd", area, sar) == expected


def test_float_is_refused() -> None:
    clip = core.std.BlankClip(width=64, height=48, length=1, format=vs.GRAYS)
    with pytest.raises(UsageError, match="proxies: clip: expected 8 to 16 bit integer, got GrayS"):
        next(proxies(clip, active=Rect(x=0, y=0, w=64, h=48), size=(8, 8)))


def test_blank_frames_are_like_nothing() -> None:
    rows = unit(np.stack([np.zeros((4, 4)), np.eye(4)]).astype(np.float32), floor=0.1)
    assert not rows[0].any()
    assert float(rows[1] @ rows[1]) == pytest.approx(1)


def test_bars_are_found_on_the_way_and_cut(tmp_path: Path) -> None:
    picture = core.std.BlankClip(width=256, height=96, length=4, format=vs.GRAY8, color=[120])
    clip = picture.std.AddBorders(top=24, bottom=24, color=[16])
    film, active = measure_film(clip, role="wide", sar=Fraction(1), folder=tmp_path, key="abc")
    assert active == Rect(x=0, y=24, w=256, h=96)
    assert film.active == active
    assert film.proxies.shape == (4, 48, 128)
    assert np.abs(np.asarray(film.proxies).astype(int) - 120).max() == 0
    named = Rect(x=64, y=24, w=128, h=96)
    film, active = measure_film(
        clip, role="wide", sar=Fraction(1), folder=tmp_path, key="abc", active=named
    )
    assert active == film.active == named
    assert film.size == (64, 48)
