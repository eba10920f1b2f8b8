"""What every test stands on: a fresh core, the footage, small projects."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import vapoursynth as vs
from scenes.shared_folder import FOOTAGE, WEIGHTS

from vsmeme.project import Project


@pytest.fixture(autouse=True)
def fresh_outputs() -> Iterator[None]:
    """Forget the outputs that a test has set."""
    yield
    vs.clear_outputs()


os.environ["VSMEME_OFFLINE"] = "1"  # nothing is fetched behind a test's back


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Find the small real networks; without their folder, the test is skipped and says so."""
    if not WEIGHTS.is_dir():
        pytest.skip("no ../shared/weights beside this checkout")
    monkeypatch.setenv("VSMEME_MODELS", str(WEIGHTS))
    return WEIGHTS


@pytest.fixture(scope="session")
def footage() -> Path:
    """Return the folder of real pairs; without it, the test is skipped and says so."""
    if not FOOTAGE.is_dir():
        pytest.skip("no ../shared/footage beside this checkout")
    return FOOTAGE


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a finished and exported project of a small scene; copy it to change it."""
    from scenes.finished import exported_project

    return exported_project(tmp_path_factory.mktemp("exported"))
