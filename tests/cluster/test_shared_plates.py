"""Real pixels by workers, the generation under its one lock: the plates are the same."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from scenes.finished import copy_project

from vsmeme.commands.cluster.distribute import distribute
from vsmeme.plate.prepare.filled.filled_plate import load_filled, save_filled
from vsmeme.project import Project, load_project
from vsmeme.steps import inpaint
from vsmeme.steps.inpaint import FillRun, archive_plates, run_inpaint, unfilled_shots


def test_plates_are_the_same_and_generated_once(
    film: Project, here: Path, crew_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project(film, here)
    assert unfilled_shots(project) == {}
    archive_plates(project)
    assert list(unfilled_shots(project)) == ["0", "1", "2"]
    distribute(project, "inpaint", crew_address)
    assert unfilled_shots(project) == {}
    assert not list(project.work.glob("plate/*.png"))
    monkeypatch.setattr(inpaint, "fill_shot", None)
    run_inpaint(project)
    left, right = (json.loads((p.work / "background.json").read_text()) for p in (film, project))
    assert left == right
    assert [key["generations"] for key in left["keys"]] == [1, 1, 1]
    for path in film.work.glob("plate/*.png"):
        assert (project.work / "plate" / path.name).read_bytes() == path.read_bytes()
    assert not list((project.work / "cache" / "plate").glob("*.npz"))


def test_a_filled_plate_comes_back_as_it_was(film: Project, tmp_path: Path) -> None:
    (plate,) = FillRun(load_project(film.file)).fill(1)
    save_filled(tmp_path / "1.npz", "now", [plate])
    assert load_filled(tmp_path / "1.npz", "then") is None
    (again,) = load_filled(tmp_path / "1.npz", "now") or []
    assert (again.grid, again.exposure, again.mode) == (plate.grid, plate.exposure, plate.mode)
    assert (again.last, again.followed) == (plate.last, plate.followed)
    for field in fields(plate.filled):
        a, b = getattr(again.filled, field.name), getattr(plate.filled, field.name)
        assert np.array_equal(a, b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
