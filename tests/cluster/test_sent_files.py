"""Workers that share no folder: files are sent, results come back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from scenes.finished import copy_project

from vsmeme.commands.cluster.distribute import distribute
from vsmeme.commands.cluster.mirror import keep_results
from vsmeme.commands.cluster.sent_project import SentProject
from vsmeme.deliver.export.export import export
from vsmeme.deliver.export.pieces.rendering import missing_pieces
from vsmeme.errors import UsageError
from vsmeme.project import Project, load_project
from vsmeme.steps.track import untracked_shots


def elsewhere(film: Project, here: Path, films: Path) -> Project:
    """Copy a project; its sources lie in a folder of their own, named by their whole paths."""
    copy_project(film, here)
    text = (here / "meme.toml").read_text()
    for path in (film.config.sources.wide, film.config.sources.dvd):
        assert isinstance(path, Path)
        shutil.move(here / path.name, films / path.name)
        text = text.replace(f'"{path.name}"', f'"{films / path.name}"')
    (here / "meme.toml").write_text(text + '[cluster]\nfiles = "sent"\n')
    return load_project(here / "meme.toml")


def folder_of_the_open_project() -> str:
    from vsmeme.commands.cluster import worker

    opened = worker._held._opened
    return str(opened.project.file if hasattr(opened, "project") else opened._project.file)


def test_a_worker_with_its_own_folder_makes_the_same(
    film: Project, alone: Project, here: Path, tmp_path: Path, crew_address: str
) -> None:
    from distributed import Client

    (tmp_path / "films").mkdir()
    project = elsewhere(film, here, tmp_path / "films")
    shutil.rmtree(project.work / "cache" / "track")
    before = {path: path.read_bytes() for path in project.work.glob("*.json")}
    distribute(project, "track", crew_address)
    assert untracked_shots(project) == {}
    distribute(project, "export", crew_address)
    assert missing_pieces(project) == {}
    with Client(crew_address, set_as_default=False) as client:
        places = set(client.run(folder_of_the_open_project).values())
    assert all(str(here) not in place and SentProject(project).name in place for place in places)
    assert {path: path.read_bytes() for path in project.work.glob("*.json")} == before
    made = export(project)
    assert made.rendered == 0
    folders = (next((p.work / "cache" / "export").iterdir()) for p in (project, alone))
    pieces, others = (sorted(folder.glob("*.mp4")) for folder in folders)
    assert len(pieces) == 5
    assert [p.read_bytes() for p in pieces] == [p.read_bytes() for p in others]


def test_a_changed_artifact_is_sent_again(film: Project, here: Path) -> None:
    project = copy_project(film, here)
    before = SentProject(project).files(())
    text = (project.work / "track.json").read_text()
    (project.work / "track.json").write_text(text.replace('"keys"', '"keys" '))
    after = SentProject(project).files(())
    assert {name for name in after if after[name] != before[name]} == {"work/track.json"}
    assert any(name.startswith("work/cache/index/") for name in after)
    assert not any("export" in name for name in after)


def test_scripts_and_networks_elsewhere_are_refused(
    film: Project, here: Path, tmp_path: Path
) -> None:
    project = copy_project(film, here)
    network = tmp_path / "net.onnx"
    network.write_bytes(b"none")
    text = project.file.read_text()
    project.file.write_text(f'{text}\n[upscale]\nmodel = "{network}"\n')
    with pytest.raises(UsageError, match=r"net.onnx: to be sent, a network lies in the project"):
        SentProject(load_project(project.file)).files(())
    script = here / "film.vpy"
    script.write_text("pass\n")
    sources = replace(project.config.sources, wide=script)
    scripted = replace(project, config=replace(project.config, sources=sources))
    with pytest.raises(UsageError, match=r"sources.wide is a script: .*shared"):
        SentProject(scripted)


def test_a_result_stays_in_the_folder_of_artifacts(tmp_path: Path) -> None:
    keep_results(tmp_path, {"work/cache/a.json": b"{}"})
    assert (tmp_path / "work" / "cache" / "a.json").read_bytes() == b"{}"
    with pytest.raises(UsageError, match="expected a path in the project"):
        keep_results(tmp_path, {"work/../../b": b""})
