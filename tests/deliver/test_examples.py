"""The example scripts run as they are, and show what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import copy_project

import vsmeme
from vsmeme import readers, stages
from vsmeme.errors import UsageError
from vsmeme.placement.placed_runs import PlacedRun
from vsmeme.project import Project, load_project

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.vpy"))


def shown(name: str, project: Project) -> vs.VideoNode:
    """What an example sets as its output."""
    sources = project.config.sources
    scope = {"project": str(project.file), "wide": str(sources.wide), "dvd": str(sources.dvd)}
    path = EXAMPLES / name
    exec(compile(path.read_text(), str(path), "exec"), scope)  # noqa: S102 - what the test is for
    output = vs.get_output(0)
    assert isinstance(output, vs.VideoOutputTuple)
    return output.clip


def planes(clip: vs.VideoNode, n: int) -> list[np.ndarray]:
    with clip.get_frame(n) as frame:
        return [np.asarray(plane).copy() for plane in frame]


def lower(clip: vs.VideoNode, n: int) -> list[np.ndarray]:
    """The lower half of a picture: frame numbers stand above it."""
    return [plane[plane.shape[0] // 2 :] for plane in planes(clip, n)]


def test_there_are_five() -> None:
    assert NAMES == [
        "colour_match.vpy", "composite_only.vpy", "other_upscaler.vpy", "side_by_side.vpy",
        "tracked_insert.vpy",
    ]  # fmt: skip


def test_composite_only_is_the_graph(exported: Project) -> None:
    clip, graph = shown("composite_only.vpy", exported), stages.composite(exported, bands="fast")
    wanted = vsmeme.from_working(graph, depth=10)
    for n in (0, 20):
        assert all(map(np.array_equal, planes(clip, n), planes(wanted, n)))


def test_other_upscaler_keeps_the_wide_and_has_bands(exported: Project) -> None:
    clip, graph = shown("other_upscaler.vpy", exported), stages.composite(exported, bands="fast")
    layout = readers.layouts(exported)[0]
    got, want = planes(clip, 4)[0].astype(int), planes(graph, 4)[0].astype(int)
    w = layout.wide
    inside = (slice(w.y + 20, w.bottom - 20), slice(w.x, w.right))
    assert np.array_equal(got[inside], want[inside])
    for band in layout.bands():
        part = (slice(band.y, band.bottom), slice(band.x, band.right))
        assert np.abs(got[part] - want[part]).mean() / 256 < 2
        assert not np.array_equal(got[part], want[part])


def test_the_others_show_a_picture(exported: Project) -> None:
    side = shown("side_by_side.vpy", exported)
    assert side.height == 270
    assert planes(side, 20)[0].std() > 10
    colour = shown("colour_match.vpy", exported)
    halves = np.split(planes(colour, 3)[0], 2, axis=1)
    assert np.abs(halves[0].astype(int) - halves[1]).max() <= 2  # its colours are left as they are
    inserted = shown("tracked_insert.vpy", exported)
    before = planes(stages.composite(exported, bands="fast"), 9)
    changed = planes(inserted, 9)[0] != before[0]
    with stages.masks(exported).face.get_frame(9) as frame:
        face = np.asarray(frame[0]) > 0
    assert changed.sum() > 100
    grown = np.pad(face, 8)
    reach = np.lib.stride_tricks.sliding_window_view(grown, (17, 17)).any((2, 3))
    assert not (changed & ~reach).any()


def test_an_example_through_vspipe(exported: Project) -> None:
    vspipe, sources = Path(sys.executable).with_name("vspipe"), exported.config.sources
    given = {"project": exported.file, "wide": sources.wide, "dvd": sources.dvd}
    arguments = [word for key, value in given.items() for word in ("-a", f"{key}={value}")]
    script = str(EXAMPLES / "composite_only.vpy")
    environment = os.environ | {"PATH": f"{vspipe.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(vspipe), "-c", "y4m", "-e", "1", *arguments, script, "-"],
        capture_output=True, check=True, env=environment,
    )  # fmt: skip
    assert done.stdout.startswith(b"YUV4MPEG2 C420p10 W512 H288")


# --- the filter itself -----------------------------------------------------------------------
def test_clips_by_layout_and_by_runs(exported: Project) -> None:
    both, layout = stages.sources(exported), readers.layouts(exported)[0]
    graph = stages.composite(exported, bands="fast")
    runs = [PlacedRun(first=0, last=20, layout=layout)]
    for placement in (layout, runs):
        made = vsmeme.composite_clips(both.film, both.dvd, placement)
        assert all(map(np.array_equal, planes(made, 6), planes(graph, 6)))


@pytest.mark.parametrize("name", ["side_by_side.vpy", "colour_match.vpy", "other_upscaler.vpy"])
def test_a_section_counts_from_its_own_beginning(
    exported: Project, tmp_path: Path, name: str
) -> None:
    """The films' heads are three frames shorter in the match than on the disk."""
    whole = lower(shown(name, exported), 9)
    copy = copy_project(exported, tmp_path / "my")
    path = copy.work / "match.json"
    data = json.loads(path.read_text())
    for role in ("wide", "dvd"):
        source = data["sources"][role]
        num, den = source["fps"]
        frames = source["frames"] - 3
        source["section"] = {"start": 3 * den / num, "frames": frames, "whole": False, "file": ""}
    data["pairs"] = [
        pair | {"wide": pair["wide"] - 3, "dvd": pair["dvd"] - 3}
        for pair in data["pairs"]
        if min(pair["wide"], pair["dvd"]) >= 3
    ]
    dropped = len(readers.timeline(exported)) - len(data["pairs"])
    path.write_text(json.dumps(data))
    cut = lower(shown(name, load_project(copy.file)), 9 - dropped)
    assert all(map(np.array_equal, cut, whole))


def test_clips_that_do_not_fit_are_refused(exported: Project) -> None:
    both, layout = stages.sources(exported), readers.layouts(exported)[0]
    with pytest.raises(UsageError, match=r"composite_clips: wide: expected 21 frames, got 20"):
        vsmeme.composite_clips(both.film[:20], both.dvd, layout)
    with pytest.raises(UsageError, match=r"composite_clips: placement: expected a meme.toml"):
        vsmeme.composite_clips(both.film, both.dvd, 3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"composite_clips: dvd: expected 96x72, as d"):
        vsmeme.composite_clips(both.film, both.film, str(exported.file))
