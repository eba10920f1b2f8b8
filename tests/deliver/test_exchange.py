"""What other programs get, read back by them where they are at hand."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio
import pytest
import vapoursynth as vs
from scenes.finished import copy_project, plant_absence, restamp
from scenes.projects import truth_project

from vsmeme import readers, stages
from vsmeme.colour.transform import Colour, apply_colour, cube
from vsmeme.deliver.exchange.corner_pins import (
    after_effects,
    changing_frames,
    dvd_corners,
    nuke,
    wide_corners,
)
from vsmeme.deliver.exchange.cut_tables import takes_csv
from vsmeme.deliver.exchange.edl import edl, time_code
from vsmeme.deliver.exchange.exchange import write_exchange
from vsmeme.deliver.exchange.otio import otio
from vsmeme.deliver.exchange.script_lines import avisynth_lines, ffmpeg_lines, vapoursynth_lines
from vsmeme.deliver.exchange.takes import film_takes
from vsmeme.deliver.export.subtitles import kept_stretches
from vsmeme.demo.scene import Scene
from vsmeme.errors import UsageError
from vsmeme.ffmpeg import call
from vsmeme.project import Project, load_project
from vsmeme.subject.track import Pose, Region
from vsmeme.subject.track_table import read_track, track_csv

core = vs.core
SCENE = Scene(size="small", seed=6, frames=24, dvd_trim=(2, 0), cuts=(10, 17), dvd_drops=(13,),
              dvd_offset=(0.0, 1.0))  # fmt: skip
FPS = SCENE.fps
BENT = Colour(
    coefficients=(
        (0.02, 0.95, 0.01, -0.02, 0.03, 0.01, 0.0, 0.02, 0.01, 0.0, -0.03, 0.01, 0.0),
        (0.01, 0.02, 0.9, 0.01, 0.0, 0.02, 0.0, 0.01, 0.0, 0.0, 0.01, 0.0, 0.0),
        (-0.01, 0.0, 0.02, 1.05, 0.01, 0.0, 0.01, 0.0, 0.02, 0.0, 0.0, 0.0, 0.01),
    ),
    low=(-0.9, -0.6, -0.6),
    high=(0.9, 0.6, 0.6),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return truth_project(tmp_path_factory.mktemp("exchange"), SCENE)


def test_takes_cover_the_result_once(project: Project) -> None:
    takes = film_takes(project)
    assert [(take.shot, take.first, take.last) for take in takes.takes] == [
        (0, 0, 7), (1, 8, 14), (2, 15, 21),
    ]  # fmt: skip
    assert takes.frames == len(readers.timeline(project)) == 22
    assert takes.takes[0].wide == (2, 9)
    pairs = readers.timeline(project).pairs
    shown = [n for take in takes.takes for a, b in take.dvd for n in range(a, b + 1)]
    assert shown == [pair.dvd for pair in pairs]


def test_otio_is_read_back(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "shots.otio"
    takes = film_takes(project)
    path.write_text(otio(takes))
    timeline = opentimelineio.adapters.read_from_file(str(path))
    assert timeline.duration() == opentimelineio.opentime.RationalTime(22, float(FPS))
    wide, dvd = timeline.tracks
    assert (wide.name, dvd.name) == ("wide", "dvd")
    for clip, other, take in zip(wide, dvd, takes.takes, strict=True):
        assert clip.source_range.start_time.value == take.wide[0]
        assert clip.source_range.duration.value == len(take) == other.trimmed_range().duration.value
        assert clip.media_reference.target_url.endswith(project.config.sources.wide.name)
        assert list(clip.metadata["vsmeme"]["wide"]) == take.layout.wide.as_list()
    lost = dvd[1]  # the DVD lacks a frame there
    assert lost.effects[0].time_scalar == pytest.approx(6 / 7)
    assert not dvd[0].effects


def test_edl_is_read_back(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "shots.edl"
    takes = film_takes(project)
    path.write_text(edl(takes))
    timeline = opentimelineio.adapters.read_from_file(str(path), rate=24)
    (track,) = timeline.video_tracks()
    clips = list(track.find_clips())
    assert [clip.name for clip in clips] == [project.config.sources.wide.name] * 3
    for clip, take in zip(clips, takes.takes, strict=True):
        assert clip.source_range.start_time.to_frames() == take.wide[0]
        assert clip.source_range.duration.to_frames() == len(take)
        assert clip.range_in_parent().start_time.to_frames() == take.first


def test_time_codes() -> None:
    assert time_code(24 * 3661 + 5, Fraction(24000, 1001)) == "01:01:01:05"
    assert time_code(25 * 60, Fraction(25)) == "00:01:00:00"


def test_the_table_of_takes(project: Project) -> None:
    rows = list(csv.DictReader(io.StringIO(takes_csv(film_takes(project)))))
    assert [row["first"] for row in rows] == ["0", "8", "15"]
    assert rows[1]["dvd frames"] == "6"
    layout = readers.layouts(project)[0]
    assert (rows[0]["wide y"], rows[0]["dvd x"]) == (str(layout.wide.y), str(layout.dvd.x))


# --- placement -------------------------------------------------------------------------------
def test_corners_are_where_the_pictures_lie(project: Project) -> None:
    layout, record = readers.layouts(project)[0], readers.match_record(project)
    size = (record.dvd.facts.width, record.dvd.facts.height)
    corners = dvd_corners(layout, size)
    d = layout.dvd
    assert corners == ((d.x, d.y), (d.right, d.y), (d.x, d.bottom), (d.right, d.bottom))
    moved = dvd_corners(layout, size, (0.25, -1.5))
    assert moved[0] == (d.x + 0.25, d.y - 1.5)
    w = layout.wide
    wide = wide_corners(layout, (w.w, w.h), (0, 0))
    assert wide == ((w.x, w.y), (w.right, w.y), (w.x, w.bottom), (w.right, w.bottom))


def test_after_effects_and_nuke_texts() -> None:
    square = ((0.0, 0.0), (8.0, 0.0), (0.0, 4.0), (8.0, 4.0))
    right = ((1.0, 0.0), (9.0, 0.0), (1.0, 4.0), (9.0, 4.0))
    frames = [square, square, right, right, None]
    assert [n for n, _ in changing_frames(frames)] == [0, 1, 2, 3, 4]
    assert [n for n, _ in changing_frames([square] * 5)] == [0, 4]
    text = after_effects(frames, size=(8, 4), fps=24)
    assert text.startswith("Adobe After Effects 8.0 Keyframe Data\n")
    assert text.endswith("End of Keyframe Data\n")
    upper_right = text.split("Upper Right #3\n")[1].split("\n\n")[0].splitlines()[1:]
    assert upper_right == ["\t0\t8\t0\t", "\t1\t8\t0\t", "\t2\t9\t0\t", "\t3\t9\t0\t"]
    assert "\t3\t100\t\n\t4\t0\t" in text
    node = nuke(frames, size=(8, 4), height=10, name="dvd")
    assert " to1 {{curve K x0 0 x1 0 x2 1 x3 1} {curve K x0 6 x1 6 x2 6 x3 6}}" in node
    assert " from3 {8 4}" in node
    assert node.count("{") == node.count("}")


def test_the_vapoursynth_lines_show_what_the_graph_shows(project: Project) -> None:
    text = vapoursynth_lines(film_takes(project), active=(0, 0))
    vs.clear_outputs()
    exec(compile(text, "placement.vpy", "exec"), {})  # noqa: S102 - what the test is for
    output = vs.get_output(0)
    assert isinstance(output, vs.VideoOutputTuple)
    graph, layout = stages.composite(project, bands="fast"), readers.layouts(project)[0]
    assert output.clip.num_frames == graph.num_frames
    w = layout.wide
    for n in (0, 9, 21):
        got, want = (np.asarray(c.get_frame(n)[0]).astype(int) for c in (output.clip, graph))
        inside = (slice(w.y + 20, w.bottom - 20), slice(w.x, w.right))
        assert np.array_equal(got[inside], want[inside])
        for band in layout.bands():
            part = (slice(band.y, band.bottom), slice(band.x, band.right))
            assert np.abs(got[part] - want[part]).mean() / 256 < 2.5
        for part in layout.missing():
            area = got[part.y : part.bottom, part.x : part.right]
            assert (area == 4096).all()


def test_the_shell_lines_run(project: Project, tmp_path: Path) -> None:
    import shlex

    lines = ffmpeg_lines(film_takes(project), active=(0, 0)).splitlines()
    commands = [shlex.split(line) for line in lines if line.startswith("ffmpeg")]
    assert len(commands) == 3
    target = tmp_path / "take1.mkv"
    call([*commands[1][1:-1], str(target)])
    clip = core.bs.VideoSource(str(target), cachemode=0)
    assert (clip.num_frames, clip.width, clip.height) == (7, *readers.layouts(project)[0].canvas)


def test_the_avisynth_lines_name_every_take(project: Project) -> None:
    text = avisynth_lines(film_takes(project), active=(0, 0))
    assert text.rstrip().endswith("return take0 ++ take1 ++ take2")
    assert "wide.Trim(2, -8)" in text
    assert text.count("(") == text.count(")")
    assert "dvd.Trim(0, -8)" in text


def test_a_wide_of_other_pixels_is_made_square_first(project: Project) -> None:
    takes = film_takes(project)
    wide = replace(takes.wide, squared=True)
    takes = replace(takes, wide=wide)
    w, h = wide.size
    assert f".resize.Spline36(width={w}, height={h})" in vapoursynth_lines(takes, active=(0, 0))
    assert f"Spline36Resize(wide, {w}, {h})" in avisynth_lines(takes, active=(0, 0))
    shell = ffmpeg_lines(takes, active=(0, 0))
    assert f"scale={w}:{h}:flags=spline,setsar=1 -c:v ffv1 wide-square.mkv" in shell
    assert shell.count("-i wide-square.mkv") == 3


def test_all_files_are_written(project: Project) -> None:
    names = sorted(path.name for path in write_exchange(project))
    assert names == [
        "0.cube", "chapters.txt", "dvd-after-effects.txt", "dvd.nk", "placement.avs",
        "placement.sh", "placement.vpy", "shots.csv", "shots.edl", "shots.otio", "shots.qp",
        "wide-after-effects.txt", "wide.nk",
    ]  # fmt: skip


# --- colour ----------------------------------------------------------------------------------
def colours() -> vs.VideoNode:
    """A grid of R'G'B' colours within what the transform leaves in gamut."""
    blank = core.std.BlankClip(format=vs.RGBS, width=64, height=64, length=1, keep=True)
    return core.akarin.Expr(
        blank, ["X 63 / 0.7 * 0.15 +", "Y 63 / 0.7 * 0.15 +", "X Y + 126 / 0.7 * 0.15 +"]
    ).std.SetFrameProps(_Matrix=0, _Primaries=1, _Transfer=1, _Range=int(vs.RANGE_FULL))


def test_a_cube_equals_the_graph_within_a_code(tmp_path: Path) -> None:
    path = tmp_path / "0.cube"
    path.write_text(cube(BENT, size=65))
    deep = core.resize.Point(colours(), format=vs.YUV444P16, matrix=1, range=vs.RANGE_LIMITED)
    graph = apply_colour(deep, [BENT]).resize.Point(format=vs.RGBS)
    wanted = np.stack([np.asarray(graph.get_frame(0)[p]) for p in range(3)]) * 255
    plugin = core.timecube.Cube(colours(), cube=str(path), interp=1)
    told = np.stack([np.asarray(plugin.get_frame(0)[p]) for p in range(3)]) * 255
    assert np.abs(told - wanted).max() < 1
    frame = colours().get_frame(0)
    raw = tmp_path / "in.raw"
    raw.write_bytes(b"".join(np.asarray(frame[p]).tobytes() for p in (1, 2, 0)))
    data = call(["-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-s", "64x64", "-i", str(raw), "-vf",
                 f"lut3d=file={path}:interp=tetrahedral", "-f", "rawvideo", "-pix_fmt",
                 "gbrpf32le", "-"])  # fmt: skip
    got = np.frombuffer(data, "<f4").reshape(3, 64, 64)[[2, 0, 1]] * 255
    assert np.abs(got - wanted).max() < 1
    flat = np.stack([np.asarray(colours().get_frame(0)[p]) for p in range(3)]) * 255
    assert np.abs(wanted - flat).max() > 5  # the transform does something


# --- tracks ----------------------------------------------------------------------------------
REGION = Region(
    keys=(0, 9),
    poses=(
        Pose(frame=0, matrix=((1, 0, 0), (0, 1, 0), (0, 0, 1)), confidence=1.0),
        Pose(frame=3, matrix=((1.1, 0.1 + 0.2, 4.0), (0, 0.9, -2.5), (1e-6, 0, 1)), confidence=0.5,
             key=9),
    ),
)  # fmt: skip


def test_tracks_go_out_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "track.csv"
    path.write_text(track_csv(REGION))
    back = read_track(path, REGION, frames=10)
    assert [(p.frame, p.matrix, p.confidence) for p in back.poses] == [
        (p.frame, p.matrix, p.confidence) for p in REGION.poses
    ]
    assert [p.key for p in back.poses] == [0, 9]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("frame,key", "time,key"), "lacks the columns frame"),
        (("\n3,9,", "\n30,9,"), r"line 3: frame: expected a pair below 10, got 30"),
        (("\n3,9,", "\n3,7,"), r"line 3: key: expected one of \[0, 9\], got 7"),
        (("\n3,9,", "\n0,9,"), "line 3: frame 0 comes twice"),
        (("4,0,0.9", "4,x,0.9"), "line 3: expected numbers"),
        (("4,0,0.9", "nan,0,0.9"), "line 3: expected finite numbers"),
    ],
)
def test_a_bad_track_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "track.csv"
    text = re.sub("\r\n", "\n", track_csv(REGION))
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(UsageError, match=message):
        read_track(path, REGION, frames=10)


# --- where the DVD is absent -----------------------------------------------------------------
@pytest.mark.parametrize("gaps", ["plate", "cut"])
def test_gaps_and_shots_without_the_dvd(project: Project, tmp_path: Path, gaps: str) -> None:
    other = copy_project(project, tmp_path)
    plant_absence(other, range(2, 7))
    other.file.write_text(other.file.read_text() + f'[time]\ngaps = "{gaps}"\n')
    other = load_project(other.file)
    restamp(other, "match")
    takes = film_takes(other)
    spans = [(take.shot, take.first, take.last, take.wide, bool(take.dvd)) for take in takes.takes]
    if gaps == "cut":
        assert spans == [
            (0, 0, 1, (2, 3), True), (0, 2, 2, (9, 9), True), (1, 3, 9, (10, 16), False),
            (2, 10, 16, (17, 23), True),
        ]  # fmt: skip
        assert takes.starts == ((0, 0), (1, 3), (2, 10))
        kept = kept_stretches(other)
        assert len(kept) == 2
        assert kept[1].at == pytest.approx(2 / float(FPS), abs=2e-3)
    else:
        assert [span[1:3] for span in spans] == [(0, 1), (2, 6), (7, 7), (8, 14), (15, 21)]
        assert [span[4] for span in spans] == [True, False, True, False, True]
    path = tmp_path / "a.otio"
    path.write_text(otio(takes))
    wide, dvd = opentimelineio.adapters.read_from_file(str(path)).tracks
    gap = [isinstance(item, opentimelineio.schema.Gap) for item in dvd]
    assert gap == [not span[4] for span in spans]
    assert wide.duration().value == dvd.duration().value == takes.frames
    vs.clear_outputs()
    text = vapoursynth_lines(takes, active=(0, 0))
    exec(compile(text, "placement.vpy", "exec"), {})  # noqa: S102 - what the test is for
    output = vs.get_output(0)
    assert isinstance(output, vs.VideoOutputTuple)
    absent = next(take for take in takes.takes if not take.dvd)
    luma = np.asarray(output.clip.get_frame(absent.first)[0])
    assert (luma[: absent.layout.wide.y] == 4096).all()
    assert luma[absent.layout.wide.y + 9].std() > 100
    assert "THE DVD IS ABSENT" in edl(takes)
