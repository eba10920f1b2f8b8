"""Tracks by workers are the tracks; a shot is followed once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scenes.finished import copy_project

from vsmeme.commands.cluster.distribute import distribute
from vsmeme.project import Project
from vsmeme.steps import track
from vsmeme.steps.track import TrackRun, run_track, untracked_shots


def test_tracks_are_the_same(
    film: Project, here: Path, crew_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = (film.work / "track.json").read_bytes()
    project = copy_project(film, here)
    shutil.rmtree(project.work / "cache" / "track")
    assert list(untracked_shots(project)) == ["0", "1", "2"]
    distribute(project, "track", crew_address)
    monkeypatch.setattr(track, "measure_shot_track", None)
    run_track(project)
    assert (project.work / "track.json").read_bytes() == alone


def test_other_masks_are_other_tracks(film: Project, here: Path) -> None:
    project = copy_project(film, here)
    assert untracked_shots(project) == {}
    run = TrackRun(project)
    run.path(1).write_text(run.path(1).read_text()[:100])
    assert list(untracked_shots(project)) == ["1"]
    text = (project.work / "masks.json").read_text()
    (project.work / "masks.json").write_text(text.replace('"alarms": []', '"alarms": [1]'))
    assert list(untracked_shots(project)) == ["0", "1", "2"]
