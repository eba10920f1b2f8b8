"""Marks on a previewer's timeline, and the plugin that puts them there."""

from __future__ import annotations

import json
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest
from scenes.editor_scene import SCENE
from scenes.finished import copy_project, plant_absence, write_masks
from scenes.projects import truth_project

from vsmeme.deliver.timeline_notes import COLOURS, Notch, mark, timeline_notes
from vsmeme.project import Project, load_project


class Recorder:
    """A timeline that remembers."""

    def __init__(self) -> None:
        self.marks: dict[str, list[tuple[object, str, str]]] = {}
        self.drawn = 0

    def add_notch(
        self, identifier: str, data: Notch, color: str = "", label: str = "", *, update: bool = True
    ) -> None:
        self.marks.setdefault(identifier, []).append((data, color, label))
        self.drawn += update

    def clear_notches(self, identifier: str, *, update: bool = True) -> None:
        self.marks.pop(identifier, None)
        self.drawn += update


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = truth_project(tmp_path_factory.mktemp("notes"), SCENE)
    write_masks(made, SCENE)
    return made


def test_shots_gaps_scores_and_alarms(project: Project, tmp_path: Path) -> None:
    part = copy_project(project, tmp_path)
    plant_absence(part, range(3, 9))
    path = part.work / "match.json"
    data = json.loads(path.read_text())
    for n in (10, 11):
        data["pairs"][n] |= {"confident": False, "score": 0.5 + n / 100}
    path.write_text(json.dumps(data))
    notes = timeline_notes(load_project(part.file))
    spans = [(note.kind, note.first, note.last) for note in notes]
    second = next(note.first for note in notes if note.kind == "not placed")
    assert spans[0] == ("shot", 0, 0)
    assert ("no partner", 3, 8) in spans
    assert ("unsure", 10, 11) in spans
    assert ("not placed", second, 20) in spans
    assert any("0.600" in note.label for note in notes if note.kind == "unsure")


def test_alarms_come_with_the_masks(project: Project, tmp_path: Path) -> None:
    part = copy_project(project, tmp_path)
    path = part.work / "masks.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"alarms": [4, 17]}))
    notes = timeline_notes(load_project(part.file))
    assert [note.first for note in notes if note.kind == "alarm"] == [4, 17]
    path.unlink()
    assert not [n for n in timeline_notes(load_project(part.file)) if n.kind == "alarm"]


def test_marking_twice_leaves_one_set_of_marks(project: Project) -> None:
    timeline, notes = Recorder(), timeline_notes(project)
    mark(timeline, notes)
    once = {name: list(rows) for name, rows in timeline.marks.items()}
    mark(timeline, notes)
    assert timeline.marks == once
    assert timeline.drawn == 2  # once each, not once a mark
    assert {row[1] for row in once["vsmeme.shot"]} == {COLOURS["shot"]}


def test_vsview_is_told_of_the_plugin() -> None:
    (point,) = (point for point in entry_points(group="vsview") if point.name == "vsmeme")
    assert find_spec(point.value) is not None
    assert point.value not in sys.modules
