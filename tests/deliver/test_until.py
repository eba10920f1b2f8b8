"""Every stage is a deliverable: only the steps that it needs run, and everything follows it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import copy_project

from vsmeme import readers, stages
from vsmeme.deliver.export.export import export
from vsmeme.deliver.lacking import lacking
from vsmeme.deliver.report.report import report
from vsmeme.deliver.verify.verify import CHECKS, verify
from vsmeme.errors import ArtifactError
from vsmeme.placement.placed_runs import PlacedRun
from vsmeme.project import Project, load_project

REPO = Path(__file__).resolve().parents[2]
LATER = ("masks.json", "background.json", "track.json", "export.json", "masks", "plate")


def reached(project: Project, folder: Path, until: str, *, gone: tuple[str, ...] = ()) -> Project:
    """A copy that stops at a stage and lacks some artifacts."""
    other = copy_project(project, folder)
    shutil.rmtree(other.out)
    for name in gone:
        path = other.work / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    text = other.file.read_text().replace("[output]", f'[output]\nuntil = "{until}"')
    other.file.write_text(f'{text}[[output.files]]\nformat = "ffv1"\n')
    return load_project(other.file)


def planes(path: Path, n: int) -> list[bytes]:
    """A frame's samples as another program decodes them."""
    with vs.core.bs.VideoSource(str(path), cachemode=0).get_frame(n) as frame:
        return [np.asarray(plane).tobytes() for plane in frame]


def graph_planes(project: Project, until: str, n: int) -> list[bytes]:
    with stages.stage(project, until).get_frame(n) as frame:  # type: ignore[arg-type]
        return [np.asarray(plane).tobytes() for plane in frame]


def test_a_composite_needs_match_and_learn_alone(
    exported: Project, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = reached(exported, tmp_path, "composite", gone=LATER)
    assert [step.name for step in project.steps] == ["match", "learn", "export"]
    with caplog.at_level("INFO"):
        made = export(project)
    assert made.sound == "wide"
    assert "of the picture is black: neither release shows it" in caplog.text
    assert project.stale("export") is None
    clip = vs.core.bs.VideoSource(str(made.mp4), cachemode=0)
    assert (clip.num_frames, clip.width, clip.height) == (21, 512, 288)
    assert planes(project.out / "composite.mkv", 20) == graph_planes(project, "composite", 20)
    found = verify(project)
    assert [claim.name for claim in found if not claim.passed] == []
    assert 8 <= len(found) < len(CHECKS)
    text = report(project).read_text(encoding="utf-8")
    assert "neither release shows it" in text
    assert "segment" not in text.split("<h2>Settings")[0]


def test_the_graph_of_a_project_stops_where_it_does(exported: Project, tmp_path: Path) -> None:
    project = reached(exported, tmp_path, "composite", gone=LATER)
    script = REPO / "scripts" / "meme.vpy"
    scope = {"project": str(project.file), "__file__": str(script)}
    exec(compile(script.read_text(), str(script), "exec"), scope)  # noqa: S102
    assert {0, 1, 2} <= set(vs.get_outputs()) <= {0, 1, 2, 6}


def test_without_a_subject_safe_is_what_auto_is(exported: Project, tmp_path: Path) -> None:
    project = reached(exported, tmp_path, "composite", gone=LATER)
    choices = [
        stages.frame_choice(load_project(project.file, set_=f"output.frame={mode}"))
        for mode in ("safe", "auto", "full")
    ]
    assert [choice.mode for choice in choices] == ["auto", "auto", "full"]
    safe = load_project(project.file, set_="output.frame=safe")
    export(safe)
    assert [claim.note for claim in verify(safe) if not claim.passed] == []


def test_make_names_only_what_a_stage_needs(exported: Project, tmp_path: Path) -> None:
    project = reached(exported, tmp_path, "composite", gone=LATER)
    project.out.mkdir()
    (project.out / "proof.jpg").touch()
    command = [sys.executable, str(REPO / "scripts" / "make.py"), str(project.file), "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "[1/3] match: fresh" in done.stderr
    assert "[2/3] learn: fresh" in done.stderr
    assert "[3/3] export:" in done.stderr
    assert "segment" not in done.stderr


@pytest.mark.parametrize("until", ["background", "face"])
def test_later_stages_are_deliverables_too(exported: Project, tmp_path: Path, until: str) -> None:
    project = reached(exported, tmp_path, until)
    export(project)
    assert planes(project.out / f"{until}.mkv", 9) == graph_planes(project, until, 9)
    assert [claim.name for claim in verify(project) if not claim.passed] == []


def test_a_stage_whose_step_is_missing_is_refused(exported: Project, tmp_path: Path) -> None:
    project = reached(exported, tmp_path, "background", gone=("background.json",))
    with pytest.raises(ArtifactError, match=r"background.json: missing; run: vsmeme inpaint"):
        export(project)
    assert not list(project.out.glob("*"))


def test_what_a_stage_was_delivered_from_is_noticed(exported: Project, tmp_path: Path) -> None:
    project = reached(exported, tmp_path, "composite", gone=("masks.json",))
    assert "until" in str(project.stale("export")) or "output" in str(project.stale("export"))
    export(project)
    assert project.stale("export") is None
    text = project.file.read_text().replace('until = "composite"', 'until = "final"')
    project.file.write_text(text)
    assert "masks.json: missing" in str(load_project(project.file).stale("export"))


def test_a_dvd_that_adds_nothing_is_said(
    exported: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(lacking(exported)) == []
    bare = readers.layouts(exported)[0].without_dvd()
    run = PlacedRun(first=0, last=20, layout=bare)
    monkeypatch.setattr(readers, "placements", lambda project: (run,))
    assert list(lacking(exported)) == [
        "the picture is the wide's alone: the DVD shows nothing beyond it"
    ]
