from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes.bands import dvd_clip, layout, noise, pixels
from scenes.nets import nearest, tiny

from vsmeme.bands.upscale_bands import upscale_bands, upscale_fast
from vsmeme.errors import MissingError, UsageError
from vsmeme.networks import manifest
from vsmeme.networks.model import Model
from vsmeme.networks.prepare.convert_models import bring
from vsmeme.networks.prepare.synthetic_picture import synthetic_texture
from vsmeme.networks.tiles import TileGrid
from vsmeme.networks.upscale import upscale
from vsmeme.pixels.rect import Rect
from vsmeme.source.formats import to_working

core = vs.core
BACKENDS = ("ort-cpu", "ov-cpu")


@settings(max_examples=200, deadline=None)
@given(
    scale=st.sampled_from([1, 2, 4]),
    radius=st.integers(0, 9),
    multiple=st.sampled_from([1, 2, 4]),
    blocks=st.tuples(st.integers(4, 16), st.integers(4, 16)),
    tile=st.none() | st.tuples(st.integers(26, 70), st.integers(26, 70)),
    ends=st.tuples(*[st.floats(0, 1)] * 4),
)
def test_windows_cover_their_target_once_and_hold_its_context(
    scale: int,
    radius: int,
    multiple: int,
    blocks: tuple[int, int],
    tile: tuple[int, int] | None,
    ends: tuple[float, ...],
) -> None:
    size = (blocks[0] * multiple, blocks[1] * multiple)
    grid = TileGrid(scale=scale, radius=radius, multiple=multiple, size=size)
    full = (size[0] * scale, size[1] * scale)
    xs, ys = sorted(int(e * full[0]) for e in ends[:2]), sorted(int(e * full[1]) for e in ends[2:])
    target = Rect(x=xs[0], y=ys[0], w=max(1, xs[1] - xs[0]), h=max(1, ys[1] - ys[0]))
    target = Rect(
        x=min(target.x, full[0] - target.w),
        y=min(target.y, full[1] - target.h),
        w=target.w,
        h=target.h,
    )
    window = grid.window_size([target], tile)
    count = np.zeros((full[1], full[0]), int)
    for row in grid.windows(target, window):
        for piece in row:
            source, keep = piece.source, piece.keep
            assert (source.w, source.h) == window
            assert Rect(x=0, y=0, w=size[0], h=size[1]).contains(source)
            assert source.x % multiple == source.y % multiple == 0
            placed = keep.shifted(source.x * scale, source.y * scale)
            count[placed.y : placed.bottom, placed.x : placed.right] += 1
            for low, high, first, last, limit in (
                (placed.x, placed.right, source.x, source.right, size[0]),
                (placed.y, placed.bottom, source.y, source.bottom, size[1]),
            ):
                assert first == 0 or low // scale - radius >= first
                assert last == limit or -(-high // scale) + radius <= last
    inside = np.zeros_like(count)
    inside[target.y : target.bottom, target.x : target.right] = 1
    assert np.array_equal(count, inside)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("tile", [(64, 64), (128, 128), (50, 41)])
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_tiled_equals_untiled(
    tmp_path: Path, scale: int, tile: tuple[int, int], backend: str
) -> None:
    clip, model = noise(150, 133, length=1), tiny(tmp_path, scale=scale, radius=5)
    whole = pixels(upscale(clip, model, backend=backend))
    parts = pixels(upscale(clip, model, backend=backend, tile=tile))
    assert whole.shape == (3, 133 * scale, 150 * scale)
    assert np.abs(whole - parts).max() <= 1e-6


def test_tiled_equals_untiled_in_half_precision(tmp_path: Path) -> None:
    clip, model = noise(100, 70, length=1), tiny(tmp_path, radius=4)
    whole = pixels(upscale(clip, model, backend="ort-cpu", fp16=True))
    parts = pixels(upscale(clip, model, backend="ort-cpu", fp16=True, tile=(40, 40)))
    full = pixels(upscale(clip, model, backend="ort-cpu", fp16=False))
    assert np.abs(whole - parts).max() <= 2e-3
    assert 0 < np.abs(whole - full).max() <= 1e-2


@pytest.mark.parametrize("name", ["span", "animevideov3"])
def test_real_networks_tile_and_agree(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "models_cache", lambda: tmp_path)
    model, clip = bring(name), synthetic_texture(96, 72)
    whole, tiled, other = (
        pixels(upscale(clip, model, backend=backend, tile=tile))
        for backend, tile in (("ort-cpu", None), ("ort-cpu", (64, 57)), ("ov-cpu", None))
    )
    assert np.abs(whole - tiled).max() <= 1 / 255
    assert np.abs(whole - other).max() <= 1e-4


def test_backends_agree(tmp_path: Path) -> None:
    clip, model = noise(64, 48), tiny(tmp_path, radius=6)
    ort, ov = (pixels(upscale(clip, model, backend=name), 1) for name in BACKENDS)
    assert np.abs(ort - ov).max() <= 1e-4


def test_half_precision_clip_comes_back_as_one(tmp_path: Path) -> None:
    clip = core.resize.Point(noise(32, 24), format=vs.RGBH)
    out = upscale(clip, tiny(tmp_path), backend="ort-cpu")
    assert out.format.id == vs.RGBH
    assert (out.width, out.height, len(out)) == (128, 96, 2)
    assert out.fps == clip.fps


def test_bands_equal_the_whole_frame(tmp_path: Path) -> None:
    dvd, where, model = dvd_clip(), layout(), tiny(tmp_path, radius=5)
    bands = upscale_bands(dvd, where, model, overlap_px=6, backend="ort-cpu")
    rgb = core.resize.Bicubic(dvd, format=vs.RGBS)
    whole = upscale(rgb, model, backend="ort-cpu")
    working = to_working(whole)
    for n in range(2):
        expected = pixels(working, n)
        rows = np.concatenate([expected[:, :23], expected[:, -23:]], axis=1)
        assert np.abs(pixels(bands, n) - rows).max() <= 1
    props = bands.get_frame(0).props
    assert (props["_Matrix"], props["_Primaries"], props["_Transfer"]) == (1, 1, 1)
    assert props["_Range"] == vs.RANGE_LIMITED


@pytest.mark.parametrize("tile", [None, (20, 14)])
def test_core_of_the_dvd_changes_nothing(tmp_path: Path, tile: tuple[int, int] | None) -> None:
    dvd, where, model = dvd_clip(length=1), layout(), tiny(tmp_path, radius=3)
    reach = -(-(17 + 4) // 4) + 3 + 4  # band, overlap, radius, chroma interpolation
    first, last = reach + reach % 2, 36 - reach - reach % 2
    scrambled = core.std.StackVertical(
        [
            dvd.std.CropAbs(48, first, 0, 0),
            dvd.std.CropAbs(48, last - first, 0, first).std.Invert().std.FlipHorizontal(),
            dvd.std.CropAbs(48, 36 - last, 0, last),
        ]
    )
    luma = [core.std.ShufflePlanes(c, 0, vs.GRAY) for c in (scrambled, dvd)]
    assert not np.array_equal(*(pixels(c) for c in luma))
    one, two = (
        pixels(upscale_bands(c, where, model, overlap_px=4, tile=tile)) for c in (dvd, scrambled)
    )
    assert np.array_equal(one, two)
    one, two = (pixels(upscale_fast(c, where, overlap_px=4)) for c in (dvd, scrambled))
    assert np.array_equal(one, two)


def test_nearest_bands_are_the_dvds_own_pixels(tmp_path: Path) -> None:
    exact = replace(nearest(tmp_path), clamp=False)
    dvd = core.std.SetFrameProps(
        core.resize.Point(noise(48, 36), format=vs.YUV444P8, matrix=6),
        _Matrix=6,
        _Primaries=6,
        _Transfer=6,
    )
    bands = pixels(upscale_bands(dvd, layout(), exact, overlap_px=3))
    working = pixels(to_working(dvd))
    big = np.kron(working, np.ones((1, 4, 4)))
    assert np.abs(bands - np.concatenate([big[:, :20], big[:, -20:]], axis=1)).max() <= 1


def test_another_scale_is_resampled_edge_on_edge(tmp_path: Path) -> None:
    blank = core.std.BlankClip(None, 48, 36, vs.YUV444P16, length=1)
    ramp = core.akarin.Expr(blank, ["X 1000 * 4096 +", "32768"])
    dvd = core.std.SetFrameProps(
        ramp, _Matrix=1, _Range=vs.RANGE_LIMITED, _Primaries=1, _Transfer=1
    )
    three = pixels(upscale_bands(dvd, layout(), nearest(tmp_path, scale=3)))
    four = pixels(upscale_bands(dvd, layout(), nearest(tmp_path, scale=4)))
    assert three.shape == four.shape
    # positions agree: a quarter of a canvas px of shift would move the mean by 62 codes
    assert abs((three - four)[0, :, 16:-16].mean()) < 20


def test_gray_model_gets_luma_alone(tmp_path: Path) -> None:
    dvd, where = dvd_clip(), layout()
    model = tiny(tmp_path, channels=1, planes=1, radius=2)
    out = pixels(upscale_bands(dvd, where, model))
    fast = pixels(upscale_fast(dvd, where))
    assert out.shape == fast.shape
    assert np.abs(out[1:] - fast[1:]).max() < np.abs(out[0] - fast[0]).max()


def test_neighbours_and_further_clips_are_stacked(tmp_path: Path) -> None:
    model = tiny(tmp_path, channels=10, neighbours=1)
    clip, more = noise(24, 20, length=3), noise(24, 20, length=3, planes=1)
    out = upscale(clip, model, extra=[more], tile=(16, 16))
    assert (out.width, out.height, len(out)) == (96, 80, 3)
    backwards = [pixels(out, n) for n in (2, 1, 0)]
    assert all(np.array_equal(pixels(out, n), backwards[2 - n]) for n in range(3))
    with pytest.raises(UsageError, match="extra: expected 10 planes for model tiny, got 9"):
        upscale(clip, model)


def test_excursions_are_cut_off_before_the_network(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    wild = core.akarin.Expr(noise(24, 20), "x 1.4 * 0.2 -")
    tame = core.akarin.Expr(wild, "x 0 max 1 min")
    one, two = (pixels(upscale(clip, model)) for clip in (wild, tame))
    assert np.array_equal(one, two)
    free = replace(model, clamp=False)
    assert not np.array_equal(pixels(upscale(wild, free)), two)


def test_a_model_that_lies_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="model tiny states a scale of 2"):
        upscale(noise(24, 20), tiny(tmp_path, scale=4, states=2))
    liar = tiny(tmp_path, planes=1)
    liar = Model(name="liar", path=liar.path, scale=4, radius=3)
    with pytest.raises(UsageError, match=r"model liar states .* 3 channels: .* with 1"):
        upscale(noise(24, 20), liar)


def test_wrong_input_is_named(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    with pytest.raises(
        UsageError, match="clip: expected RGBS or RGBH for model tiny, got YUV420P8"
    ):
        upscale(dvd_clip(), model)
    with pytest.raises(UsageError, match="expected a YUV DVD of 48x36, got 50x36 YUV420P8"):
        upscale_bands(dvd_clip(50), layout(), model)
    with pytest.raises(UsageError, match=r"backend: expected auto or one of trt, .*, got fast"):
        upscale(noise(24, 20), model, backend="fast")
    with pytest.raises(UsageError, match="tile: expected sides of at least 8"):
        upscale(noise(24, 20), model, tile=(7, 7))
    with pytest.raises(MissingError, match="backend trt needs the plugin trt: install"):
        upscale(noise(24, 20), model, backend="trt")
    gone = Model(name="gone", path=tmp_path / "gone.onnx", scale=4, radius=1)
    with pytest.raises(MissingError, match="model gone is not at"):
        upscale(noise(24, 20), gone)
