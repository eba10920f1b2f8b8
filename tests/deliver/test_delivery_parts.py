"""Encoder and GIF, each alone."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from scenes.encoded import encoded, small_frames, track_of

from vsmeme import ffmpeg
from vsmeme.arrays.frames import to_array
from vsmeme.deliver.export import encode, gif_palette
from vsmeme.deliver.export.pieces.poster import poster_track, write_poster
from vsmeme.deliver.export.stage_pictures import StagePicture
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_art import Array
from vsmeme.errors import MissingError, UsageError
from vsmeme.settings.output_settings import Output
from vsmeme.source.clock import stream_times
from vsmeme.source.formats import from_working, to_working

core = vs.core
FPS = Fraction(24000, 1001)
SCENE = Scene(size="tiny", seed=5, frames=60, dvd_trim=(4, 0), static=((5, 20),))


def opened(path: Path) -> vs.VideoNode:
    return core.bs.VideoSource(str(path), cachemode=0)


# --- picture ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("codec", "depth"), [("x264", 8), ("x264", 10), ("x265", 10), ("av1", 10)])
def test_tags_count_and_rate(codec: str, depth: int, tmp_path: Path) -> None:
    source = StagePicture(to_working(scene_files.clip(SCENE, "master"))[:20])
    path = encoded(source, tmp_path / "out.mp4", codec, fps=FPS, depth=depth, crf=30)
    clip = opened(path)
    props = clip.get_frame(0).props
    assert (clip.num_frames, clip.fps, clip.format.bits_per_sample) == (20, FPS, depth)
    assert [props[k] for k in ("_Matrix", "_Primaries", "_Transfer")] == [1, 1, 1]
    assert int(props["_Range"]) == int(vs.RANGE_LIMITED)
    assert props["_ChromaLocation"] == int(vs.CHROMA_LEFT)
    assert (props["_SARNum"], props["_SARDen"]) == (1, 1)
    said = ffmpeg.streams(path)
    assert "(tv, bt709" in said
    assert "SAR 1:1" in said
    stamps = np.array(stream_times(path))
    assert np.abs(stamps - np.arange(20) / float(FPS)).max() < 1e-5
    head = path.read_bytes()[:4096]
    assert head.find(b"moov") >= 0  # faststart


def patches() -> Array:
    """24 colours in the ranges of a test chart, RGB codes."""
    hues = np.linspace(0, 179, 18, endpoint=False)
    hsv = [(h, 110 + 6 * (i % 6), 90 + 9 * (i % 12)) for i, h in enumerate(hues)]
    rgb = cv2.cvtColor(np.array([hsv], np.uint8), cv2.COLOR_HSV2RGB)[0]
    return np.concatenate([rgb, np.repeat([[20], [60], [100], [150], [200], [240]], 3, 1)])


@pytest.mark.parametrize("codec", ["x264", "x265", "av1"])
def test_24_patches_survive_to_2_codes(codec: str, tmp_path: Path) -> None:
    chart = np.kron(patches().reshape(4, 6, 3), np.ones((32, 32, 1), int)).astype(np.uint8)
    planes = scene_files.to_yuv444(chart, "709")
    blank = core.std.BlankClip(format=vs.YUV444P16, width=192, height=128, length=10)

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for p in range(3):
            np.copyto(np.asarray(out[p]), np.rint(planes[p] * 256).astype(np.uint16))
        return out

    source = blank.std.ModifyFrame(blank, paint).std.SetFrameProps(
        _Matrix=1, _Primaries=1, _Transfer=1, _Range=int(vs.RANGE_LIMITED)
    )
    path = encoded(StagePicture(source), tmp_path / "out.mp4", codec, fps=FPS, crf=17)
    rgb = opened(path).resize.Bicubic(format=vs.RGB24)
    for n in (0, 9):
        got = to_array(rgb.get_frame(n)).astype(int)
        centres = got[16::32, 16::32].reshape(24, 3)
        assert np.abs(centres - patches()).max() <= 2


def test_an_interrupted_segment_leaves_nothing(tmp_path: Path) -> None:
    picture = StagePicture(to_working(scene_files.clip(SCENE, "master")))
    tracks = [track_of(picture, name, fps=FPS) for name in ("x264", "ffv1")]
    tracks[1] = replace(tracks[1], key="other")
    tracks.append(replace(track_of(picture, "png", fps=FPS, home=tmp_path / "x"), key="more"))
    piece = encode.Segment(first=0, end=60, folder=tmp_path)

    def stop(n: int) -> None:
        if n == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode.encode_segment(piece, tracks, each=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_filter_that_raises_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    clip = core.std.BlankClip(format=vs.YUV444P16, length=20)

    def fail(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        if n == 12:
            raise RuntimeError("planted")
        return f

    piece = encode.Segment(first=0, end=20, folder=tmp_path)
    track = track_of(StagePicture(clip.std.ModifyFrame(clip, fail)), "x264", fps=FPS)
    with pytest.raises(vs.Error, match="planted"):
        encode.encode_segment(piece, [track], each=lambda n: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [1, 2, 9])
def test_a_poster_alone_takes_one_frame(length: int, tmp_path: Path) -> None:
    asked = []

    def see(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        return f

    source = to_working(scene_files.clip(SCENE, "master"))[:length]
    picture = StagePicture(source.std.ModifyFrame(source, see))
    track = poster_track(picture, fps=FPS)
    piece = encode.Segment(first=0, end=length, folder=tmp_path / "pieces")
    piece.folder.mkdir()
    made: list[int] = []
    encode.encode_segment(piece, [track], each=made.append)
    assert made == asked == [length // 2]
    write_poster([piece], track, tmp_path / "poster.png")
    shown_as = from_working(source).resize.Bicubic(format=vs.RGB24)
    wanted = to_array(shown_as.get_frame(length // 2))
    shown = cv2.imread(str(tmp_path / "poster.png"))
    assert shown is not None
    assert np.array_equal(shown[..., ::-1], wanted)


def test_segments_belong_to_one_graph(tmp_path: Path) -> None:
    a = encode.segment_folder(tmp_path, graph="a", frames=10)
    encode.sweep_segments(a)
    (a / "0000000.mp4").touch()
    assert encode.segment_folder(tmp_path, graph="a", frames=10) == a
    b = encode.segment_folder(tmp_path, graph="b", frames=10)
    assert b != a
    assert a.exists()
    encode.sweep_segments(b)
    assert b.exists()
    assert not a.exists()
    pieces = encode.segments(b, frames=500, fps=FPS)
    assert [(p.first, p.end) for p in pieces] == [(0, 240), (240, 480), (480, 500)]


def test_a_missing_encoder_and_a_missing_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "encoders", lambda: frozenset({"libx264"}))
    with pytest.raises(MissingError, match="no encoder libx265"):
        ffmpeg.require_encoder("libx265")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nonexistent/ffmpeg")
    ffmpeg.find_ffmpeg.cache_clear()
    with pytest.raises(MissingError, match="no ffmpeg that runs"):
        ffmpeg.find_ffmpeg()
    monkeypatch.undo()
    ffmpeg.find_ffmpeg.cache_clear()


def test_a_full_disk_is_an_os_error() -> None:
    with pytest.raises(OSError, match="No space left"):
        ffmpeg.call(["-f", "lavfi", "-i", "testsrc=d=1", "-f", "matroska", "/dev/full"])


# --- GIF -------------------------------------------------------------------------------------
def source(n: int = 30) -> vs.VideoNode:
    return to_working(scene_files.clip(SCENE, "master"))[:n]


def small(n: int = 30) -> Array:
    return np.stack(
        [to_array(f) for f in gif_palette.small_clip(source(n), (192, 108)).frames(close=True)]
    )


def read_gif(path: Path, size: tuple[int, int]) -> Array:
    data = ffmpeg.call(["-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
    return np.frombuffer(data, np.uint8).reshape(-1, size[1], size[0], 3)


def test_gif_colours_and_stillness(tmp_path: Path) -> None:
    """Issue: change in still areas 0, mean difference at most 4 (CIEDE2000)."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    frames = small()
    reading, plan, *_ = small_frames(source(), tmp_path / "small", width=192, fps=Fraction(12))
    gif_palette.write_gif(reading, tmp_path / "a.gif", plan)
    got = read_gif(tmp_path / "a.gif", (192, 108))
    assert len(got) == 30
    assert (got[6:19] == got[5]).all()  # nothing moves in the master from 5 to 19
    still = (frames == frames[:1]).all((0, 3))
    assert still.mean() > 0.3
    assert (got[:, still] == got[0, still]).all()
    away = deltaE_ciede2000(rgb2lab(got[::7]), rgb2lab(frames[::7]))
    assert away.mean() < 4


def test_gif_shrinks_to_a_size(tmp_path: Path) -> None:
    reading, plan, *_ = small_frames(source(), tmp_path / "small", width=192, fps=Fraction(12))
    gif_palette.write_gif(reading, tmp_path / "a.gif", plan)
    free = (tmp_path / "a.gif").stat().st_size / 1e6
    size = gif_palette.write_gif(reading, tmp_path / "b.gif", plan, megabytes=free / 2)
    assert (tmp_path / "b.gif").stat().st_size / 1e6 <= free / 2
    assert size[0] < 192


def test_gif_plan() -> None:
    wide, film = (1024, 576), Fraction(24)
    plan = gif_palette.GifPlan.of(Output(gif_fps=12), canvas=wide, frames=48, fps=film)
    assert plan.size == (640, 360)
    assert plan.numbers == tuple(range(0, 48, 2))
    slow = gif_palette.GifPlan.of(
        Output(gif_fps=50), canvas=(320, 180), frames=10, fps=Fraction(10)
    )
    assert (slow.size, slow.fps, slow.numbers) == ((320, 180), Fraction(10), tuple(range(10)))


def test_a_long_gif_shows_every_frame(tmp_path: Path) -> None:
    """More frames than the palette is learned from; a colour comes late."""
    count = gif_palette.PALETTE_FRAMES + 200
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=32, height=16, length=count, fpsnum=50, fpsden=1, keep=True
    )
    moving = ["X N 32 % = 50000 12000 ?", f"N {count - 150} > 45000 32768 ?", "32768"]
    clip = core.akarin.Expr(blank, moving).std.SetFrameProps(
        _Matrix=1, _Primaries=1, _Transfer=1, _Range=int(vs.RANGE_LIMITED)
    )
    reading, plan, *_ = small_frames(clip, tmp_path / "small", width=32, fps=Fraction(50))
    gif_palette.write_gif(reading, tmp_path / "a.gif", plan)
    got = read_gif(tmp_path / "a.gif", (32, 16))
    assert len(got) == count
    true = np.stack(
        [to_array(gif_palette.small_clip(clip, (32, 16)).get_frame(n)) for n in (5, count - 5)]
    )
    assert np.abs(got[[5, count - 5]].astype(int) - true).max() <= 6
    assert list(tmp_path.glob("*.png")) == []


def test_a_part_of_the_film_as_gif() -> None:
    film = {"canvas": (320, 180), "frames": 240, "fps": Fraction(24)}
    part = gif_palette.GifPlan.of(Output(gif_fps=12, gif_start=48, gif_seconds=2), **film)  # type: ignore[arg-type]
    assert part.numbers == tuple(range(48, 96, 2))
    late = gif_palette.GifPlan.of(Output(gif_fps=12, gif_start="00:00:09.5", gif_seconds=9), **film)  # type: ignore[arg-type]
    assert late.numbers == tuple(range(228, 240, 2))
    with pytest.raises(UsageError, match=r"gif_start: expected a place before the end \(240 fr"):
        gif_palette.GifPlan.of(Output(gif_start=240), **film)  # type: ignore[arg-type]


def test_a_folder_with_a_percent_sign(tmp_path: Path) -> None:
    folder = tmp_path / "100%d film"
    encoded(StagePicture(source(3)), folder / "frames", "png", fps=FPS)
    names = sorted(path.name for path in (folder / "frames").iterdir())
    assert names == ["0000000.png", "0000001.png", "0000002.png"]


def test_an_encoder_that_fails_at_the_end_is_told(tmp_path: Path) -> None:
    picture = StagePicture(source(2).resize.Bicubic(width=64, height=32))
    track = track_of(picture, "dnxhr", fps=FPS)  # takes no picture so small
    piece = encode.Segment(first=0, end=2, folder=tmp_path)
    with pytest.raises(ffmpeg.EncoderError, match="ffmpeg: "):
        encode.encode_segment(piece, [track], each=lambda n: None)
    assert list(tmp_path.iterdir()) == []
