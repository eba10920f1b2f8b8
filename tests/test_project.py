"""Steps and staleness: what is redone, why, and what a .vpy opens."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vsmeme.artifact import read_json, write_json
from vsmeme.errors import ArtifactError, UsageError
from vsmeme.project import STEPS, Project, find_project, load_project

TEXT = '[sources]\nwide = "wide.mkv"\ndvd = "dvd.mkv"\nface = "face.png"\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("wide.mkv", "dvd.mkv", "face.png"):
        (tmp_path / name).write_text(name)
    (tmp_path / "meme.toml").write_text(TEXT)
    made = load_project(tmp_path / "meme.toml")
    for step in STEPS:
        make(made, step.name)
    return made


def make(project: Project, name: str) -> None:
    step = next(step for step in STEPS if step.name == name)
    for output in step.outputs:
        write_json(project.work / output, {"made_from": project.stamp(name)})


def test_fresh(project: Project) -> None:
    assert [project.stale(step.name) for step in STEPS] == [None] * len(STEPS)
    assert project.artifact("match", "shots.json")["schema"] == 1


def rewrite(name: str) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        path = project.folder / name
        path.write_text("other contents")
        os.utime(path, ns=(7, 7))

    return change


def setting(text: str) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        project.file.write_text(TEXT + text)

    return change


def remove(name: str) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        (project.work / name).unlink()

    return change


@pytest.mark.parametrize(
    ("change", "stale", "reason"),
    [
        (rewrite("wide.mkv"), "match learn segment inpaint track export", "sources.wide has"),
        (rewrite("face.png"), "track export", "the file of sources.face has changed"),
        (setting("[seam]\nwidth = 8\n"), "inpaint export", "seam has changed"),
        (setting("[finish]\ngrain = 0.1\n"), "export", "finish has changed in meme.toml"),
        (setting("[inpaint]\nseed = 4\n"), "inpaint export", "inpaint has changed"),
        (remove("geometry.json"), "match learn segment inpaint track export", "missing"),
        (remove("upscale.json"), "learn inpaint export", "missing"),
    ],
)
def test_what_becomes_stale(
    project: Project, change: Callable[[Project], None], stale: str, reason: str
) -> None:
    change(project)
    again = load_project(project.file)
    reasons = {step.name: again.stale(step.name) for step in STEPS}
    assert [name for name, why in reasons.items() if why] == stale.split()
    assert reason in (reasons[stale.split()[0]] or "")


def test_a_new_upstream_artifact(project: Project) -> None:
    stamp = project.stamp("match")
    write_json(project.work / "match.json", {"made_from": stamp, "pairs": []})
    assert "match.json has changed" in (project.stale("segment") or "")


def test_touched_but_equal(project: Project) -> None:
    os.utime(project.config.sources.wide, ns=(9, 9))
    assert project.stale("match") is None
    project.stamp("match")
    assert project.stale("match") is None


def test_stale_artifact_names_the_command(project: Project) -> None:
    (project.work / "track.json").unlink()
    with pytest.raises(ArtifactError, match=r"track.json: missing; run: vsmeme track .*toml"):
        project.artifact("track")


def test_the_command_is_that_of_the_step_at_fault(project: Project) -> None:
    (project.work / "match.json").write_text("{", encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"match\.json: not a readable.*run: vsmeme match"):
        project.artifact("track")


def test_broken_artifact_is_stale(project: Project) -> None:
    (project.work / "masks.json").write_text("{")
    assert "not a readable artifact" in (project.stale("segment") or "")


def test_contents_that_no_step_writes_are_damage(project: Project) -> None:
    assert project.parsed("track", lambda data: data["schema"]) == 1
    for parse in (
        lambda data: data["nothing"],
        lambda data: [*data, 1][99],
        lambda data: int("x"),
    ):
        with pytest.raises(ArtifactError, match=r"track.json: damaged .*run: vsmeme track"):
            project.parsed("track", parse)


def test_find_project(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.delenv("VSMEME_PROJECT", raising=False)
    monkeypatch.setenv("PWD", str(project.folder.parent))
    script = str(elsewhere / "meme.vpy")
    relative = f"{project.folder.name}/meme.toml"
    assert find_project(relative, script=script).file == project.file
    assert find_project(None, script=str(project.folder / "meme.vpy")).file == project.file
    with pytest.raises(UsageError, match="no project: give -a project="):
        find_project(None, script=script)
    monkeypatch.setenv("VSMEME_PROJECT", str(project.file))
    assert find_project(None, script=script, set_="finish.grain=0").config.finish.grain == 0


def without_setting(project: Project, step: str, section: str, key: str) -> None:
    """Make a step's stamp one of an earlier version that did not know a setting."""
    path = project.work / next(made for made in STEPS if made.name == step).outputs[0]
    data = read_json(path, made_by="test")
    data["made_from"]["settings"][section].pop(key)
    write_json(path, {name: value for name, value in data.items() if name != "schema"})


def test_a_setting_newer_than_the_stamp_counts_as_its_default(project: Project) -> None:
    without_setting(project, "export", "finish", "tie")
    assert project.stale("export") is None
    project.file.write_text(TEXT + "[finish]\ntie = 0.9\n")
    stale = load_project(project.file).stale("export")
    assert stale is not None
    assert "finish has changed in meme.toml" in stale
