"""Matching of two films: every kind of edit, every refusal, and the artifacts of a whole run."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from scenes import films
from scenes.drawn_films import drawn_film
from scenes.films import Truth

from vsmeme import readers
from vsmeme.deliver.report.plots import write_match_plot
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Grade, Scene
from vsmeme.errors import UsageError
from vsmeme.project import Project, load_project
from vsmeme.steps import match as sync
from vsmeme.steps import open_sources, shot_table
from vsmeme.sync.prepare.match_films import Match, match_films
from vsmeme.sync.prepare.proxies import FilmProxies
from vsmeme.sync.prepare.shot_cuts import find_cuts

LENGTH = 84
Edit = Callable[[FilmProxies, FilmProxies], tuple[FilmProxies, FilmProxies, dict[int, int]]]


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(
        seed=4, size="small", frames=LENGTH, cuts=(30, 60), grade=Grade(), dvd_noise=2.0,
        dvd_blur=0.4, dvd_jpeg=80,
    )  # fmt: skip


@pytest.fixture(scope="module")
def pair(scene: Scene) -> tuple[FilmProxies, FilmProxies]:
    return films.scene_films(scene)


@pytest.fixture(scope="module")
def foreign() -> FilmProxies:
    other = Scene(seed=9, size="small", frames=40, cuts=(20,))
    return films.film((films.luma(other.dvd(j)) for j in range(40)), "dvd")


def pick(film: FilmProxies, frames: list[int]) -> FilmProxies:
    return replace(film, proxies=film.proxies[frames])


def black(film: FilmProxies, count: int) -> np.ndarray:
    return np.full((count, *film.proxies.shape[1:]), 16, np.uint8)


def joined(film: FilmProxies, *parts: np.ndarray) -> FilmProxies:
    return replace(film, proxies=np.concatenate(parts))


def check(match: Match, truth: dict[int, int], *, least: float = 1.0) -> None:
    """The table never steps back, is right where it has to be, and knows where it is not."""
    assert np.all(np.diff(match.dvd) >= 0)
    result = films.score(
        match, Truth(right={w: {d} for w, d in truth.items()}, still=set(), lost=set())
    )
    assert result.right >= least
    assert result.confident_wrong == 0


# name, wide frames of the master, DVD frames of the master (None: black)
EDITS: list[tuple[str, list[int], list[int | None]]] = [
    ("the same", [*range(LENGTH)], [*range(LENGTH)]),
    ("DVD starts late", [*range(LENGTH)], [*range(11, LENGTH)]),
    ("wide starts late", [*range(7, LENGTH)], [*range(LENGTH)]),
    ("DVD ends early", [*range(LENGTH)], [*range(LENGTH - 9)]),
    ("wide ends early", [*range(LENGTH - 9)], [*range(LENGTH)]),
    ("DVD lost frames", [*range(LENGTH)], [n for n in range(LENGTH) if n not in (12, 13, 45, 70)]),
    ("DVD doubled frames", [*range(LENGTH)], sorted([*range(LENGTH), 9, 33, 34, 71])),
    ("wide lost frames", [n for n in range(LENGTH) if n not in (20, 50, 51)], [*range(LENGTH)]),
    ("black first", [*range(LENGTH)], [*[None] * 12, *range(LENGTH)]),
    ("black in the middle", [*range(LENGTH)], [*range(60), *[None] * 5, *range(60, LENGTH)]),
    ("bad pulldown", [*range(LENGTH)], [n - (n % 12 == 6) for n in range(LENGTH)]),
    ("a scene less on the DVD", [*range(LENGTH)], [*range(30), *range(60, LENGTH)]),
    ("a scene more on the DVD", [*range(30), *range(60, LENGTH)], [*range(LENGTH)]),
]


@pytest.mark.parametrize(("name", "wide_of", "dvd_of"), EDITS, ids=[edit[0] for edit in EDITS])
def test_edits(
    pair: tuple[FilmProxies, FilmProxies], name: str, wide_of: list[int], dvd_of: list[int | None]
) -> None:
    wide = pick(pair[0], wide_of)
    dark = black(pair[1], 1)
    dvd = joined(pair[1], *[dark if m is None else pair[1].proxies[m : m + 1] for m in dvd_of])
    match = match_films(wide, dvd)
    truth = {i: dvd_of.index(m) for i, m in enumerate(wide_of) if m in dvd_of}
    doubled = {m for m in dvd_of if m is not None and dvd_of.count(m) > 1}
    truth = {i: d for i, d in truth.items() if wide_of[i] not in doubled}
    check(match, truth)
    inside = [i for i in truth if match.first <= i < match.first + len(match.dvd)]
    assert len(inside) >= len(truth) - 1, "starts or ends too late"
    lost = [i for i, m in enumerate(wide_of) if m not in dvd_of]
    rows = [i - match.first for i in lost if 0 <= i - match.first < len(match.dvd)]
    assert not match.confident[rows].any(), "sure of frames that the DVD lacks"


def test_a_copy_under_noise_of_its_own_is_no_partner(pair: tuple[FilmProxies, FilmProxies]) -> None:
    """A bad pulldown on a noisy DVD: a frame is lost, the one before it is there twice."""
    lost = [n for n in range(LENGTH) if n % 12 == 6 and n != 30]  # not the first of a shot
    wide, dvd = pair[0], pick(pair[1], [n - (n in lost) for n in range(LENGTH)])
    noise = np.random.default_rng(2).normal(0, 3.0, dvd.proxies.shape)
    noisy = np.clip(np.rint(dvd.proxies + noise), 0, 255).astype(np.uint8)
    match = match_films(wide, replace(dvd, proxies=noisy))
    assert (match.first, len(match.dvd)) == (0, LENGTH)
    assert match.dvd.tolist() == [n - (n in lost) for n in range(LENGTH)]
    assert not match.confident[lost].any()
    assert match.missing[lost].all()


def test_foreign_intros(pair: tuple[FilmProxies, FilmProxies], foreign: FilmProxies) -> None:
    wide, dvd = pair
    match = match_films(wide, joined(dvd, foreign.proxies, dvd.proxies))
    check(match, {i: i + 40 for i in range(LENGTH)})
    assert match.first == 0
    moved = joined(wide, np.flip(wide.proxies[40:], axis=2), wide.proxies)
    match = match_films(moved, joined(dvd, foreign.proxies, dvd.proxies))
    check(match, {LENGTH - 40 + i: 40 + i for i in range(LENGTH)})
    assert match.first >= LENGTH - 41


def test_labels_of_rates_do_not_matter(pair: tuple[FilmProxies, FilmProxies]) -> None:
    wide, dvd = pair
    match = match_films(wide, replace(dvd, fps=wide.fps * 25 / 24))
    check(match, {i: i for i in range(LENGTH)})


@pytest.mark.parametrize("offset", [(1.0, -1.0), (-2.5, 1.25)])
def test_content_offset_of_a_few_px(scene: Scene, offset: tuple[float, float]) -> None:
    moved = replace(scene, frames=48, cuts=(24,), dvd_offset=offset)
    match = match_films(*films.scene_films(moved))
    check(match, {i: i for i in range(48)})


def test_still_passages_are_not_sure(pair: tuple[FilmProxies, FilmProxies]) -> None:
    frozen = [*range(20), *[20] * 25, *range(20, LENGTH)]
    wide, dvd = (pick(film, frozen) for film in pair)
    noise = np.random.default_rng(5).normal(0, 1.5, dvd.proxies.shape)
    noisy = np.clip(np.rint(dvd.proxies + noise), 0, 255).astype(np.uint8)
    match = match_films(wide, replace(dvd, proxies=noisy))
    assert not match.confident[22 - match.first : 43 - match.first].any()
    assert match.confident[50 - match.first :].mean() > 0.9


def test_a_chase_is_no_still_picture() -> None:
    """So quick that neighbours have next to nothing in common, as unlike as any two frames."""
    _, scene = drawn_film(2)
    match = match_films(*films.scene_films(scene))
    partners = {n: pair[1] for n, pair in enumerate(scene.pairs)}
    wanted = [partners[n] for n in range(match.first, match.first + len(match.dvd))]
    assert match.dvd.tolist() == wanted
    assert match.confident.mean() > 0.9


@pytest.mark.parametrize("frames", [40, 24])
@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_a_film_of_one_picture_is_paired_whole(
    pair: tuple[FilmProxies, FilmProxies], frames: int, noise: float
) -> None:
    rng, both = np.random.default_rng(6), []
    for film, count in zip(pair, (40, frames), strict=True):
        still = pick(film, [20] * count).proxies
        grainy = still + rng.normal(0, noise, still.shape)
        both.append(replace(film, proxies=np.clip(np.rint(grainy), 0, 255).astype(np.uint8)))
    match = match_films(both[0], both[1])
    assert (match.first, len(match.dvd)) == (0, 40)
    assert match.dvd.tolist() == [min(n, frames - 1) for n in range(40)]
    assert not match.missing.any()
    assert not match.confident.any(), "sure of frames that nothing tells apart"


def test_unrelated_films_are_refused(
    pair: tuple[FilmProxies, FilmProxies], foreign: FilmProxies
) -> None:
    with pytest.raises(UsageError, match=r"does not show this film.*best score"):
        match_films(pair[0], foreign)


def test_a_mirrored_dvd_is_refused(pair: tuple[FilmProxies, FilmProxies]) -> None:
    wide, dvd = pair
    with pytest.raises(UsageError, match="mirrored"):
        match_films(wide, replace(dvd, proxies=np.flip(dvd.proxies, axis=2)))


def test_a_short_overlap_is_refused(pair: tuple[FilmProxies, FilmProxies]) -> None:
    wide, dvd = pair
    with pytest.raises(UsageError, match=r"overlap is too short: \d+ frames match"):
        match_films(pick(wide, [*range(40, 48)]), dvd)


def test_another_moment_of_the_same_scene_is_refused(footage: Path, tmp_path: Path) -> None:
    wide, dvd, _, _ = films.real_pair(footage / "d2_meeting", tmp_path)
    with pytest.raises(UsageError, match="same scene at another moment"):
        match_films(pick(wide, [*range(105)]), pick(dvd, [*range(135, 250)]))


@pytest.mark.parametrize("name", ["neg_flip", "neg_other_film"])
def test_negative_pairs_are_refused(footage: Path, tmp_path: Path, name: str) -> None:
    wide, dvd, _, _ = films.real_pair(footage / name, tmp_path)
    with pytest.raises(UsageError, match="does not show this film|mirrored"):
        match_films(wide, dvd)


@pytest.mark.parametrize("name", ["d3_signs", "d5_dancer"])
def test_real_pairs(footage: Path, tmp_path: Path, name: str) -> None:
    wide, dvd, truth, facts = films.real_pair(footage / name, tmp_path)
    match = match_films(wide, dvd)
    result = films.score(match, truth)
    assert result.right >= 0.995
    assert result.confident_wrong == 0
    assert result.clear_confident >= 0.95
    first = facts["widescreen"]["frame_to_master"][0]
    cuts = find_cuts(wide, match.first, match.first + len(match.dvd) - 1)
    assert [cut + first for cut in cuts] == facts["cuts"]


@pytest.fixture(scope="module")
def project_file(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    short = replace(scene, frames=48, cuts=(24,), dvd_trim=(3, 2))
    files = scene_files.write_pair(short, folder)
    path = folder / "meme.toml"
    path.write_text(f'[sources]\nwide = "{files.wide.name}"\ndvd = "{files.dvd.name}"\n')
    return path


def test_artifacts(project_file: Path) -> None:
    project = load_project(project_file)
    table = sync.run_match(project)
    write_match_plot(project.work / "match.png", table, readers.shots(project))
    assert [(p.wide, p.dvd) for p in table.pairs] == [(n, n - 3) for n in range(3, 46)]
    made = json.loads((project.work / "match.json").read_text())
    assert made["start"] == {
        "wide": 3, "dvd": 0, "score": made["pairs"][0]["score"], "confidence": "certain",
    }  # fmt: skip
    assert made["reference"] is None
    assert made["sources"]["dvd"]["sha256"]
    shots = json.loads((project.work / "shots.json").read_text())["shots"]
    assert [(shot["first"], shot["last"]) for shot in shots] == [(0, 20), (21, 42)]
    assert json.loads((project.work / "geometry.json").read_text())["dvd"] == [64, 0, 384, 288]
    assert (project.work / "match.png").read_bytes().startswith(b"\x89PNG")
    assert project.stale("match") is None
    rows = shot_table.shot_rows(project)
    lines = shot_table.shots_as_text(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[0].split()[:5] == ["shot", "from", "to", "frames", "placed"]
    shot_table.write_shots_csv(project.work / "shots.csv", rows)
    with (project.work / "shots.csv").open(newline="") as file:
        told = list(csv.DictReader(file))
    assert [(row["shot"], row["frames"], row["placed"]) for row in told] == [
        ("0", "21", "yes"),
        ("1", "22", "yes"),
    ]
    assert {(row["x"], row["y"], row["dvd picture"]) for row in told} == {
        ("64.0", "0.0", "96x72+0+0")
    }


def with_shots(project_file: Path, name: str, entries: str) -> Project:
    path = project_file.with_name(name)
    path.write_text(project_file.read_text() + entries)
    return load_project(path)


def test_a_persons_word_on_a_shot_beats_the_measurement(project_file: Path) -> None:
    entries = (
        '[[shots]]\nat = 5\nshift = [70, -30]\n[[shots]]\nat = "00:00:01.200"\nbands = false\n'
    )
    project = with_shots(project_file, "said.toml", entries)
    sync.run_match(project)
    first, second = readers.shots(project).shots
    layout = readers.layouts(project)[first.layout]
    assert first.placed
    assert (layout.dvd.x, layout.dvd.y - layout.wide.y) == (70, -30)
    assert not second.placed
    assert not any(pair.confident for pair in readers.timeline(project).pairs[second.first :])
    project_file.with_name("said.toml").write_text(project_file.read_text())
    assert "shots has changed" in str(
        load_project(project_file.with_name("said.toml")).stale("match")
    )


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("[[shots]]\nat = 900\n", r"shots\.0\.at: expected a frame from 3 to 45 .*, got 900"),
        (
            "[[shots]]\nat = 5\n[[shots]]\nat = 8\n",
            r"shots\.1\.at: the shot from .* has an entry already, shots\.0",
        ),
        (
            "[[shots]]\nat = 5\ndvd_crop = [0, 0, 96, 0]\n",
            r"shots\.0\.dvd_crop: expected \(x, y, w, h\) inside 96x72 that leaves a picture",
        ),
        ("[[shots]]\nat = 5\nscale = 0.01\n", r"shots\.0\.scale: "),
        ('[[shots]]\nat = "soon"\n', r"shots\.0.*HH:MM:SS"),
    ],
)
def test_entries_that_cannot_be_are_refused_in_a_line(
    project_file: Path, entries: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        sync.run_match(with_shots(project_file, "wrong.toml", entries))


def test_start_and_duration(project_file: Path) -> None:
    table = sync.run_match(load_project(project_file, set_="time.start=10;time.duration=12"))
    assert [(p.wide, p.dvd) for p in table.pairs] == [(n, n - 3) for n in range(10, 22)]
    with pytest.raises(UsageError, match=r"time.start: frame 47 of the wide has no partner"):
        sync.run_match(load_project(project_file, set_="time.start=47"))


def test_the_side_that_fails_stops_the_other(
    project_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []

    def open_side(project: Project, role: str, *, stop: Event) -> None:
        if role == "dvd":
            raise UsageError("dvd: not a film")
        stopped.append(stop.wait(30))
        raise CancelledError

    monkeypatch.setattr(open_sources, "open_side", open_side)
    with pytest.raises(UsageError, match="not a film"):
        open_sources.open_sides(load_project(project_file))
    assert stopped == [True]
