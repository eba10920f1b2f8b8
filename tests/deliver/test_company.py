"""Subtitles and chapters that go along with the picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scenes.encoded import parts, track_of
from scenes.projects import write_project, write_truth

from vsmeme.deliver.exchange.cut_tables import chapters, qpfile
from vsmeme.deliver.exchange.takes import film_takes
from vsmeme.deliver.export import encode, mux
from vsmeme.deliver.export.stage_pictures import StagePicture
from vsmeme.deliver.export.subtitles import (
    KeptStretch,
    SubtitleLine,
    cut_file,
    kept_stretches,
    lines_in_result,
    wide_subtitles,
)
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.ffmpeg import call, streams
from vsmeme.project import Project, load_project
from vsmeme.source.formats import to_working
from vsmeme.source.streams import probe_container

SCENE = Scene(size="tiny", seed=5, frames=96, dvd_trim=(24, 0), cuts=(40, 70))
RATE = float(SCENE.fps)
SRT = """\
1
00:00:00,200 --> 00:00:01,500
Before and
into it

2
00:00:02,000 --> 00:00:02,500
<i>inside</i>

3
00:00:09,000 --> 00:00:09,500
after the end
"""
ASS = """\
[Script Info]
PlayResX: 384
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:02.00,0:00:02.50,Default,,0,0,0,,{\\pos(10,20)}styled, with commas
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A matched pair whose wide has subtitles: SubRip, ASS and pictures of them."""
    folder = tmp_path_factory.mktemp("titled")
    made = write_project(folder, SCENE, settings="[colour]\nmatch = false\n[output]\ncrf = 40\n")
    (folder / "a.srt").write_text(SRT)
    (folder / "b.ass").write_text(ASS)
    wide = made.config.sources.wide
    plain = wide.rename(folder / "plain.mkv")
    languages = ["-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger"]
    call(["-i", str(plain), "-i", str(folder / "a.srt"), "-i", str(folder / "b.ass"), "-map", "0",
          "-map", "1", "-map", "2", "-c", "copy", *languages, str(wide)])  # fmt: skip
    made = load_project(made.file)
    write_truth(made, SCENE)
    return made


def test_lines_are_cut_shifted_and_joined() -> None:
    kept = (KeptStretch(begin=10, end=12, at=0), KeptStretch(begin=15, end=20, at=2))

    def spans(begin: float, end: float) -> list[tuple[float, float]]:
        return [
            (p.begin, p.end)
            for p in lines_in_result(SubtitleLine(begin=begin, end=end, text=""), kept)
        ]

    assert spans(9, 11) == [(0, 1)]
    assert spans(11, 16) == [(1, 3)]  # the gap between is gone: one line
    assert spans(12.5, 14) == []
    assert spans(16, 25) == [(3, 7)]


@pytest.mark.parametrize("text", ["", "\n\n", "no times at all\n", SRT.replace("\n", "\r\n")])
def test_odd_files(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    count = cut_file(path, (KeptStretch(begin=0, end=5, at=0),))
    assert count == (2 if "inside" in text else 0)


def test_subtitles_of_the_wide_go_along(project: Project, tmp_path: Path) -> None:
    files = wide_subtitles(project, tmp_path)
    assert [(file.path.name, file.language) for file in files] == [
        ("1.srt", "eng"), ("2.ass", "ger"),
    ]  # fmt: skip
    text = files[0].path.read_text()
    assert "after the end" not in text
    first = kept_stretches(project)[0].begin
    assert first == pytest.approx(24 / RATE, abs=1e-3)
    assert (
        f"00:00:00,000 --> 00:00:00,{round((1.5 - first) * 1000):03d}\nBefore and\ninto it" in text
    )
    assert "<i>inside</i>" in text
    assert "{\\pos(10,20)}styled, with commas" in files[1].path.read_text()
    picture = StagePicture(to_working(scene_files.clip(SCENE, "wide"))[24:48])
    ways = {".mp4": ("x264", "mov_text"), ".mkv": ("x264", "ass"), ".webm": ("vp9", "webvtt"),
            ".mov": ("prores", "mov_text")}  # fmt: skip
    for suffix, (name, codec) in ways.items():
        track = track_of(picture, name, fps=SCENE.fps)
        pieces = parts(tmp_path / f"{suffix}.pieces", 24)
        for piece in pieces:
            encode.encode_segment(piece, [track], each=lambda n: None)
        target = tmp_path / f"out{suffix}"
        mux.join(pieces, track, target, mux.Company(subtitles=files), sound_codec="")
        tracks = probe_container(target).of_kind("subtitle")
        assert [track.language for track in tracks] == ["eng", "ger"]
        assert tracks[1].codec == codec
        if suffix in (".mkv", ".webm"):  # an MP4 marks the first track of each kind
            assert not any("default" in track.flags for track in tracks)
        back = call(["-i", str(target), "-map", "0:s:0", "-f", "srt", "-"]).decode()
        times = re.findall(r"(\d\d:\d\d:\d\d,\d+) -->", back)
        shown = [int(t[6:8]) + int(t[9:]) / 1000 for t in times]
        assert shown == pytest.approx([0.0, 2.0 - first], abs=0.02)


def test_pictures_are_said_to_stay_out(
    project: Project,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from vsmeme.deliver.export import subtitles

    monkeypatch.setattr(subtitles, "TEXT_CODECS", ("ass",))
    files = wide_subtitles(project, tmp_path)
    assert [file.path.name for file in files] == ["2.ass"]
    assert "track 1 of the wide (subrip) is no text and stays out" in caplog.text


def test_chapters_and_key_frames_of_shots(project: Project, tmp_path: Path) -> None:
    takes = film_takes(project)
    starts = [0, 40 - 24, 70 - 24]
    assert [first for _, first in takes.starts] == starts
    assert qpfile(takes) == "".join(f"{n} K\n" for n in starts)
    listing = tmp_path / "chapters.txt"
    listing.write_text(chapters(takes))
    picture = StagePicture(to_working(scene_files.clip(SCENE, "wide"))[24:])
    track = track_of(picture, "x264", fps=SCENE.fps)
    pieces = parts(tmp_path / "pieces", picture.clip.num_frames)
    for piece in pieces:
        encode.encode_segment(piece, [track], each=lambda n: None)
    for suffix in (".mp4", ".mkv", ".mov"):
        target = tmp_path / f"out{suffix}"
        mux.join(pieces, track, target, mux.Company(chapters=listing), sound_codec="")
        said = re.findall(r"Chapter #\S+ start ([\d.]+), end ([\d.]+)", streams(target))
        assert [float(a) for a, _ in said] == pytest.approx([n / RATE for n in starts], abs=2e-3)
        assert re.findall(r"title\s+: (Shot \d)", streams(target)) == ["Shot 0", "Shot 1", "Shot 2"]
        assert "not found" not in streams(target)
        assert float(said[-1][1]) == pytest.approx(72 / RATE, abs=2e-3)
