"""Small films that are finished but for what workers are to make; workers are real processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from scenes.finished import SETTINGS, copy_project, finished_project

from vsmeme.deliver.export.export import export
from vsmeme.demo.scene import Scene
from vsmeme.project import Project

HERE = Path(__file__).parent

FILM = Scene(size="small", seed=5, frames=44, fps=1, dvd_trim=(2, 0), cuts=(15, 30), walk=4.0)
"""A frame a second: a piece of ten seconds has ten frames."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip these tests where Dask is not installed, and say so."""
    if find_spec("distributed") is None:
        skipped = pytest.mark.skip(reason="the extra `cluster` is not installed")
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(skipped)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a film of three shots and five pieces, ready for its export; copy it to change it."""
    return finished_project(tmp_path_factory.mktemp("film"), FILM, settings=SETTINGS)


@pytest.fixture(scope="session")
def crew_address() -> Iterator[str]:
    """Return the address of a scheduler with two worker processes."""
    from vsmeme.commands.cluster.local import local_workers

    os.environ["OMP_NUM_THREADS"] = "1"
    with local_workers(2) as address:
        yield address


@pytest.fixture(scope="session")
def alone(film: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the film, exported by one process."""
    project = copy_project(film, tmp_path_factory.mktemp("alone"))
    export(project)
    return project


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a folder whose name holds what names of folders may hold."""
    folder = tmp_path / "a film, 100 %"
    folder.mkdir()
    return folder
