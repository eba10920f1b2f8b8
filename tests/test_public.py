"""The public surface: complete, sorted, documented, reload-safe."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
import vapoursynth as vs

import vsmeme

FILTERS = ("prepare", "deliver")


def isort_key(name: str) -> tuple[int, str]:
    """Constants, classes, functions, each in order: as ruff sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def modules() -> list[str]:
    return [m.name for m in pkgutil.iter_modules(vsmeme.__path__) if m.name not in FILTERS]


def test_all_is_complete_and_sorted() -> None:
    assert list(vsmeme.__all__) == sorted(vsmeme.__all__, key=isort_key)
    public = {name for name, value in vars(vsmeme).items() if not name.startswith("_")}
    public -= {name for name in public if inspect.ismodule(getattr(vsmeme, name))}
    assert set(vsmeme.__all__) == public


@pytest.mark.parametrize("name", sorted(vsmeme.__all__))
def test_documented(name: str) -> None:
    value = getattr(vsmeme, name)
    assert not callable(value) or inspect.getdoc(value), name


@pytest.mark.parametrize("name", modules())
def test_no_clip_outlives_a_reload(name: str) -> None:
    module = importlib.import_module(f"vsmeme.{name}")
    held = [key for key, value in vars(module).items() if isinstance(value, vs.VideoNode)]
    assert held == []


def test_wings() -> None:
    """Imports only point down: filters know neither preparation nor delivery, nor each other."""
    package = Path(vsmeme.__path__[0])
    for path in package.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for banned in ("import cv2", "import torch", ".prepare", ".deliver"):
            assert banned not in text, f"{path.name}: {banned}"
    for path in (package / "deliver").glob("*.py"):
        assert "prepare" not in path.read_text(encoding="utf-8").replace("prepared", ""), path.name
    for name in ("geometry", "timeline", "shots", "track", "artifact"):
        text = (package / f"{name}.py").read_text(encoding="utf-8")
        assert "vapoursynth" not in text.replace("``vapoursynth``", ""), name
        assert "numpy" not in text, name


def test_only_stages_reads_the_configuration() -> None:
    package = Path(vsmeme.__path__[0])
    allowed = {"config.py", "config_file.py", "project.py", "stages.py"}
    for path in package.glob("*.py"):
        if path.name not in allowed:
            text = path.read_text(encoding="utf-8")
            assert "from .config" not in text, path.name
            assert "from .project" not in text, path.name
