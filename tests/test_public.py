"""The public surface: complete, sorted, documented, reload-safe."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest
import vapoursynth as vs

import vsmeme

HEAVY = ("prepare", "deliver", "steps", "arrays", "demo", "commands", "__main__")


def isort_key(name: str) -> tuple[int, str]:
    """Constants, classes, functions, each in order: as ruff sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def modules() -> list[str]:
    """Every light module: what a script's reload may meet."""
    found = pkgutil.walk_packages(vsmeme.__path__, "vsmeme.")
    return [m.name for m in found if not set(m.name.split(".")) & set(HEAVY)]


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
    module = importlib.import_module(name)
    held = [key for key, value in vars(module).items() if isinstance(value, vs.VideoNode)]
    assert held == []
