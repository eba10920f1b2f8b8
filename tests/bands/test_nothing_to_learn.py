"""Films that teach nothing still get a result: stills, and DVDs that add next to nothing."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from scenes.bands import layout
from scenes.finished import restamp
from scenes.projects import truth_project

from vsmeme.artifact import read_json, write_json
from vsmeme.demo.scene import Scene
from vsmeme.errors import UsageError
from vsmeme.project import Project, load_project
from vsmeme.steps.learn import run_learn
from vsmeme.steps.match import MatchedFilms, _report
from vsmeme.sync.cut_differences import CutDifferences
from vsmeme.sync.shots import Shot, Shots
from vsmeme.sync.timeline import Pair, Timeline

SCENE = Scene(size="small", frames=4)


def matched(folder: Path, *, model: str) -> Project:
    """A matched project in which no pair is confident, as of a picture that stands still."""
    project = truth_project(folder, SCENE, settings=f'[upscale]\nmodel = "{model}"\n')
    path = project.work / "match.json"
    data = read_json(path, made_by="vsmeme match")
    pairs = [{**pair, "confident": False} for pair in data["pairs"]]
    write_json(path, {key: v for key, v in data.items() if key != "schema"} | {"pairs": pairs})
    restamp(project, "match")
    return load_project(project.file)


@pytest.mark.parametrize("model", ["auto", "bicubic"])
def test_a_still_film_gets_interpolated_bands(tmp_path: Path, model: str) -> None:
    made = json.loads(run_learn(matched(tmp_path, model=model)).read_text())
    assert made["model"] == "bicubic"
    assert made["rung"] == "bicubic"
    if model == "auto":
        assert made["reason"] == "no frame is matched with confidence, so nothing can be compared"


def test_what_cannot_be_learned_is_refused_where_it_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing better was learned: no frame is matched"):
        run_learn(matched(tmp_path, model="learned"))


def test_bands_thinner_than_two_px_teach_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = truth_project(tmp_path, SCENE)
    path = project.work / "geometry.json"
    data = read_json(path, made_by="vsmeme match")
    for entry in (data, *data["layouts"]):
        entry["canvas"] = [512, 218]
        entry["wide"] = [0, 2, 512, 214]  # two rows are left above and below
        entry["dvd"] = [64, -35, 384, 288]
    write_json(path, {key: value for key, value in data.items() if key != "schema"})
    restamp(project, "match")
    made = json.loads(run_learn(load_project(project.file)).read_text())
    assert made["reason"].startswith("the DVD adds nothing: its thickest band has 0.5 DVD px")
    assert "bands are interpolated" in caplog.text


@pytest.mark.parametrize(("rows", "said"), [(2, True), (30, False)])
def test_match_says_that_the_dvd_adds_nothing(
    rows: int, said: bool, caplog: pytest.LogCaptureFixture
) -> None:
    plain = layout(scale=4, band=rows)
    table = Timeline(pairs=(Pair(wide=0, dvd=0, score=1.0, confident=True),), fps=Fraction(24))
    record = SimpleNamespace(timeline=table, differences=CutDifferences())
    geometry = SimpleNamespace(layouts=(plain,))
    shots = Shots(shots=(Shot(first=0, last=0),))
    _report(cast(MatchedFilms, SimpleNamespace(record=record, geometry=geometry, shots=shots)))
    assert ("adds nothing" in caplog.text) is said
