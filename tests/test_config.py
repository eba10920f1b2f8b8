"""meme.toml: defaults, overrides, and one clear line for every mistake."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from vsmeme.config_file import load_config, release
from vsmeme.errors import UsageError
from vsmeme.project import load_project
from vsmeme.settings.setting_values import seconds


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    for name in ("wide.mkv", "dvd.mkv", "face.png"):
        (tmp_path / name).write_bytes(b"x")
    path = tmp_path / "meme.toml"
    path.write_text('[sources]\nwide = "wide.mkv"\ndvd = "dvd.mkv"\n')
    return path


def test_defaults(toml: Path) -> None:
    config = load_config(toml)
    assert config.sources.wide == toml.parent / "wide.mkv"
    assert config.seam.width == 16
    assert config.geometry.canvas == "union"
    assert config.background.mode == "auto"


def test_everything_can_be_written(toml: Path) -> None:
    toml.write_text(
        toml.read_text()
        + """face = "face.png"
dvd_crop = [8, 0, 704, 480]
[time]
start = "00:01:02.5"
duration = 48
[segment]
feather = 8
[[segment.prompts]]
box = [1, 2, 3.5, 4]
points = [[1, 2], [3, 4]]
[face]
placement = { centre = [10, 20], width = 30 }
"""
    )
    config = load_config(toml)
    assert config.sources.dvd_crop == (8, 0, 704, 480)
    assert config.segment.prompts[0].points == ((1, 2), (3, 4))
    assert config.face.placement is not None
    assert config.face.placement.width == 30


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("foreground.colour=#12345", r"foreground.colour: string should match.*got \"#12345\""),
        ("time.start=-3", "time: start: expected frame 0 or later"),
        ("time.start=1:2", r'expected a frame number or "HH:MM:SS.mmm", got "1:2"'),
        ("time.duration=0", "duration: expected 1 frame or more"),
        ("sources.wdie=x", "sources.wdie: unknown key"),
        ("geometry.canvas=big", "geometry.canvas: input should be 'union'"),
        ("upscale.tile='3'", "upscale.tile: input should be a valid integer"),
        ("finish.grain=true", "finish.grain: input should be a valid number"),
        ("bogus.x=1", "bogus: unknown key"),
        ("geometry.scale=9", "geometry.scale: .*less than or equal to 8"),
        ("sources.wide=nix.mkv", "sources.wide: no such file: .*nix.mkv"),
        ("sources.wide=.", "sources.wide: expected a film, a list of files .*; the folder .* none"),
        (
            "sources.wide=[]",
            "sources.wide: input should be .* or tuple should have at least 1 item",
        ),
        ('sources.dvd=["dvd.mkv", "b.vob"]', "sources.dvd: no such file: .*b.vob"),
        ("sources.dvd=shot_%04d.png", "sources.dvd: no such images: .*shot_%04d.png"),
        ("sources.dvd_title=2", "sources.dvd: .*dvd.mkv: a title was chosen, but it is no disc"),
        ("sources.dvd_rate=25", "sources.dvd: .*dvd.mkv: a rate was given, but only images"),
        ("sources.wide_rate=0", "sources.wide_rate: .*greater than 0"),
        ("sources.wide_stream=0", "sources.wide_stream: .*greater than or equal to 1"),
        ("segment.prompts=[{box=[1,2,3]}]", "segment.prompts.0.box.3: missing"),
        ("segment.prompts=[{frme=1}]", "segment.prompts.0.frme: unknown key"),
        ("seam=1", 'set: expected "section.key=value'),
    ],
)
def test_one_line_for_every_mistake(toml: Path, change: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load_config(toml, set_=change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sources]\n", "sources.wide: missing"),
        ("", "sources: missing"),
        ("sources = 3", "sources: expected a section"),
        ("[sources\n", "not valid TOML"),
        ("\udcff", "not valid TOML"),
    ],
)
def test_broken_files(toml: Path, text: str, message: str) -> None:
    toml.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=message):
        load_config(toml)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such meme.toml"):
        load_config(tmp_path / "meme.toml")
    with pytest.raises(UsageError, match="no such meme.toml"):
        load_config(tmp_path)


def test_the_folder_stands_for_its_meme_toml(toml: Path) -> None:
    assert load_config(toml.parent) == load_config(toml)
    project = load_project(toml.parent)
    assert (project.file, project.folder) == (toml, toml.parent)


@pytest.mark.parametrize(
    ("inside", "key", "what"),
    [("VIDEO_TS", "dvd", "a DVD's folder without"), ("BDMV", "wide", "Blu-ray disc without")],
)
def test_a_disc_is_no_project(toml: Path, inside: str, key: str, what: str) -> None:
    disc = toml.parent / "disc"
    (disc / inside).mkdir(parents=True)
    for folder in (disc, disc / inside):
        with pytest.raises(UsageError, match=rf"a disc, not a project.*\[sources\] {key} = '"):
            load_config(folder)
        with pytest.raises(UsageError, match=f"sources.dvd: .*{what}"):
            load_config(toml, set_=f"sources.dvd={folder}")


def test_one_disc_may_hold_both_releases(toml: Path) -> None:
    disc = toml.parent / "disc" / "VIDEO_TS"
    disc.mkdir(parents=True)
    (disc / "VTS_01_1.VOB").write_bytes(b"x")
    both = f"sources.wide={disc};sources.dvd={disc}"
    with pytest.raises(UsageError, match="sources.wide and sources.dvd are the same file"):
        load_config(toml, set_=both)
    config = load_config(toml, set_=f"{both};sources.wide_title=1;sources.dvd_title=2")
    assert release(config.sources, "dvd").title == 2


@pytest.mark.parametrize(
    ("head", "message"),
    [(b"....BDMV", "the image of a Blu-ray disc; mount it"), (b"....", "an image of neither")],
)
def test_disc_images_that_are_not_read(toml: Path, head: bytes, message: str) -> None:
    (toml.parent / "disc.iso").write_bytes(head)
    with pytest.raises(UsageError, match=f"sources.wide: .*disc.iso: {message}") as caught:
        load_config(toml, set_="sources.wide=disc.iso")
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_mistake(toml: Path) -> None:
    plain = load_config(toml)
    toml.write_bytes(b"\xef\xbb\xbf" + toml.read_bytes())
    assert load_config(toml) == plain


@pytest.mark.parametrize("path", [r"C:\Users\x.mkv", r"C:\films\wide.mkv", r"C:\temp\new.mkv"])
def test_backslashes_are_explained(toml: Path, path: str) -> None:
    toml.write_text(f'[sources]\nwide = "{path}"\ndvd = "dvd.mkv"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="write Windows paths in single quotes") as caught:
        load_config(toml)
    assert "\n" not in str(caught.value)


def test_paths_count_from_the_file(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = toml.parent / "home"
    home.mkdir()
    (home / "far.mkv").write_bytes(b"x")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    config = load_config(toml, set_="sources.wide=~/far.mkv;upscale.model=nets/mine.onnx")
    assert config.sources.wide == home / "far.mkv"
    assert config.upscale.model == str(toml.parent / "nets" / "mine.onnx")
    named = load_config(toml, set_="upscale.model=span-4x;inpaint.model=some/diffusion-1.5")
    assert (named.upscale.model, named.inpaint.model) == ("span-4x", "some/diffusion-1.5")
    mine = load_config(toml, set_="foreground.restore_model=gfpgan-1.4;segment.model=~/sam.pth")
    assert mine.foreground.restore_model == "gfpgan-1.4"
    assert mine.segment.model == str(home / "sam.pth")


def test_the_same_file_twice_is_refused(toml: Path) -> None:
    with pytest.raises(UsageError, match="sources.wide and sources.dvd are the same file"):
        load_config(toml, set_="sources.dvd=wide.mkv")


def test_empty_source(toml: Path) -> None:
    (toml.parent / "wide.mkv").write_bytes(b"")
    with pytest.raises(UsageError, match="sources.wide: empty file"):
        load_config(toml)


def test_overrides(toml: Path) -> None:
    config = load_config(toml, set_="foreground.colour=#00ff88; finish.grain=0;time.start=00:00:02")
    assert config.foreground.colour == "#00ff88"
    assert config.finish.grain == 0
    assert config.time.start == "00:00:02"


def test_seconds() -> None:
    assert seconds("01:02:03.25") == Fraction(3723 * 4 + 1, 4)
