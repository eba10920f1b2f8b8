"""Discs, files that follow one another and images become one film of the same frames."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scenes.discs import SECTOR, encode_vob, make_bluray, make_dvd

from vsmeme.errors import UsageError
from vsmeme.ffmpeg import call
from vsmeme.source.clock import stream_times
from vsmeme.source.files import open_video
from vsmeme.source.media.medium import find_medium
from vsmeme.source.prepare.media import join_media as module
from vsmeme.source.prepare.media.join_media import join_media
from vsmeme.source.streams import probe_container

PLAIN = ("-pix_fmt", "yuv420p")


@pytest.fixture(scope="module")
def vobs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("vobs")
    short = encode_vob(folder / "short.vob", seconds=1, pattern="testsrc")
    return short, encode_vob(folder / "long.vob", seconds=3, hertz=880)


def pictures(path: Path) -> list[str]:
    """A digest of every frame."""
    return [
        hashlib.sha256(b"".join(np.asarray(frame[p]).tobytes() for p in range(3))).hexdigest()
        for frame in open_video(path, role="dvd").frames(close=True)
    ]


def joined(given: Path | tuple[Path, ...], folder: Path, **choice: int | Fraction) -> Path:
    target = folder / "joined.mkv"
    target.unlink(missing_ok=True)
    medium = find_medium(given, **choice)  # type: ignore[arg-type]
    assert not medium.plain
    join_media(medium, target, role="dvd")
    return target


def encoded(path: Path, *more: str, source: str = "testsrc2=s=160x120:r=25", t: float = 1) -> Path:
    call(["-f", "lavfi", "-i", source, *more, "-t", str(t), str(path)])
    return path


def test_the_longest_title_of_a_dvd(vobs: tuple[Path, Path], tmp_path: Path) -> None:
    short, long = vobs
    disc = make_dvd(tmp_path / "disc", [(short, 1), (long, 3), (short, 1)])
    for folder in (disc, disc / "VIDEO_TS"):
        path = joined(folder, tmp_path)
        assert pictures(path) == pictures(long)
        assert stream_times(path)[-1] == pytest.approx(74 / 25, abs=2e-3)
        assert len(probe_container(path).of_kind("audio")) == 1
    assert pictures(joined(disc, tmp_path, title=3)) == pictures(short)
    small = tmp_path / "small" / "video_ts"  # as some mount discs
    small.mkdir(parents=True)
    for file in (disc / "VIDEO_TS").iterdir():
        (small / file.name.lower()).write_bytes(file.read_bytes())
    for folder in (small, small.parent):
        assert pictures(joined(folder, tmp_path)) == pictures(long)
    with pytest.raises(UsageError, match=r"no title 7; it has: 1 \(0:00:01\), 2 \(0:00:03\), 3"):
        joined(disc, tmp_path, title=7)
    assert not list(tmp_path.glob("*.mkv"))


def test_a_disc_that_ends_early_is_said(
    vobs: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disc = make_dvd(tmp_path / "disc", [(vobs[1], 3)])
    with caplog.at_level("WARNING"):
        joined(disc, tmp_path)
        assert not caplog.text
        vob = disc / "VIDEO_TS" / "VTS_01_1.VOB"
        vob.write_bytes(vob.read_bytes()[: 90 * SECTOR])
        joined(disc, tmp_path)
    assert "of 0:00:03 could be read; the rest is missing or damaged" in caplog.text


def test_an_image_of_a_dvd(vobs: tuple[Path, Path], tmp_path: Path) -> None:
    pycdlib = pytest.importorskip("pycdlib")
    disc = make_dvd(tmp_path / "disc", [(vobs[0], 1), (vobs[1], 3)])
    made = pycdlib.PyCdlib()
    made.new(udf="2.60", interchange_level=3)
    made.add_directory("/VIDEO_TS", udf_path="/VIDEO_TS")
    for file in sorted((disc / "VIDEO_TS").iterdir()):
        name = f"/VIDEO_TS/{file.name}"
        made.add_file(str(file), f"{name};1", udf_path=name)
    made.write(str(tmp_path / "disc.iso"))
    made.close()
    assert pictures(joined(tmp_path / "disc.iso", tmp_path)) == pictures(vobs[1])


def test_a_dvd_whose_tables_are_broken(
    vobs: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disc = make_dvd(tmp_path / "disc", [(vobs[0], 1), (vobs[1], 3)])
    for table in (disc / "VIDEO_TS").glob("*.IFO"):
        table.write_bytes(bytes(SECTOR))
    with caplog.at_level("INFO"):
        assert pictures(joined(disc, tmp_path)) == pictures(vobs[1])
    assert "tables (IFO) cannot be read" in caplog.text
    assert "title 2, of: 1 (0.00 GB), 2 (0.00 GB)" in caplog.text


def test_vobs_that_were_one_stream(vobs: tuple[Path, Path], tmp_path: Path) -> None:
    """A frame lies across the border, as on discs: not one is lost."""
    data, cut = vobs[1].read_bytes(), 97 * SECTOR
    parts = tmp_path / "VTS_01_1.VOB", tmp_path / "it's|2.VOB"
    parts[0].write_bytes(data[:cut])
    parts[1].write_bytes(data[cut:])
    path = joined(parts, tmp_path)
    assert pictures(path) == pictures(vobs[1])
    steps = np.diff(stream_times(path))
    assert np.abs(steps - 1 / 25).max() < 2e-3


def test_one_vob_of_several_is_a_part(
    vobs: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for n in (1, 2):
        (tmp_path / f"VTS_01_{n}.VOB").write_bytes(vobs[0].read_bytes())
    with caplog.at_level("WARNING"):
        medium = find_medium(tmp_path / "VTS_01_1.VOB")
        join_media(medium, tmp_path / "joined.mkv", role="dvd")
        assert "only a part of its title, which lies in VTS_01_1.VOB to VTS_01_2" in caplog.text
        caplog.clear()
        (tmp_path / "VTS_01_2.VOB").unlink()
        join_media(medium, tmp_path / "joined.mkv", role="dvd")
    assert not caplog.text


def test_films_that_follow_one_another(tmp_path: Path) -> None:
    sound = ("-f", "lavfi", "-i", "sine", "-c:v", "ffv1", "-c:a", "pcm_s16le", *PLAIN)
    one = encoded(tmp_path / "it's one.mkv", *sound)
    two = encoded(tmp_path / "two.mkv", *sound, source="testsrc=s=160x120:r=25")
    path = joined((one, two), tmp_path)
    assert pictures(path) == pictures(one) + pictures(two)
    assert np.abs(np.diff(stream_times(path)) - 1 / 25).max() < 2e-3
    assert probe_container(path).of_kind("audio")[0].codec == "flac"
    other = encoded(tmp_path / "other.mkv", "-c:v", "ffv1", *PLAIN, source="testsrc=s=176x144:r=25")
    with pytest.raises(
        UsageError, match=r"other.mkv: ffv1 \w+ 176x144 .*, but .*: ffv1 \w+ 160x120"
    ):
        joined((one, other), tmp_path)
    fine = encoded(tmp_path / "fine.mkv", *sound, "-pix_fmt", "yuv444p")
    with pytest.raises(UsageError, match="fine.mkv: ffv1 yuv444p .*, but .*: ffv1 yuv420p"):
        joined((one, fine), tmp_path)
    mute = encoded(tmp_path / "mute.wav", source="sine")
    with pytest.raises(UsageError, match="mute.wav: no video in it"):
        joined((one, mute), tmp_path)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_films_that_were_coded_differently(tmp_path: Path, container: str) -> None:
    """Each part brings parameter sets of its own."""
    one, two = (
        encoded(tmp_path / f"{n}.{container}", "-c:v", "libx264", *PLAIN, *how)
        for n, how in enumerate((("-preset", "ultrafast"), ("-preset", "slow", "-g", "8")))
    )
    assert pictures(joined((one, two), tmp_path)) == pictures(one) + pictures(two)


def test_the_playlists_of_a_bluray_disc(tmp_path: Path) -> None:
    clips = {
        f"0000{n}": encoded(tmp_path / f"{n}.m2ts", "-c:v", "mpeg2video", source=source, t=2)
        for n, source in enumerate(("testsrc2=s=160x120:r=25", "testsrc=s=160x120:r=25"))
    }
    begin = {name: float(probe_container(path).start) for name, path in clips.items()}
    one, two = ((name, begin[name], begin[name] + 2) for name in clips)
    lists = {1: [one], 2: [one, two], 3: [one] * 5}
    disc = make_bluray(tmp_path / "disc", clips, lists)
    whole = [frame for path in clips.values() for frame in pictures(path)]
    assert pictures(joined(disc, tmp_path)) == whole
    assert pictures(joined(disc / "BDMV", tmp_path, title=2)) == whole
    alone = find_medium(disc, title=1)
    assert alone.plain  # opened where it lies
    assert alone.files == (disc / "BDMV" / "STREAM" / "00000.m2ts",)
    with pytest.raises(UsageError, match=r"no playlist 800; its longest: 2 \(0:00:04\), 1"):
        find_medium(disc, title=800)
    (disc / "BDMV" / "STREAM" / "00001.m2ts").unlink()
    with pytest.raises(UsageError, match=r"00001.m2ts: missing; playlist 2 of the disc shows it"):
        find_medium(disc)
    for path in (disc / "BDMV" / "PLAYLIST").iterdir():
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UsageError, match="without a playlist that can be read"):
        find_medium(disc)


@pytest.mark.parametrize(("mode", "name"), [("RGB", "png"), ("L", "tiff"), ("RGB", "bmp")])
def test_images_become_a_film_without_loss(tmp_path: Path, mode: str, name: str) -> None:
    random = np.random.default_rng(1)
    folder = tmp_path / "shots"
    folder.mkdir()
    made = []
    for n in range(8, 13):  # 9 comes before 10
        pixels = random.integers(0, 256, (48, 64, 3), np.uint8)
        made.append(pixels if mode == "RGB" else pixels[..., 0])
        Image.fromarray(made[-1]).save(folder / f"shot {n}.{name}")
    for given in (folder, folder / f"shot *.{name}", folder / f"shot %d.{name}"):
        path = joined(given, tmp_path, rate=Fraction(25))
        clip = open_video(path, role="wide")
        assert (clip.num_frames, clip.fps) == (5, 25)
        for n, pixels in enumerate(made):
            with clip.get_frame(n) as frame:
                planes = np.stack([np.asarray(frame[p]) for p in range(3)], axis=-1)
            assert np.array_equal(planes if mode == "RGB" else planes[..., 0], pixels)
    Image.fromarray(made[0][:, :32]).save(folder / f"shot 13.{name}")
    with pytest.raises(UsageError, match="shot 13.*: 32x48 .*, but shot 8.*: 64x48"):
        joined(folder, tmp_path)


def test_the_longer_of_two_streams_or_the_one_that_was_chosen(tmp_path: Path) -> None:
    short, long = (
        encoded(tmp_path / f"{t}.mkv", "-c:v", "ffv1", source=f"{s}=s=160x120:r=25", t=t)
        for t, s in ((1, "testsrc"), (3, "testsrc2"))
    )
    both = tmp_path / "both.mkv"
    call(["-i", str(short), "-i", str(long), "-map", "0", "-map", "1", "-c", "copy", str(both)])
    assert pictures(both) == pictures(long)
    assert len(stream_times(both)) == 75
    assert pictures(joined(both, tmp_path, stream=1)) == pictures(short)
    with pytest.raises(UsageError, match=r"no video stream 3; it has: 1 \(ffv1, 160x120\), 2 \("):
        joined(both, tmp_path, stream=3)
    cover = tmp_path / "cover.png"
    Image.new("RGB", (640, 480)).save(cover)
    art = tmp_path / "art.mp4"
    call(["-i", str(cover), "-i", str(long), "-map", "0", "-map", "1", "-c:v:0", "copy", "-c:v:1",
          "libx264", "-disposition:v:0", "attached_pic", str(art)])  # fmt: skip
    clip = open_video(art, role="wide")
    assert (clip.width, clip.num_frames) == (160, 75)


def test_a_picture_that_was_filmed_upright_is_turned(tmp_path: Path) -> None:
    path, turned = encoded(tmp_path / "phone.mp4", "-c:v", "libx264"), tmp_path / "turned.mp4"
    call(["-display_rotation", "90", "-i", str(path), "-c", "copy", str(turned)])
    clip, plain = open_video(turned, role="wide"), open_video(path, role="wide")
    assert (clip.width, clip.height) == (120, 160)
    with clip.get_frame(3) as frame, plain.get_frame(3) as upright:
        assert np.array_equal(np.asarray(frame[0]), np.rot90(np.asarray(upright[0])))


def scrambled(vob: Path) -> bytes:
    data = bytearray(vob.read_bytes())
    for at in range(0, len(data), SECTOR):
        if data[at + 14 : at + 18] == b"\x00\x00\x01\xe0":
            data[at + 20] |= 0x10
    return bytes(data)


def encrypted(clip: Path) -> bytes:
    data = bytearray(clip.read_bytes())
    noise = np.random.default_rng(1)
    for at in range(0, len(data) - 6144 + 1, 6144):
        data[at] |= 0xC0
        data[at + 16 : at + 6144] = noise.bytes(6128)
    return bytes(data)


def protected(vobs: tuple[Path, Path], folder: Path) -> Iterator[tuple[str, Path]]:
    disc = make_dvd(folder / "dvd", [(vobs[1], 3)])
    vob = disc / "VIDEO_TS" / "VTS_01_1.VOB"
    vob.write_bytes(scrambled(vob))
    yield "CSS", disc
    yield "CSS", vob
    clip = encoded(folder / "a.m2ts", "-c:v", "mpeg2video", t=3)
    clip.write_bytes(encrypted(clip))
    yield "AACS", make_bluray(folder / "bluray", {"00001": clip}, {1: [("00001", 0, 3)]})
    film = encoded(folder / "film.mp4", "-c:v", "libx264")
    film.write_bytes(film.read_bytes().replace(b"avc1\0", b"drmi\0", 1).replace(b"avc1", b"drmi"))
    yield "DRM", film


def test_copy_protection_is_refused_by_name(vobs: tuple[Path, Path], tmp_path: Path) -> None:
    for name, given in protected(vobs, tmp_path):
        with pytest.raises(UsageError, match=rf"copy-protected \({name}\)") as caught:
            join_media(find_medium(given), tmp_path / "joined.mkv", role="dvd")
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "joined.mkv").exists()


def test_a_full_disk_is_said_before_it_is_full(
    vobs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SPARE_BYTES", 1 << 60)
    disc = make_dvd(tmp_path / "disc", [(vobs[0], 1)])
    with pytest.raises(UsageError, match=r"sources.dvd: .*takes up to 0.0 GB; .* GB are free"):
        joined(disc, tmp_path)
