"""A project whose releases are a disc and a script: matched as their films are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scenes.discs import make_dvd

from vsmeme import readers, stages
from vsmeme.errors import ArtifactError
from vsmeme.ffmpeg import call
from vsmeme.project import Project, load_project
from vsmeme.source.files import open_video
from vsmeme.steps import sections
from vsmeme.steps.match import run_match
from vsmeme.steps.recorded_match import sweep_cache

CLIP = "d1_tos"
FIRST, LAST = 170, 240  # of the wide
SCRIPT = """
import vapoursynth as vs
clip = vs.core.bs.VideoSource({path!r}, cachemode=0, showprogress=False)[{first}:{last}]
clip.set_output()
"""


def disc(footage: Path, folder: Path) -> Path:
    """The DVD's part that goes with the wide's, at PAL speed, behind a shorter title."""
    parts = []
    for name, first, last in (("trailer", 0, 25), ("film", FIRST, LAST)):
        vob = folder / f"{name}.vob"
        trim = f"trim=start_frame={first}:end_frame={last},setpts=N/25/TB"
        call(["-i", str(footage / CLIP / "dvd.mkv"), "-vf", trim, "-r", "25", "-c:v", "mpeg2video",
              "-q:v", "2", "-g", "12", "-f", "dvd", str(vob)])  # fmt: skip
        parts.append((vob, round((last - first) / 25)))
    return make_dvd(folder / "disc", parts)


@pytest.fixture
def project(footage: Path, tmp_path: Path) -> Project:
    path = str(footage / CLIP / "widescreen.mkv")
    (tmp_path / "wide.vpy").write_text(SCRIPT.format(path=path, first=FIRST, last=LAST))
    made = disc(footage, tmp_path)
    (tmp_path / "meme.toml").write_text(f'[sources]\nwide = "wide.vpy"\ndvd = "{made}"\n')
    return load_project(tmp_path / "meme.toml")


def test_a_disc_and_a_script_are_matched(project: Project, footage: Path) -> None:
    table = run_match(project)
    truth = json.loads((footage / CLIP / "ground_truth.json").read_text())
    right = {wide: dvd for wide, dvd, _ in truth["pairs"] if dvd is not None}
    sure = [pair for pair in table.pairs if pair.confident]
    assert len(sure) > 40
    assert all(right[pair.wide + FIRST] - FIRST == pair.dvd for pair in sure)
    clips = stages.sources(project)
    assert clips.dvd.num_frames == len(table)
    record = readers.match_record(project)
    assert record.dvd.times[-1] - record.dvd.times[0] == pytest.approx(
        (table.pairs[-1].dvd - table.pairs[0].dvd) / 25, abs=2e-3
    )
    assert project.stale("match") is None
    _other_title(project)
    other = project.film("dvd").with_name("dvd-of-another-title.mkv")
    other.touch()
    sweep_cache(project, record)
    assert not other.exists()
    joined = project.film("dvd")
    joined.unlink()
    with pytest.raises(ArtifactError, match=r"dvd-\w+.mkv: missing; run: vsmeme match"):
        stages.sources(project)
    script = project.medium("wide").root
    script.write_text(script.read_text() + "# another\n")
    assert "the file of sources.wide has changed" in (project.stale("match") or "")


def test_only_a_part_of_a_script_is_asked_for(
    footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "AROUND_SECONDS", 0.5)
    monkeypatch.setattr(sections, "WINDOW_SECONDS", (1.0,))
    for name, file in (("wide", "widescreen.mkv"), ("dvd", "dvd.mkv")):
        script = SCRIPT.format(path=str(footage / CLIP / file), first="", last="")
        (tmp_path / f"{name}.vpy").write_text(script)
    text = '[sources]\nwide = "wide.vpy"\ndvd = "dvd.vpy"\n[time]\nstart = 180\nduration = 24\n'
    (tmp_path / "meme.toml").write_text(text)
    project = load_project(tmp_path / "meme.toml")
    table = run_match(project)
    record = readers.match_record(project)
    assert record.wide.section is not None
    assert record.dvd.section is not None
    first, other = record.wide.section.first, record.dvd.section.first
    assert first == 168  # half a second before
    assert record.wide.section.frames == record.wide.facts.frames == 48
    assert len(table) == 24
    assert table.pairs[0].wide + first == 180
    truth = json.loads((footage / CLIP / "ground_truth.json").read_text())
    right = {wide: dvd for wide, dvd, _ in truth["pairs"] if dvd is not None}
    assert other is not None
    assert all(right[p.wide + first] == p.dvd + other for p in table.pairs if p.confident)
    assert record.wide.times[0] == pytest.approx(180 * 1001 / 24000, abs=2e-3)
    clips = stages.sources(project)
    whole = open_video(footage / CLIP / "widescreen.mkv", role="wide")
    with clips.film.get_frame(5) as made, whole.get_frame(185) as known:
        assert np.array_equal(np.asarray(made[0]), np.asarray(known[0]))


def _other_title(project: Project) -> None:
    other = load_project(project.file, set_="sources.dvd_title=1")
    assert "sources.dvd_title has changed" in (other.stale("match") or "")
    assert other.film("dvd") != project.film("dvd")
