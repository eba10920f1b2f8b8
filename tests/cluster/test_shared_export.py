"""An export by workers is the export: the same frames, whoever made them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scenes.finished import copy_project

from vsmeme.commands.cluster.distribute import distribute
from vsmeme.deliver.export.export import export
from vsmeme.deliver.export.pieces.rendering import Rendering, missing_pieces, opened_rendering
from vsmeme.ffmpeg import call
from vsmeme.project import Project


def frame_hashes(path: Path) -> list[str]:
    lines = call(["-i", str(path), "-f", "framemd5", "-"]).decode().splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("count", [1, 4])
def test_frames_are_the_same_with_any_number_of_workers(
    film: Project, alone: Project, here: Path, count: int
) -> None:
    project = copy_project(film, here)
    distribute(project, "export", f"local:{count}")
    made = export(project)
    assert made.rendered == 0
    assert frame_hashes(made.mp4) == frame_hashes(alone.out / "meme.mp4")
    for name in ("meme.gif", "meme.png"):
        assert (project.out / name).read_bytes() == (alone.out / name).read_bytes()


def test_only_what_is_missing_is_made(film: Project, here: Path, crew_address: str) -> None:
    project = copy_project(film, here)
    assert len(missing_pieces(project)) == 5
    distribute(project, "export", crew_address)
    assert missing_pieces(project) == {}
    folder = next((project.work / "cache" / "export").iterdir())
    shutil.move(folder / "0000010-0000020.final-x264-8-17.mp4", here / "moved.mp4")
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(missing_pieces(project)) == 1
    distribute(project, "export", crew_address)
    after = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()
    assert not list(project.folder.rglob("*.part*"))


def test_the_client_builds_the_graph_once(
    film: Project, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project(film, here)
    built: list[Rendering] = []
    build = Rendering.of

    def counted(project: Project) -> Rendering:
        built.append(build(project))
        return built[-1]

    monkeypatch.setattr(Rendering, "of", counted)
    missing_pieces(project)
    assert opened_rendering(project) is built[0]
    missing_pieces(project)
    (project.work / "track.json").write_text((project.work / "track.json").read_text() + "\n")
    assert opened_rendering(project) is built[2]
