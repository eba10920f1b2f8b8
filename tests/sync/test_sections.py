"""Only what [time] asks for is read, and frames and times are still the film's."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from vsmeme import media_identity, readers, stages
from vsmeme.artifact import write_json
from vsmeme.errors import ArtifactError, UsageError
from vsmeme.ffmpeg import call
from vsmeme.pixels.rect import Rect
from vsmeme.project import Project, load_project
from vsmeme.source.facts import SourceFacts
from vsmeme.source.prepare.cut_section import Film, describe_film
from vsmeme.source.prepare.small_frames import SmallFrames, small_key_frames
from vsmeme.source.section import FilmSection
from vsmeme.source.streams import parse_container
from vsmeme.steps import sections
from vsmeme.steps.match import run_match
from vsmeme.steps.section_parts import still_search
from vsmeme.steps.section_parts.still_search import find_start
from vsmeme.sync.match_record import MatchRecord, MatchStart, SourceRecord
from vsmeme.sync.timeline import Pair, Timeline

FPS = Fraction(24000, 1001)
CLIP = "d1_tos"


def made_project(folder: Path, footage: Path, *, time: str, more: str = "") -> Project:
    clip = footage / CLIP
    text = f'[sources]\nwide = "{clip}/widescreen.mkv"\ndvd = "{clip}/dvd.mkv"\n{more}'
    (folder / "meme.toml").write_text(f"{text}[time]\n{time}")
    return load_project(folder / "meme.toml")


def true_offset(footage: Path) -> int:
    truth: dict[str, Any] = json.loads((footage / CLIP / "ground_truth.json").read_text())
    wide, dvd, _ = next(pair for pair in truth["pairs"] if pair[0] == 180)
    return int(dvd) - int(wide)


def test_ten_frames_of_the_middle(
    footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairs lie where they lie in the whole film; every time is the film's; nothing else is cut."""
    monkeypatch.setattr(sections, "AROUND_SECONDS", 0.5)
    monkeypatch.setattr(sections, "WINDOW_SECONDS", (1.0, 4.0))
    more = f'reference = "{footage / CLIP / "reference.png"}"\n'  # of frame 330
    time = 'start = "00:00:07.5"\nduration = 24\n'
    project = made_project(tmp_path, footage, time=time, more=more)
    table = run_match(project)
    record = readers.match_record(project)
    wide, dvd = record.wide.section, record.dvd.section
    assert wide is not None
    assert dvd is not None
    assert not wide.whole
    assert not dvd.whole
    first, other = (round(float(section.start) * FPS) for section in (wide, dvd))
    assert first + table.pairs[0].wide == 180
    offset = true_offset(footage)
    assert {other + p.dvd - first - p.wide for p in table.pairs if p.confident} == {offset}
    assert len(table) == 24
    assert table.clock(0)[:11] == "00:00:07.50"
    assert record.wide.times[0] == pytest.approx(float(180 / FPS), abs=2e-3)
    clips = stages.sources(project)
    assert clips.film.num_frames == clips.dvd.num_frames == 24
    assert readers.timeline(project) == table
    (project.work / str(dvd.file)).unlink()
    with pytest.raises(ArtifactError, match=r"sections.*missing; run: vsmeme match"):
        stages.sources(project)


def test_a_still_leads_to_its_section(footage: Path, tmp_path: Path) -> None:
    more = f'reference = "{footage / CLIP / "reference.png"}"\n'
    project = made_project(tmp_path, footage, time="duration = 12\n", more=more)
    table = run_match(project)
    truth = json.loads((footage / CLIP / "ground_truth.json").read_text())
    expected = truth["reference"]["widescreen_frame"]
    section = readers.match_record(project).wide.section
    assert section is not None
    assert round(float(section.start) * FPS) + table.pairs[0].wide == expected
    assert len(table) == 12


def test_a_start_beyond_the_end_is_refused(footage: Path, tmp_path: Path) -> None:
    project = made_project(tmp_path, footage, time='start = "00:02:00"\nduration = 24\n')
    with pytest.raises(UsageError, match=r"time.start: 00:02:00.000 lies beyond the end of"):
        run_match(project)


def film(rate: str, length: str) -> Film:
    text = (
        f"  Duration: {length}, start: 0.000000, bitrate: 1 kb/s\n"
        f"  Stream #0:0: Video: h264, yuv420p, 1920x800, {rate} fps\n"
    )
    container = parse_container(Path("a.mkv"), text)
    return Film(container=container, begins=0.0, stream=container.streams[0])


@pytest.mark.parametrize(
    ("wide", "dvd", "first"),
    [
        (("23.98", "02:00:00.00"), ("23.98", "02:00:08.00"), 1.0),
        (("23.98", "02:00:00.00"), ("29.97", "02:00:08.00"), 1.0),
        (("23.98", "02:00:00.00"), ("25", "01:55:06.00"), 24000 / 1001 / 25),
        (("23.98", "02:00:00.00"), ("25", "02:00:00.00"), 1.0),
        (("25", "01:55:05.00"), ("29.97", "02:00:00.00"), 25 * 1001 / 24000),
        (("24", "02:00:00.00"), ("23.98", "02:00:07.20"), 1.001),
    ],
)
def test_the_dvd_is_looked_for_where_its_rate_puts_it(
    wide: tuple[str, str], dvd: tuple[str, str], first: float
) -> None:
    assert sections._ratios(film(*wide), film(*dvd))[0] == pytest.approx(first, abs=1e-4)


def test_windows_widen_around_the_guess(tmp_path: Path, footage: Path) -> None:
    project = made_project(tmp_path, footage, time="start = 0\n")
    films = {"wide": film("23.98", "02:00:00.00"), "dvd": film("25", "01:55:06.00")}
    wanted = sections.TimeSpan(start=3600.0, duration=10.0)
    windows = list(sections._windows(project, films, wanted))  # type: ignore[arg-type]
    place = 3600 * 24000 / 1001 / 25
    assert windows[0][0] < place < windows[0][1]
    assert windows[1][0] < 3600 < windows[1][1]
    lengths = [end - begin for begin, end in windows]
    assert lengths[0] < 40
    assert lengths[0] < lengths[2] < lengths[4]


def test_a_section_s_place_is_read_back() -> None:
    section = FilmSection(start=Fraction(1001, 24), frames=240, file="cache/sections/a.mkv")
    assert FilmSection.from_json(section.to_json()).to_json() == section.to_json()
    assert section.to_json()["whole"] is False
    trimmed = FilmSection(start=Fraction(5), frames=240, first=120)
    assert FilmSection.from_json(trimmed.to_json()) == trimmed
    assert trimmed.trim == (120, 240)
    assert FilmSection(frames=9).to_json() == {
        "start": 0.0,
        "frames": 9,
        "whole": True,
        "file": None,
    }


def test_a_still_that_fits_twice_is_asked_about(
    footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The film, twice in a row: every frame is there twice."""
    wide = footage / CLIP / "widescreen.mkv"
    (tmp_path / "list.txt").write_text(f"file '{wide}'\n" * 2)
    twice = ["-f", "concat", "-safe", "0", "-i", str(tmp_path / "list.txt"), "-c", "copy"]
    call([*twice, str(tmp_path / "twice.mkv")])
    (tmp_path / "meme.toml").write_text(
        f'[sources]\nwide = "twice.mkv"\ndvd = "{footage / CLIP}/dvd.mkv"\n'
        f'reference = "{footage / CLIP}/reference.png"\n[time]\nduration = 12\n'
    )
    project = load_project(tmp_path / "meme.toml")
    film = describe_film(project.config.sources.wide)
    with pytest.raises(UsageError, match=r"reference is ambiguous; candidates: 00:00:"):
        find_start(project, film, accept=False)
    found = find_start(project, film, accept=True)
    assert found is not None
    length = float(360 / FPS)
    assert found % length == pytest.approx(330 / FPS, abs=0.05)


def test_a_still_between_few_key_frames_is_found_among_all(
    footage: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In a long film few key frames are looked at first, which is said; then only the first one."""
    looked: list[float] = []
    caplog.set_level("INFO", logger="vsmeme")

    def counted(film: Film, *, size: tuple[int, int], apart: float) -> SmallFrames:
        keys = small_key_frames(film, size=size, apart=apart)
        looked.append(len(keys.times))
        return keys

    monkeypatch.setattr(still_search, "SHORT_SECONDS", 0.0)
    monkeypatch.setattr(still_search, "small_key_frames", counted)
    more = f'reference = "{footage / CLIP / "reference.png"}"\n'  # of frame 330
    project = made_project(tmp_path, footage, time="duration = 12\n", more=more)
    film = describe_film(project.config.sources.wide)
    found = find_start(project, film, accept=False)
    assert found == pytest.approx(330 / FPS, abs=0.05)
    assert len(looked) == 1
    assert "key frames 8 s apart were looked at" in caplog.text
    caplog.clear()
    monkeypatch.setattr(still_search, "SPARSE_SECONDS", 1000.0)
    monkeypatch.setattr(still_search, "KEY_SECONDS", 5.0)
    found = find_start(project, film, accept=False)
    assert found == pytest.approx(330 / FPS, abs=0.05)
    assert len(looked) == 3
    assert looked[1] == 1 < looked[0] <= looked[2]
    assert "apart were looked at" not in caplog.text


def test_another_section_starts_from_what_the_first_one_knows(
    footage: Path, tmp_path: Path
) -> None:
    project = made_project(tmp_path, footage, time='start = "00:00:07.5"\nduration = 24\n')
    films = {role: describe_film(getattr(project.config.sources, role)) for role in ("wide", "dvd")}
    table = [Pair(wide=100 + n, dvd=40 + n, score=1.0, confident=True) for n in range(9)]
    identities = {
        role: media_identity.identity(getattr(project.config.sources, role), work=project.work)
        for role in ("wide", "dvd")
    }
    facts = SourceFacts(
        path=Path("a"),
        width=8,
        height=8,
        frames=99,
        fps=FPS,
        sar=Fraction(1),
        fields=None,
        active=Rect(x=0, y=0, w=8, h=8),
    )
    wide, dvd = (
        SourceRecord(
            facts=facts,
            sha256=identities[role]["sha256"],
            section=FilmSection(start=Fraction(start), frames=99, file="x"),
        )
        for role, start in (("wide", 1000), ("dvd", 1013))
    )
    start = MatchStart(wide=100, dvd=40, score=1.0, confidence="certain")
    record = MatchRecord(
        wide=wide, dvd=dvd, start=start, timeline=Timeline(pairs=tuple(table), fps=FPS)
    )
    write_json(project.work / "match.json", record.to_json())
    span = sections.TimeSpan(start=2000.0, duration=10.0)
    first = next(sections._windows(project, films, span))  # type: ignore[arg-type]
    place = 2000 + 13 - 60 / float(FPS)
    assert first == pytest.approx((place - 6, place + 16), abs=0.01)
