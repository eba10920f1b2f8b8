"""A matched project with masks, quickly made: what most of the page needs."""

from __future__ import annotations

import pytest
from scenes.editor_scene import SCENE
from scenes.finished import copy_project, write_masks
from scenes.projects import truth_project

from vsmeme.demo import scene_face
from vsmeme.project import Project, load_project
from vsmeme.steps.track import run_track

HEADING = "# my meme\n"


@pytest.fixture(scope="session")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project of two shots with true match and masks; copy it to change it."""
    folder = tmp_path_factory.mktemp("masked")
    project = truth_project(folder, SCENE, settings="[output]\ncrf = 20  # softer\n")
    scene_face.write_face(str(folder / "face.png"))
    write_masks(project, SCENE)
    text = project.file.read_text(encoding="utf-8")
    project.file.write_text(HEADING + text, encoding="utf-8")
    return load_project(project.file)


@pytest.fixture(scope="session")
def tracked(masked: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the same project with a face picture that follows the head."""
    project = copy_project(masked, tmp_path_factory.mktemp("tracked"))
    text = project.file.read_text(encoding="utf-8")
    project.file.write_text(text.replace("[sources]", '[sources]\nface = "face.png"'))
    project = load_project(project.file)
    run_track(project)
    return project
