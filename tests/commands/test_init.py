"""`vsmeme init`: what it writes loads, says what it saw, and holds any path."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path, PurePath, PureWindowsPath

import cv2
import numpy as np
import pytest

from vsmeme.commands.project.settings_text import clock, quoted, read_head, settings_text
from vsmeme.config_file import load_config
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.errors import UsageError
from vsmeme.source.prepare.media.dvd_titles import DvdTitle
from vsmeme.source.streams import parse_container

SCENE = Scene(size="small", frames=6)
UHD = """\
Input #0, matroska, from 'film.mkv':
  Duration: 01:58:12.50, start: 0.000000, bitrate: 60000 kb/s
  Stream #0:0: Video: hevc (Main 10), yuv420p10le(tv, bt2020nc/bt2020/smpte2084), 3840x1608, \
23.98 fps, 23.98 tbr, 1k tbn (default)
  Stream #0:1(eng): Audio: truehd, 48000 Hz, 7.1, s32 (24 bit) (default)
  Stream #0:2(ger): Audio: ac3, 48000 Hz, stereo, fltp, 192 kb/s
"""
DVD = """\
Input #0, mpeg, from 'dvd.vob':
  Duration: 01:53:20.00, start: 0.280000, bitrate: 6000 kb/s
  Stream #0:0[0x1e0]: Video: mpeg2video (Main), yuv420p(tv, bt470bg, top first), 720x576 \
[SAR 16:15 DAR 4:3], 25 fps, 25 tbr, 90k tbn
"""


def vsmeme(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [sys.executable, "-m", "vsmeme", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with spaces, an umlaut and a quote in its name, and a pair in it."""
    folder = tmp_path_factory.mktemp("films") / 'My "best" films, ü'
    folder.mkdir()
    scene_files.write_pair(SCENE, folder)
    cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tofile(folder / "silly.png")
    return folder


def test_it_loads_and_says_what_it_saw(films: Path) -> None:
    done = vsmeme("init", "wide.mkv", films / "dvd.mkv", "--face", "silly.png", cwd=films)
    assert done.returncode == 0, done.stderr
    assert "meme.toml: written; next: vsmeme make meme.toml" in done.stderr
    text = (films / "meme.toml").read_text("utf-8")
    assert f"{SCENE.wide_rect[2]}x{SCENE.wide_rect[3]}, " in text
    assert "sound: none" in text
    assert 'wide = "wide.mkv"\n' in text
    config = load_config(films / "meme.toml")
    assert config.sources.dvd == films / "dvd.mkv"
    assert config.sources.face == films / "silly.png"
    made = vsmeme("make", "--dry-run", cwd=films)
    assert made.returncode == 0, made.stderr
    assert "[1/6] match: " in made.stderr
    again = vsmeme("init", "wide.mkv", "dvd.mkv", cwd=films)
    assert again.returncode == 2
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dvd.mkv", "wide.mkv"), "give the widescreen release first"),
        (("wide.mkv", "none.mkv"), "no such file: none.mkv"),
        (("wide.mkv", ".."), "holds none of them"),
        (("silly.png", "wide.mkv"), "ffmpeg finds no picture in it"),
        (("wide.mkv", "wide.mkv"), "are the same file"),
        (("wide.mkv", "dvd.mkv", "--face", "none.png"), "no such file"),
        (("wide.mkv", "dvd.mkv", "--start", "soon"), '--start: expected a frame number or "HH:MM'),
        (("wide.mkv", "dvd.mkv", "--start", "03:00:00"), "--start: "),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    films: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = vsmeme("init", *arguments, "-o", "other.toml", cwd=films)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]
    assert not (films / "other.toml").exists()
    assert not list(films.glob(".other*part*"))


def test_a_long_film_gets_a_section(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, said in (("film.mkv", UHD), ("dvd.vob", DVD)):
        (tmp_path / name).write_bytes(b"film")
        monkeypatch.setattr(
            "vsmeme.commands.project.settings_text.streams",
            lambda path: UHD if path.name == "film.mkv" else DVD,
        )
        assert parse_container(tmp_path / name, said).seconds
    wide, dvd = read_head(tmp_path / "film.mkv"), read_head(tmp_path / "dvd.vob")
    text = settings_text(wide, dvd, folder=tmp_path)
    data = tomllib.loads(text)
    assert data["time"] == {"start": "00:47:17.000", "duration": "00:00:10.000"}
    assert "bt2020nc/bt2020/smpte2084), 3840x1608, 23.98 fps, 01:58:12.500" in text
    assert "sound: eng 8 ch; ger 2 ch" in text
    assert "720x576 [SAR 16:15 DAR 4:3], 25 fps, 01:53:20.000, sound: none" in text
    with pytest.raises(UsageError, match="ends at 01:58:12.500, before 02:00:00"):
        settings_text(wide, dvd, folder=tmp_path, start="02:00:00")


@pytest.mark.parametrize(
    "path",
    [
        PureWindowsPath(r"C:\films\new\wide film.mkv"),
        PureWindowsPath(r"\\nas\films\wide.mkv"),
        PureWindowsPath(r"D:\it's\wide.mkv"),
        PurePath("/films/a \"quote\" and 'another'/wïde.mkv"),
        PurePath("/films/tab\there.mkv"),
    ],
)
def test_any_path_comes_back_out_of_toml(path: PurePath) -> None:
    folder = PureWindowsPath("E:\\") if isinstance(path, PureWindowsPath) else PurePath("/other")
    assert tomllib.loads(f"v = {quoted(path, folder)}")["v"] == str(path)
    assert tomllib.loads(f"v = {quoted(path, path.parent)}")["v"] == path.name


def test_discs_images_and_scripts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"shot_{n}.png").write_bytes(b"image")
    script = tmp_path / "mine.vpy"
    script.write_text("import vapoursynth as vs\n")
    assert read_head(tmp_path / "shot_%d.png").words == "3 images"
    head = read_head(script)
    assert (head.words, head.size, head.seconds) == ("a script: its output 0", (0, 0), None)
    disc = tmp_path / "disc" / "VIDEO_TS"
    disc.mkdir(parents=True)
    (disc / "VTS_01_1.VOB").write_bytes(b"film")
    container = parse_container(disc, DVD)
    title = DvdTitle(number=2, seconds=6800.0, container=container)
    monkeypatch.setattr("vsmeme.commands.project.settings_text.choose_title", lambda medium: title)
    dvd = read_head(disc.parent)
    assert dvd.words == "a DVD, title 2, mpeg2video, 720x576, 01:53:20.000, sound: none"
    data = tomllib.loads(settings_text(head, dvd, folder=tmp_path))
    assert data["sources"] == {"wide": "mine.vpy", "dvd": "disc"}


def test_times() -> None:
    assert clock(Fraction(3723456, 1000)) == "01:02:03.456"
    assert clock(None) == ""
