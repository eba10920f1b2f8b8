"""Every format, decoded again by another program: tags, samples, transparency, and refusals."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from PIL import Image
from scenes.encoded import encoded, small_frames, track_of
from scenes.finished import copy_project

from vsmeme.arrays.frames import to_array
from vsmeme.deliver.export import planned_files as planning
from vsmeme.deliver.export.animations import write_animation
from vsmeme.deliver.export.export import export
from vsmeme.deliver.export.formats.base import Quality
from vsmeme.deliver.export.formats.choose import FORMATS
from vsmeme.deliver.export.planned_files import PlannedFile, planned_files, require_space
from vsmeme.deliver.export.stage_pictures import StagePicture
from vsmeme.deliver.verify.claims_output import (
    lossless,
    output,
    read_frame,
    same_rate,
    tags_expected,
)
from vsmeme.deliver.verify.evidence import Evidence
from vsmeme.errors import UsageError
from vsmeme.ffmpeg import Raw, call, frame_bytes, streams
from vsmeme.project import Project, load_project

core = vs.core
FPS = Fraction(24000, 1001)
SIZE = (256, 128)
VIDEOS = [name for name, form in FORMATS.items() if form.kind == "video"]
EXACT = [
    (name, depth, alpha)
    for name, form in FORMATS.items()
    for depth in form.lossless
    if depth in form.depths
    for alpha in (False, *([True] if depth in form.alpha else []))
]


def film(frames: int = 6) -> StagePicture:
    """Every code in noise-like patterns, with a ramp of transparency."""
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=SIZE[0], height=SIZE[1], length=frames, fpsnum=24000,
        fpsden=1001, keep=True,
    )  # fmt: skip
    clip = core.akarin.Expr(
        blank,
        [
            "X 517 * Y 8111 * + N 331 * + 56000 % 4096 +",
            "X 911 * Y 123 * + N 77 * + 20000 % 22768 +",
            "X 313 * Y 777 * + 20000 % 22768 +",
        ],
    ).std.SetFrameProps(_Matrix=1, _Primaries=1, _Transfer=1, _Range=int(vs.RANGE_LIMITED))
    gray = core.std.BlankClip(blank, format=vs.GRAY8, keep=True)
    return StagePicture(clip, core.akarin.Expr(gray, "X 3 * Y + N 5 * + 256 %"))


def flat(frames: int = 6) -> StagePicture:
    """Patches of colour that any codec keeps."""
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=SIZE[0], height=SIZE[1], length=frames, fpsnum=24000,
        fpsden=1001, keep=True,
    )  # fmt: skip
    steps = ["X 32 / floor 4500 * Y 32 / floor 4000 * + 9000 +", "X 32 / floor 1250 * 29000 +",
             "Y 32 / floor 5000 * 30000 +"]  # fmt: skip
    clip = core.akarin.Expr(blank, steps).std.SetFrameProps(
        _Matrix=1, _Primaries=1, _Transfer=1, _Range=int(vs.RANGE_LIMITED)
    )
    return StagePicture(clip)


@pytest.mark.parametrize(("name", "depth", "alpha"), EXACT)
def test_lossless_formats_come_back_bit_by_bit(
    name: str, depth: int, alpha: bool, tmp_path: Path
) -> None:
    if alpha and name == "exr":
        pytest.skip("EXR multiplies by its transparency: see below")
    form, picture = FORMATS[name], film()
    path = tmp_path / ("frames" if form.kind == "pictures" else f"film{form.suffixes[0]}")
    encoded(picture, path, name, fps=FPS, depth=depth, alpha=alpha)
    track = track_of(picture, name, fps=FPS, depth=depth, alpha=alpha, home=tmp_path)
    clip, opaque = track.picture
    pixels = Raw.of(clip, FPS, alpha=alpha).pixels
    for n in range(6):
        wanted = frame_bytes(clip.get_frame(n))
        if opaque is not None:
            wanted += frame_bytes(opaque.get_frame(n))
        assert read_frame(path, n, form, pixels=pixels) == wanted, n


def test_ffv1_holds_the_working_format_itself(tmp_path: Path) -> None:
    picture = film()
    path = encoded(picture, tmp_path / "film.mkv", "ffv1", fps=FPS)
    clip = core.bs.VideoSource(str(path), cachemode=0)
    for n in (0, 5):
        assert frame_bytes(clip.get_frame(n)) == frame_bytes(picture.clip.get_frame(n))


def test_exr_is_linear_and_multiplied_by_its_transparency(tmp_path: Path) -> None:
    picture = film(2)
    assert picture.alpha is not None
    encoded(picture, tmp_path / "plain", "exr", fps=FPS)
    encoded(picture, tmp_path / "cut", "exr", fps=FPS, alpha=True)

    def read(folder: str, pixels: str, count: int) -> np.ndarray:
        data = read_frame(tmp_path / folder, 1, FORMATS["exr"], pixels=pixels)
        return np.frombuffer(data, "<f4").reshape(count, SIZE[1], SIZE[0])

    plain, cut = read("plain", "gbrpf32le", 3), read("cut", "gbrapf32le", 4)
    alpha = np.asarray(picture.alpha.get_frame(1)[0]) / 255
    assert np.abs(cut[3] - alpha).max() < 1e-6
    assert np.abs(cut[:3] - plain * alpha).max() < 1e-5
    linear = picture.clip.resize.Bicubic(format=vs.RGBS, transfer=vs.TRANSFER_LINEAR).get_frame(1)
    assert np.array_equal(plain[0], np.asarray(linear[1]))


@pytest.mark.parametrize("name", VIDEOS)
def test_videos_are_tagged_and_keep_their_colours(name: str, tmp_path: Path) -> None:
    form, picture = FORMATS[name], flat()
    wanted = picture.clip.resize.Bicubic(format=vs.RGB24)
    for depth in form.depths:
        for suffix in form.suffixes:
            path = tmp_path / f"{depth}{suffix}"
            encoded(picture, path, name, fps=FPS, depth=depth)
            clip = core.bs.VideoSource(str(path), cachemode=0)
            assert (clip.num_frames, clip.fps) == (6, FPS)
            with clip.get_frame(0) as frame:
                props = {k: int(frame.props.get(k, -1)) for k in tags_expected(form, gray=False)}
            assert props == tags_expected(form, gray=False)
            assert "bt709" in streams(path)
            shown = clip.resize.Bicubic(
                format=vs.RGB24, matrix_in=1, range_in=vs.RANGE_LIMITED,
            )  # fmt: skip
            got, true = (
                to_array(c.get_frame(3)).astype(int)[16::32, 16::32] for c in (shown, wanted)
            )
            assert np.abs(got - true).max() <= 2, (suffix, depth)


def test_transparency_of_prores_and_vp9(tmp_path: Path) -> None:
    blank = core.std.BlankClip(flat().clip, format=vs.GRAY8, keep=True)
    alpha = core.akarin.Expr(blank, "X 128 < 255 0 ?")
    picture = StagePicture(flat().clip, alpha)
    wanted = np.asarray(alpha.get_frame(0)[0]).astype(int)
    movie = encoded(picture, tmp_path / "a.mov", "prores4444", fps=FPS, alpha=True)
    web = encoded(picture, tmp_path / "a.webm", "vp9", fps=FPS, depth=8, alpha=True)
    for reading, path in (([], movie), (["-c:v", "libvpx-vp9"], web)):
        data = call([*reading, "-i", str(path), "-vf", "alphaextract", "-f", "rawvideo",
                     "-pix_fmt", "gray", "-"])  # fmt: skip
        got = np.frombuffer(data, np.uint8).reshape(-1, SIZE[1], SIZE[0]).astype(int)
        assert len(got) == 6
        assert np.abs(got[3][:, :120] - wanted[:, :120]).max() <= 2
        assert np.abs(got[3][:, 136:] - wanted[:, 136:]).max() <= 2


def test_masks_keep_their_codes(tmp_path: Path) -> None:
    mask = core.std.SetFrameProps(film().alpha, _Range=int(vs.RANGE_FULL))
    path = encoded(StagePicture(mask), tmp_path / "m.mkv", "ffv1", fps=FPS, depth=8)
    with core.bs.VideoSource(str(path), cachemode=0).get_frame(2) as frame:
        assert frame.format.id == vs.GRAY8
        assert int(frame.props["_Range"]) == int(vs.RANGE_FULL)  # type: ignore[call-overload]
        assert frame_bytes(frame) == frame_bytes(mask.get_frame(2))
    encoded(StagePicture(mask), tmp_path / "m", "png", fps=FPS, depth=16)
    deep = cv2.imread(str(tmp_path / "m" / "0000002.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(deep, np.asarray(mask.get_frame(2)[0]).astype(np.uint16) * 257)
    movie = encoded(StagePicture(mask), tmp_path / "m.mov", "prores4444", fps=FPS)
    luma = np.asarray(core.bs.VideoSource(str(movie), cachemode=0).get_frame(2)[0]) / 16.0
    full = (luma - 16) / 219 * 255
    assert np.abs(full - np.asarray(mask.get_frame(2)[0])).mean() < 4


# --- what plays by itself --------------------------------------------------------------------
class Animated(NamedTuple):
    path: Path
    frames: int
    shown: np.ndarray


def animated(name: str, folder: Path, frames: int = 30) -> Animated:
    """A moving square, written in two pieces."""
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=96, height=64, length=frames, fpsnum=24, fpsden=1, keep=True
    )
    clip = core.akarin.Expr(
        blank, ["X N 2 * - abs 12 < Y 32 - abs 12 < and 50000 12000 ?", "36000", "29000"]
    ).std.SetFrameProps(_Matrix=1, _Primaries=1, _Transfer=1, _Range=int(vs.RANGE_LIMITED))
    _, plan, track, pieces = small_frames(clip, folder / "small", width=96, fps=Fraction(12))
    form, path = FORMATS[name], folder / f"a.{name}"
    file = PlannedFile(
        form=form, picture="final", path=path,
        quality=Quality(crf=form.crf or 0, depth=8, alpha=False),
    )  # fmt: skip
    assert write_animation(file, pieces, track, plan, megabytes=None) == (96, 64)
    shown = np.stack([to_array(track.picture.clip.get_frame(n)) for n in plan.numbers])
    return Animated(path, len(plan.numbers), shown)


def test_an_animated_webp_is_read_by_pillow(tmp_path: Path) -> None:
    made = animated("webp", tmp_path)
    with Image.open(made.path) as picture:
        assert (picture.format, picture.size, picture.is_animated) == ("WEBP", (96, 64), True)
        durations, shown = [], []
        for n in range(picture.n_frames):
            picture.seek(n)
            shown.append(np.asarray(picture.convert("RGB")))
            durations.append(int(picture.info["duration"]))
        assert picture.info["loop"] == 0
    assert picture.n_frames == made.frames == 30
    assert sum(durations) == 2500
    assert np.abs(np.stack(shown).astype(int) - made.shown).mean() < 4


def test_an_animated_avif_is_read_by_ffmpeg(tmp_path: Path) -> None:
    made = animated("avif", tmp_path)
    assert "bt709" in streams(made.path)
    data = call(["-i", str(made.path), "-map", "0:v:1?", "-map", "0:v:0?", "-f", "null", "-"])
    assert data == b""
    assert made.path.read_bytes()[4:12] == b"ftypavis"
    with Image.open(made.path) as picture:
        assert picture.size == (96, 64)
        assert picture.n_frames == 30
        first = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(first - made.shown[0]).mean() < 6


# --- what is asked for -----------------------------------------------------------------------
def asked(project: Project, folder: Path, text: str, *, output_keys: str = "") -> Project:
    other = copy_project(project, folder)
    shutil.rmtree(other.out)
    base = other.file.read_text().replace("[output]", f"[output]\n{output_keys}")
    other.file.write_text(base + text)
    return load_project(other.file)


FILES = """
[[output.files]]
format = "prores"
stage = "composite"
[[output.files]]
format = "png"
stage = "face_cutout"
path = "cut/frames"
[[output.files]]
format = "tiff"
stage = "composite"
alpha = true
[[output.files]]
format = "ffv1"
stage = "foreground_mask"
[[output.files]]
format = "webp"
[[output.files]]
format = "ffv1"
"""


def test_several_files_in_one_pass(exported: Project, tmp_path: Path) -> None:
    project = asked(exported, tmp_path, FILES, output_keys='mp4 = "film.mkv"\ngif = false')
    made = export(project)
    assert made.rendered == 21
    assert sorted(path.name for path in project.out.iterdir()) == [
        "composite-tiff", "composite.mov", "cut", "film.mkv", "film.png", "final.mkv", "final.webp",
        "foreground_mask.mkv",
    ]  # fmt: skip
    assert len(list((project.out / "cut" / "frames").glob("*.png"))) == 21
    alpha = cv2.imread(str(project.out / "cut/frames/0000009.png"), cv2.IMREAD_UNCHANGED)[..., 3]
    with Evidence(project).masks.face.get_frame(9) as frame:
        assert np.array_equal(alpha, np.asarray(frame[0]).astype(np.uint16) * 257)
    holes = cv2.imread(str(project.out / "composite-tiff/0000004.tif"), cv2.IMREAD_UNCHANGED)[
        ..., 3
    ]
    assert set(np.unique(holes)) == {0, 65535}
    assert (holes[:20, :40] == 0).all()
    assert output(Evidence(project)).note.startswith("x264, prores")
    assert output(Evidence(project)).passed, output(Evidence(project)).note
    assert lossless(Evidence(project)).passed, lossless(Evidence(project)).note
    assert "png" in lossless(Evidence(project)).note
    again = export(load_project(project.file))
    assert again.rendered in (0, 21)  # large pieces are not kept, pictures are
    damaged = project.out / "cut" / "frames" / "0000010.png"
    cv2.imwrite(str(damaged), np.zeros((288, 512, 4), np.uint16))
    assert lossless(Evidence(project)).note == "frames"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('format = "prores"\npath = "a.mp4"', r"ends in \.mov or \.mkv, got a\.mp4"),
        ('format = "x264"\nalpha = true\nstage = "composite"', "x264 holds no transparency; these"),
        ('format = "ffv1"\nalpha = true', "final has no transparency; these have: composite"),
        ('format = "prores"\ndepth = 8', "prores has 10 bits a sample, got 8"),
        ('format = "png"\npath = "a.png"', "writes a folder of pictures"),
        ('format = "vp9"\nstage = "composite"\nalpha = true\ndepth = 10', "at 8 bits, got 10"),
        ('format = "ffv1"\ncrf = 20', "crf: ffv1 has none"),
        ('format = "x264"\npath = "meme.mp4"', "two files are called meme.mp4"),
        ('format = "x265"\nstage = "face_cutout"', "x265 holds no transparency"),
    ],
)
def test_what_does_not_fit_is_refused(
    exported: Project, tmp_path: Path, text: str, message: str
) -> None:
    project = asked(exported, tmp_path, f"[[output.files]]\n{text}\n")
    with pytest.raises(UsageError, match=message):
        export(project)
    assert not project.out.exists() or not list(project.out.iterdir())


def test_a_folder_of_other_things_is_not_replaced(exported: Project, tmp_path: Path) -> None:
    project = asked(exported, tmp_path, '[[output.files]]\nformat = "png"\npath = "mine"\n')
    (project.out / "mine").mkdir(parents=True)
    (project.out / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match=r"mine: holds letter.txt"):
        export(project)


def test_a_disk_too_small_is_told_first(
    exported: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = asked(exported, tmp_path, '[[output.files]]\nformat = "exr"\n')
    plans = planned_files(project)
    require_space(plans, tmp_path, size=(512, 288), frames=21)
    with pytest.raises(UsageError, match="dnxhr takes pictures of 256x120 and more"):
        tiny = replace(plans[0], form=FORMATS["dnxhr"])
        require_space([tiny], tmp_path, size=(128, 120), frames=21)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(planning.shutil, "disk_usage", lambda path: usage._replace(free=10**6))
    with pytest.raises(UsageError, match=r"0.0 GB free, the files take up to 0.0 GB, final-exr"):
        export(project)
    assert list(project.out.iterdir()) == []


def test_estimates_are_not_below_what_noise_takes(tmp_path: Path) -> None:
    for name in ("ffv1", "png", "tiff", "exr", "prores", "prores4444"):
        form = FORMATS[name]
        path = tmp_path / (name if form.kind == "pictures" else f"{name}{form.suffixes[0]}")
        encoded(film(), path, name, fps=FPS)
        files = list(path.iterdir()) if path.is_dir() else [path]
        bits = 8 * sum(file.stat().st_size for file in files) / (6 * SIZE[0] * SIZE[1])
        assert bits < 1.3 * form.bits[form.depths[0]] + 8, name


def test_the_rate_of_a_short_film_is_read_as_its_container_tells_it(tmp_path: Path) -> None:
    """A reader takes 24 frames of 29.97 in MKV for 30 fps; in MP4, or over seconds, it is wrong."""
    rate, guess = Fraction(30000, 1001), Fraction(30)
    short = tmp_path / "short.mkv"
    call(["-f", "lavfi", "-i", "testsrc=s=64x64:r=30000/1001", "-frames:v", "24",
          "-c:v", "ffv1", str(short)])  # fmt: skip
    found = Fraction(core.bs.VideoSource(str(short), cachemode=0).fps)
    assert same_rate(short, found, rate, frames=24)
    assert same_rate(short, guess, rate, frames=24)
    assert not same_rate(short, guess, rate, frames=240)
    assert not same_rate(Path("short.mp4"), guess, rate, frames=24)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no cores")
@pytest.mark.parametrize("name", ["x264", "x265", "av1", "vp9"])
def test_frames_do_not_depend_on_the_number_of_cores(name: str, tmp_path: Path) -> None:
    """Parts of one film are encoded on unlike machines."""
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        pytest.skip("one core")
    source = "testsrc2=size=512x288:rate=24:duration=1,noise=alls=12:allf=t,format=yuv420p"
    call(["-f", "lavfi", "-i", source, "-c:v", "ffv1", str(tmp_path / "drawn.mkv")])
    drawn = core.bs.VideoSource(str(tmp_path / "drawn.mkv"), cachemode=0)
    clip = core.resize.Bicubic(drawn, format=vs.YUV444P16, matrix_in=vs.MATRIX_BT709)
    clip = clip.std.SetFrameProps(_Matrix=1, _Primaries=1, _Transfer=1)
    hashes, suffix = set(), FORMATS[name].suffixes[0]
    for count in (1, len(cores)):
        os.sched_setaffinity(0, sorted(cores)[:count])
        try:
            place = tmp_path / f"{count}{suffix}"
            path = encoded(StagePicture(clip), place, name, fps=Fraction(24), count=1)
        finally:
            os.sched_setaffinity(0, cores)
        hashes.add(call(["-i", str(path), "-map", "0:v", "-f", "md5", "-"]))
    assert len(hashes) == 1
