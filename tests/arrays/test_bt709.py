"""Arithmetic on arrays agrees with what the resizer does to clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.arrays.bt709 import LUMA_WEIGHTS, TO_YUV, rgb_of_samples, rgb_to_yuv, yuv_to_rgb
from vsmeme.arrays.frames import plane_stack, to_array
from vsmeme.errors import UsageError
from vsmeme.ffmpeg import EncoderError
from vsmeme.masks.prepare import mask_file
from vsmeme.masks.prepare.mask_file import MaskWriter

core = vs.core


def colours(*, format_: int = vs.YUV444P16) -> vs.VideoNode:
    """Patches of many colours, in BT.709 limited or RGB."""
    rng = np.random.default_rng(2)
    blank = core.std.BlankClip(None, 16, 12, vs.RGB48, length=1)
    samples = rng.integers(0, 65536, (3, 12, 16), dtype=np.uint16)

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        frame = f.copy()
        for plane in range(3):
            np.asarray(frame[plane])[:] = samples[plane]
        return frame

    painted = core.std.ModifyFrame(blank, blank, paint)
    more = {} if format_ in (vs.RGB48, vs.RGBS) else {"matrix": 1, "range": 0}
    return painted if format_ == vs.RGB48 else painted.resize.Point(format=format_, **more)


def test_to_rgb_is_the_resizer_s() -> None:
    clip = colours()
    with clip.get_frame(0) as frame:
        planes = plane_stack(frame)
    with clip.resize.Point(format=vs.RGBS, matrix_in=1, range_in=0).get_frame(0) as frame:
        expected = plane_stack(frame).transpose(1, 2, 0)
    assert planes.dtype == np.uint16
    assert np.abs(yuv_to_rgb(planes) - expected).max() < 1e-5
    exact = rgb_of_samples(*planes.astype(np.float64))
    assert exact.dtype == np.float64
    assert np.abs(exact - expected).max() < 1e-5


def test_to_yuv_is_the_resizer_s_and_undoes_to_rgb() -> None:
    clip = colours()
    with clip.get_frame(0) as frame:
        planes = plane_stack(frame)
    assert np.array_equal(rgb_to_yuv(yuv_to_rgb(planes)), planes)


def test_the_matrix_and_the_weights_are_one_standard() -> None:
    rgb = np.eye(3, dtype=np.float32)
    samples = rgb_to_yuv(rgb[None]).astype(np.float64)
    y, cb, cr = samples[:, 0]
    unit = np.stack([(y - 4096) / 56064, (cb - 32768) / 57344, (cr - 32768) / 57344])
    assert np.abs(unit - TO_YUV).max() < 1e-5
    assert pytest.approx(TO_YUV[0]) == LUMA_WEIGHTS
    assert LUMA_WEIGHTS.sum() == pytest.approx(1)


def test_an_rgb_frame_is_rows_of_colours() -> None:
    clip = core.std.BlankClip(None, 4, 2, vs.RGB24, color=[1, 2, 3], length=1)
    with clip.get_frame(0) as frame:
        picture = to_array(frame)
    assert picture.shape == (2, 4, 3)
    assert picture[1, 3].tolist() == [1, 2, 3]


def test_an_encoder_that_fails_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mask_file, "FFV1", ("-c:v", "nothing"))
    mask = np.zeros((64, 64), np.uint8)
    with (
        pytest.raises(EncoderError, match="ffmpeg: "),
        MaskWriter(tmp_path / "m.mkv", size=(64, 64), fps=(24, 1)) as writer,
    ):
        for _ in range(1000):
            writer.add(mask)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_mask_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="expected a uint8 mask of 8x8"),
        MaskWriter(tmp_path / "m.mkv", size=(8, 8), fps=(24, 1)) as writer,
    ):
        writer.add(np.zeros((4, 8), np.uint8))
    assert list(tmp_path.iterdir()) == []
