"""Claims about where the DVD shows fail on the faults that are planted against them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import copy_project, plant_absence, restamp

from vsmeme import stages
from vsmeme.deliver.verify import claims_composite, claims_placement
from vsmeme.deliver.verify.claims_placement import bar_rows
from vsmeme.deliver.verify.evidence import Evidence
from vsmeme.project import Project

core = vs.core
GAP = range(4, 10)


@pytest.fixture(scope="module")
def lacking(exported: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The second shot is not placed; in the first some frames have no partner."""
    project = copy_project(exported, tmp_path_factory.mktemp("lacking"))
    plant_absence(project, GAP)
    restamp(project)
    return project


def whole_composite(exported: Project) -> Any:  # noqa: ANN401
    """A composite that shows the bands in every frame, whatever the artifacts say."""
    made = stages.composite(exported)
    return lambda project, **_: made


def test_claims_hold_where_the_dvd_is_absent(lacking: Project) -> None:
    evidence = Evidence(lacking)
    for claim in (claims_placement.placed_alone, claims_placement.absent_alone):
        found = claim(evidence)
        assert found.passed, found
        assert "looked at" in found.note


def test_claims_say_where_there_is_nothing_to_look_at(exported: Project) -> None:
    evidence = Evidence(exported)
    assert claims_placement.placed_alone(evidence).note == "every shot is placed"
    assert claims_placement.absent_alone(evidence).note == "no long run without partner"
    assert claims_placement.no_bar(evidence).passed


def test_fault_bands_of_a_shot_that_is_not_placed(
    exported: Project, lacking: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "composite", whole_composite(exported))
    found = claims_placement.placed_alone(Evidence(lacking))
    assert not found.passed
    assert found.number > 1000
    assert found.note == "pair 13"


def test_fault_a_foreign_frame_where_there_is_no_partner(
    exported: Project, lacking: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "composite", whole_composite(exported))
    found = claims_placement.absent_alone(Evidence(lacking))
    assert not found.passed
    assert int(found.note.split()[1]) in GAP


def test_fault_absent_but_not_said_to_be_missing(
    exported: Project, lacking: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = stages.missing(exported)
    monkeypatch.setattr(stages, "missing", lambda project: said)
    assert not claims_placement.absent_alone(Evidence(lacking)).passed


def test_fault_a_drift_that_is_not_there(exported: Project, tmp_path: Path) -> None:
    bad = copy_project(exported, tmp_path)
    path = bad.work / "shots.json"
    data = json.loads(path.read_text())
    for shot in data["shots"]:
        shot["drift"] = [[1.75, 0.0]] * (shot["last"] - shot["first"] + 1)
    path.write_text(json.dumps(data))
    restamp(bad)
    found = claims_composite.centre(Evidence(bad))
    assert not found.passed
    assert found.number == pytest.approx(1.75, abs=0.4)


def test_fault_a_pair_without_partner_that_is_sure(lacking: Project, tmp_path: Path) -> None:
    bad = copy_project(lacking, tmp_path)
    path = bad.work / "match.json"
    data = json.loads(path.read_text())
    data["pairs"][5]["confident"] = True
    path.write_text(json.dumps(data))
    restamp(bad)
    found = claims_placement.absent_alone(Evidence(bad))
    assert not found.passed
    assert found.note == "pair 5 has no partner and counts as sure"


@pytest.mark.parametrize("where", ["top", "bottom", "left"])
def test_fault_a_bar_at_a_band(
    exported: Project, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    good = stages.composite
    evidence = Evidence(exported)
    x, y, w, h = evidence.layout(0)["bands"]["bottom" if where == "bottom" else "top"]
    inside = {"top": f"Y {y + 6} <", "bottom": f"Y {y + h - 6} >=", "left": f"X {x + 6} <"}[where]
    within = f"X {x} >= X {x + w} < and {inside} and"
    monkeypatch.setattr(
        stages,
        "composite",
        lambda p, **k: core.akarin.Expr(good(p, **k), [f"{within} 4200 x ?", "", ""]),
    )
    found = claims_placement.no_bar(evidence)
    assert not found.passed
    assert found.number == 6
    assert where in found.note


def test_fault_a_bar_in_the_wide(exported: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = Evidence(exported)
    good = evidence.clip("wide")
    barred = core.akarin.Expr(good, ["Y 9 < 4352 x ?", "", ""])
    monkeypatch.setitem(evidence._clips, "wide", barred)
    found = claims_placement.no_bar(evidence)
    assert (found.passed, found.number) == (False, 9)
    assert found.note.startswith("top of the wide")


@pytest.mark.parametrize(
    ("edge", "beyond", "rows"), [(16, 90, 5), (40, 90, 0), (16, 20, 0), (22, 60, 5)]
)
def test_a_bar_is_flat_dark_and_ends_in_picture(edge: float, beyond: float, rows: int) -> None:
    rng = np.random.default_rng(1)
    picture = beyond + rng.normal(0, 9, (60, 80)).clip(-20, 20)
    picture[:5] = edge + rng.normal(0, 0.3, (5, 80)).clip(-0.9, 0.9)
    assert bar_rows(picture) == rows


def test_a_dark_scene_is_no_bar() -> None:
    rng = np.random.default_rng(2)
    assert bar_rows(17 + rng.normal(0, 2.5, (60, 80))) == 0
    assert bar_rows(np.full((60, 80), 16.0)) == 0
