"""A verification by workers says what one says, and nothing kept outlives a change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scenes.finished import copy_project

from vsmeme.commands.cluster.distribute import distribute
from vsmeme.deliver.verify import verify as module
from vsmeme.deliver.verify.verify import as_json, verify
from vsmeme.errors import ArtifactError
from vsmeme.project import Project


def kept(project: Project) -> list[Path]:
    return sorted((project.work / "cache" / "verify").glob("*.json"))


def test_the_claims_are_the_same(
    alone: Project, here: Path, crew_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project(alone, here)
    claims = as_json(verify(project))
    distribute(project, "verify", crew_address)
    assert len(kept(project)) == 5
    with monkeypatch.context() as patch:
        patch.setattr(module, "look_at", None)
        assert as_json(verify(project)) == claims
    assert kept(project) == []  # the next one looks for itself
    distribute(project, "verify", crew_address)
    text = (project.work / "export.json").read_text()
    (project.work / "export.json").write_text(text + "\n")
    monkeypatch.setattr(module, "look_at", None)
    with pytest.raises(TypeError):
        verify(project)


def test_a_fault_that_a_worker_meets_is_a_failed_claim(alone: Project, here: Path) -> None:
    project = copy_project(alone, here)
    run = module.SampleRun(project)
    (path,) = module.see_sample(run, "0")
    data = json.loads(path.read_text())
    name = next(iter(data["looks"]))
    data["looks"][name] = [None, "ValueError: planted"]
    path.write_text(json.dumps(data))
    claim = next(claim for claim in verify(project) if claim.name == name)
    assert (claim.passed, claim.note) == (False, "ValueError: planted")


def test_a_stale_project_is_refused_at_once(film: Project, here: Path, crew_address: str) -> None:
    project = copy_project(film, here)  # never exported
    with pytest.raises(ArtifactError, match="vsmeme export"):
        distribute(project, "verify", crew_address)
