"""What every test stands on: a fresh core, the footage, small projects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import vapoursynth as vs

from vsmeme.project import Project

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"


@pytest.fixture(autouse=True)
def fresh_outputs() -> Iterator[None]:
    """Forget the outputs that a test has set."""
    yield
    vs.clear_outputs()


@pytest.fixture(scope="session")
def footage() -> Path:
    """Return the folder of real pairs; without it, the test is skipped and says so."""
    if not FOOTAGE.is_dir():
        pytest.skip("no ../shared/footage beside this checkout")
    return FOOTAGE


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a finished and exported project of a small scene; copy it to change it."""
    from finished import exported_project

    return exported_project(tmp_path_factory.mktemp("exported"))
