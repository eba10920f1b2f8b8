"""Sources: tags, conversions and refusals, against arithmetic of their own."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.errors import UsageError
from vsmeme.ffmpeg import call
from vsmeme.pixels.rect import Rect
from vsmeme.source import files
from vsmeme.source.files import open_video, tag
from vsmeme.source.formats import (
    WORKING,
    conform,
    crop,
    from_working,
    to_rgb,
    to_working,
    to_working_part,
)

core = vs.core
ALL_TAGS = ("_Matrix", "_Transfer", "_Primaries")


def noise(fmt: int, size: tuple[int, int] = (64, 48), length: int = 2) -> vs.VideoNode:
    """Return luma and chroma noise inside the limited range."""
    blank = core.std.BlankClip(format=fmt, width=size[0], height=size[1], length=length)
    depth = blank.format.bits_per_sample
    random = np.random.default_rng(5)
    planes = [
        random.integers(
            16 << (depth - 8),
            235 << (depth - 8),
            (size[1] >> (blank.format.subsampling_h if p else 0),
             size[0] >> (blank.format.subsampling_w if p else 0)),
        )
        for p in range(3)
    ]  # fmt: skip

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for p, plane in enumerate(planes):
            np.asarray(out[p])[:] = plane
        return out

    return core.std.ModifyFrame(blank, blank, fill)


def plane(clip: vs.VideoNode, p: int, n: int = 0) -> np.ndarray:
    return np.asarray(clip.get_frame(n)[p]).copy()


@pytest.mark.parametrize(("role", "default"), [("wide", 1), ("dvd", 6)])
def test_tags_fill_only_gaps(role: str, default: int) -> None:
    clip = core.std.BlankClip(format=vs.YUV420P8, length=1).std.RemoveFrameProps()
    props = tag(clip, role=role).get_frame(0).props
    assert [props[name] for name in ALL_TAGS] == [default] * 3
    assert props["_Range"] == vs.RANGE_LIMITED
    assert props["_FieldBased"] == 0
    unspecified = clip.std.SetFrameProps(_Matrix=2, _Transfer=2, _Primaries=2)
    assert tag(unspecified, role=role).get_frame(0).props["_Matrix"] == default
    tagged = clip.std.SetFrameProps(_Matrix=5, _Transfer=4, _Primaries=5, _Range=1)
    props = tag(tagged, role=role).get_frame(0).props
    assert [props[name] for name in ALL_TAGS] == [5, 4, 5]
    assert props["_Range"] == vs.RANGE_FULL


@pytest.mark.parametrize(
    "fmt",
    [vs.YUV420P8, vs.YUV422P8, vs.YUV444P8, vs.YUV420P10, vs.YUV422P10, vs.YUV420P16],
)
def test_working_keeps_every_luma_sample(fmt: int) -> None:
    clip = noise(fmt)
    depth = clip.format.bits_per_sample
    work = to_working(tag(clip, role="wide"))
    assert work.format.id == WORKING
    assert np.array_equal(plane(work, 0), plane(clip, 0).astype(np.uint16) << (16 - depth))


def test_dvd_matrix_is_601() -> None:
    grey = core.std.BlankClip(format=vs.YUV420P8, width=16, height=16, length=1)
    clip = core.std.Expr(grey, ["81", "90", "240"])  # 100 % red in BT.601
    red = [float(plane(to_rgb(tag(clip, role="dvd")), p)[4, 4]) for p in range(3)]
    assert np.allclose(red, [1.0, 0.0, 0.0], atol=0.006)


def test_output_format() -> None:
    work = to_working(tag(noise(vs.YUV444P8, (63, 47)), role="wide"))
    for depth, fmt in ((8, vs.YUV420P8), (10, vs.YUV420P10)):
        out = from_working(work, depth=depth)  # type: ignore[arg-type]
        props = out.get_frame(0).props
        assert (out.format.id, out.width, out.height) == (fmt, 62, 46)
        assert (props["_Matrix"], props["_Range"], props["_ChromaLocation"]) == (1, 0, 0)
    with pytest.raises(UsageError, match="from_working: clip: expected YUV444P16, got YUV420P8"):
        from_working(noise(vs.YUV420P8))


def test_crop() -> None:
    clip = noise(vs.YUV420P8)
    part = crop(clip, Rect(x=2, y=4, w=20, h=10))
    assert np.array_equal(plane(part, 0), plane(clip, 0)[4:14, 2:22])
    with pytest.raises(UsageError, match="multiples of 2x2 for YUV420P8"):
        crop(clip, Rect(x=1, y=4, w=20, h=10))
    with pytest.raises(UsageError, match="crop: rect: expected inside 64x48"):
        crop(clip, Rect(x=50, y=4, w=20, h=10))


def test_conform_without_resample() -> None:
    clip = tag(noise(vs.YUV420P8), role="dvd")
    rect = Rect(x=3, y=5, w=50, h=40)
    same = conform(clip, active=Rect(x=0, y=0, w=64, h=48), size=(64, 48))
    assert same.format.id == vs.YUV420P8
    odd = conform(clip, active=rect, size=(50, 40))
    assert odd.format.id == WORKING
    assert np.array_equal(plane(odd, 0), (plane(clip, 0).astype(int) << 8)[5:45, 3:53])


def test_conform_keeps_the_edges() -> None:
    ramp = core.std.BlankClip(format=vs.GRAY16, width=90, height=60, length=1)
    ramp = core.akarin.Expr(ramp, "X 0.5 + 400 * 4096 +")
    ramp = core.std.ShufflePlanes([ramp] * 3, planes=[0, 0, 0], colorfamily=vs.YUV)
    ramp = ramp.std.SetFrameProps(_Matrix=6, _Range=0)
    wide = conform(ramp, active=Rect(x=9, y=0, w=72, h=60), size=(96, 60))
    expected = ((np.arange(96) + 0.5) * 72 / 96 + 9) * 400 + 4096
    assert np.abs(plane(wide, 0)[30, 6:-6] - expected[6:-6]).max() <= 1


def test_unreadable_files(tmp_path: Path) -> None:
    text = tmp_path / "notes.mkv"
    text.write_text("no video")
    for path in (text, tmp_path / "nowhere.mkv", tmp_path):
        with pytest.raises(UsageError, match="not a readable video") as caught:
            open_video(path, role="wide")
        assert "\n" not in str(caught.value)


def test_index_is_kept(footage: Path, tmp_path: Path) -> None:
    path = footage / "d5_dancer" / "dvd.mkv"
    clip = open_video(path, role="dvd", cache=tmp_path / "index")
    assert (clip.width, clip.height, clip.num_frames) == (192, 144, 116)
    assert list((tmp_path / "index").rglob("*.bsindex"))


@pytest.mark.parametrize("matrix", [1, 6])
@pytest.mark.parametrize("name", ["YUV420P8", "YUV420P10", "YUV422P12", "YUV444P16", "YUV411P8"])
@pytest.mark.parametrize(
    "part", [(0, 16, 256, 74), (0, 0, 256, 16), (0, 90, 256, 16), (3, 7, 201, 33), (17, 1, 9, 105)]
)
def test_a_part_is_converted_as_the_whole_is(
    name: str, matrix: int, part: tuple[int, int, int, int]
) -> None:
    clip = core.std.BlankClip(format=getattr(vs, name), width=256, height=106, length=1)
    peak = (1 << clip.format.bits_per_sample) - 1
    clip = core.akarin.Expr(clip, f"X 37 * Y 91 * + X Y * 7 * + {peak * 219 // 255} %")
    clip = core.std.SetFrameProps(
        clip, _Matrix=matrix, _Transfer=matrix, _Primaries=matrix, _Range=0, _ChromaLocation=0
    )
    rect = Rect.from_list(list(part))
    whole, got = to_working(clip).get_frame(0), to_working_part(clip, rect).get_frame(0)
    for plane in range(3):
        wanted = np.asarray(whole[plane])[rect.y : rect.bottom, rect.x : rect.right]
        assert np.array_equal(np.asarray(got[plane]), wanted)
    assert dict(got.props) == dict(whole.props)


def test_a_part_lies_inside() -> None:
    clip = core.std.BlankClip(format=vs.YUV420P8, width=64, height=48, length=1)
    with pytest.raises(UsageError, match="to_working_part: part: expected inside 64x48"):
        to_working_part(clip, Rect(x=0, y=40, w=64, h=16))


HEAP = """
import ctypes
from vsmeme.memory import core, limit_memory

class Info(ctypes.Structure):
    _fields_ = [(str(n), ctypes.c_size_t) for n in range(10)]  # the fourth: blocks of their own

tell = ctypes.CDLL(None).mallinfo2
tell.restype = Info
limit_memory()
before = getattr(tell(), "3")
blocks = [bytes(200_000) for _ in range(40)]  # some fill gaps that are there already
print(getattr(tell(), "3") - before > 20, core.max_cache_size - core.num_threads * 300)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="speaks of glibc's heap")
def test_what_is_large_does_not_lie_in_the_heap() -> None:
    done = subprocess.run([sys.executable, "-c", HEAP], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "600"]


def test_a_small_film_keeps_no_more_than_a_gop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mkv"
    noise_of = ["-f", "lavfi", "-i", "testsrc2=size=256x144:rate=24:duration=0.5"]
    call([*noise_of, "-pix_fmt", "yuv420p", "-c:v", "ffv1", str(film)])
    sizes = []

    def recorded(*args: object, cachesize: int, **more: object) -> vs.VideoNode:
        sizes.append(cachesize)
        return core.bs.VideoSource(*args, cachesize=cachesize, **more)

    bs = SimpleNamespace(VideoSource=recorded)
    monkeypatch.setattr(files, "core", SimpleNamespace(bs=bs, std=core.std, num_threads=20))
    clip = files.open_stream(film, cache=tmp_path / "index")
    assert sizes == [100, 14]  # 250 frames of 256x144 samples and half as many of chroma
    files.open_stream(film, cache=tmp_path / "index", intra=True)
    assert sizes[2:] == [100, 14]
    monkeypatch.setattr(files, "INTRA_MIB", 1)
    files.open_stream(film, cache=tmp_path / "index", intra=True)
    assert sizes[4:] == [100, 2]  # 40 frames, two for each thread
    assert clip.num_frames == 12
