"""Masks by workers are the masks, found without and with the networks for people."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from scenes.finished import copy_project
from scenes.projects import truth_project

from vsmeme.commands.cluster.distribute import distribute
from vsmeme.commands.cluster.sent_project import SentProject
from vsmeme.demo.scene import Scene
from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.people.identity import Looks
from vsmeme.masks.prepare.people.people_file import load_people, save_people
from vsmeme.masks.prepare.people.sightings import Person, Sighting
from vsmeme.project import Project, load_project
from vsmeme.steps.segment import mask_run, run_segment, unmasked_shots

SCENE = Scene(seed=4, size="small", frames=18, cuts=(6, 12))


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Three shots; the key of the middle one is painted."""
    folder = tmp_path_factory.mktemp("matched")
    text = ""
    for region, mask in (("foreground", SCENE.mask), ("face", SCENE.face_mask)):
        cv2.imwrite(str(folder / f"{region}.png"), mask(8))
        text += f'[[segment.prompts]]\nregion = "{region}"\nframe = 8\npainted = "{region}.png"\n'
    return truth_project(folder, SCENE, settings=text)


def same_masks(a: Project, b: Project) -> None:
    for name in ("masks/foreground.mkv", "masks/face.mkv"):
        assert (a.work / name).read_bytes() == (b.work / name).read_bytes()
    left, right = (json.loads((p.work / "masks.json").read_text()) for p in (a, b))
    assert left == right


def test_masks_are_the_same(
    matched: Project, tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Round by round: who is there, then the masks; the step itself then makes none."""
    alone = copy_project(matched, tmp_path / "alone")
    record = run_segment(alone)
    assert [shot.verdict for shot in record.shots] == ["subject", "prompted", "subject"]
    shared = copy_project(matched, tmp_path / "shared")
    assert list(unmasked_shots(shared)) == ["0", "1", "2"]
    distribute(shared, "segment", "local:2")
    assert unmasked_shots(shared) == {}
    monkeypatch.setattr("vsmeme.masks.prepare.mask_run.carry_shot", None)
    run_segment(shared)
    same_masks(alone, shared)


def test_masks_of_a_sent_project_are_the_same(
    matched: Project, tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the second round needs of the first is sent, too."""
    alone = copy_project(matched, tmp_path / "alone")
    run_segment(alone)
    sent = copy_project(matched, tmp_path / "sent")
    sent.file.write_text(sent.file.read_text() + '[cluster]\nfiles = "sent"\n')
    sent = load_project(sent.file)
    distribute(sent, "segment", "local:1")
    scratch = Path(tempfile.gettempdir()) / "dask-scratch-space"
    assert not (scratch / "vsmeme" / SentProject(sent).name).exists()
    assert unmasked_shots(sent) == {}
    monkeypatch.setattr("vsmeme.masks.prepare.mask_run.carry_shot", None)
    run_segment(sent)
    same_masks(alone, sent)


def test_a_shot_that_is_lost_is_made_again_alone(matched: Project, tmp_path: Path) -> None:
    project = copy_project(matched, tmp_path)
    run_segment(project)
    run = mask_run(project)
    before = {path: path.stat().st_mtime_ns for path in run.cache.iterdir()}
    run.piece(1, "face").unlink()
    assert list(unmasked_shots(project)) == ["1"]
    run_segment(project)
    for index in (0, 2):
        assert all(before[path] == path.stat().st_mtime_ns for path in run.results(index))
    assert run.results(1)[0].stat().st_mtime_ns > before[run.results(1)[0]]


def test_people_come_back_as_they_were(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    looks = [
        Looks(clothes=None, features=random.random((8, 8)).astype(np.float32), turn=(0.1, -1 / 3)),
        Looks(
            clothes=random.random(9).astype(np.float32), features=np.ones((2, 2), np.float32),
            turn=(0.0, 1.0), embedding=random.random(5).astype(np.float32),
        ),
    ]  # fmt: skip
    mesh = tuple((float(a), float(b)) for a, b in random.random((468, 2)))
    face = Face(x=1 / 3, y=2.0, w=30.1, h=40.7, score=0.9, points=((1.1, 2.2),) * 5, mesh=mesh)
    people = [
        Person(
            sightings=tuple(Sighting(frame=n, face=face, looks=looks[n]) for n in (0, 1)), area=7.5
        )
    ]
    save_people(tmp_path / "0.people.npz", "now", people)
    assert load_people(tmp_path / "0.people.npz", "then") is None
    assert load_people(tmp_path / "none.npz", "now") is None
    (person,) = load_people(tmp_path / "0.people.npz", "now") or []
    assert person.area == 7.5
    for one, look in zip(person.sightings, looks, strict=True):
        assert one.face == face
        assert one.looks.turn == look.turn
        for name in ("clothes", "features", "embedding"):
            a, b = getattr(one.looks, name), getattr(look, name)
            assert (a is None and b is None) or np.array_equal(a, b)
