"""A film is the same film in another folder, on another machine, with another time."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from scenes.projects import truth_project

from vsmeme import media_identity
from vsmeme.demo.scene import Scene
from vsmeme.media_identity import (
    identity,
    is_same,
    known_identity,
    portable,
    sampled_sha256,
    stored_path,
)
from vsmeme.project import load_project

SCENE = Scene(size="small", seed=2, frames=12)


def test_a_film_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, work = tmp_path / "film.mkv", tmp_path / "work"
    film.write_bytes(b"abc" * 1000)
    assert known_identity(film, work=work) is None
    first = identity(film, work=work)
    assert first["path"] == "film.mkv"
    monkeypatch.setattr(media_identity, "sampled_sha256", lambda path: pytest.fail(str(path)))
    assert identity(film, work=work) == first
    os.utime(film, ns=(1, 1))
    assert known_identity(film, work=work) is None


def test_of_sixty_gigabytes_two_megabytes_are_read(tmp_path: Path) -> None:
    """A sparse file of that size takes no time; its head, its tail and places between count."""
    film = tmp_path / "film.mkv"
    with film.open("wb") as file:
        file.truncate(60 << 30)
    before = Path("/proc/self/io").read_text() if Path("/proc/self/io").exists() else ""
    digests = {sampled_sha256(film)}
    if before:
        after = Path("/proc/self/io").read_text()
        first, second = (int(text.split()[1]) for text in (before, after))
        assert second - first < 3 << 20
    for place in (0, (60 << 30) - 1, ((60 << 30) - media_identity.SAMPLE_BYTES) * 3 // 7):
        with film.open("r+b") as file:
            file.seek(place)
            file.write(b"x")
        digests.add(sampled_sha256(film))
    assert len(digests) == 4


def test_another_time_is_no_other_film_but_other_contents_are(tmp_path: Path) -> None:
    film, work = tmp_path / "film.mkv", tmp_path / "work"
    film.write_bytes(b"abc" * 1000)
    then = identity(film, work=work)
    os.utime(film, ns=(1, 1))
    assert is_same(film, then, work=work)
    film.write_bytes(b"abd" * 1000)
    assert not is_same(film, then, work=work)
    film.write_bytes(b"abc" * 999)
    assert not is_same(film, then, work=work)


def test_paths_in_the_project_are_relative(tmp_path: Path) -> None:
    assert stored_path(tmp_path / "a" / "b.mkv", folder=tmp_path) == "a/b.mkv"
    assert stored_path(tmp_path.parent / "b.mkv", folder=tmp_path) == str(tmp_path.parent / "b.mkv")


def test_settings_that_name_files_of_the_project_move_with_it(tmp_path: Path) -> None:
    project = truth_project(tmp_path / "here", SCENE)
    (project.folder / "net.onnx").write_bytes(b"x")
    text = project.file.read_text() + '[upscale]\nmodel = "net.onnx"\n'
    project.file.write_text(text)
    recorded = load_project(project.file).stamp("learn")["settings"]["upscale"]
    assert recorded["model"] == "net.onnx"
    told = [{"model": str(tmp_path / "a" / "b"), "far": "/else/where", "n": [1, "auto"]}]
    kept = [{"model": "a/b", "far": str(Path("/else/where")), "n": [1, "auto"]}]
    assert portable(told, tmp_path) == kept


def test_a_project_that_moved_is_not_stale(tmp_path: Path) -> None:
    """Copied by a tool that keeps no times, to another folder."""
    project = truth_project(tmp_path / "here", SCENE)
    assert project.stale("match") is None
    there = tmp_path / "there" / "deeper"
    shutil.copytree(project.folder, there, copy_function=shutil.copyfile)
    for path in there.rglob("*"):
        os.utime(path, ns=(10**18, 10**18))
    shutil.rmtree(project.folder)
    moved = load_project(there / "meme.toml")
    assert moved.stale("match") is None
    (there / moved.config.sources.dvd.name).write_bytes(b"another film")
    assert "sources.dvd has changed" in (moved.stale("match") or "")
