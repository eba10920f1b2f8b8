"""The public surface: complete, sorted, documented, reload-safe."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

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
    """The stub, from which names are loaded, imports what it lists and lists what it imports."""
    tree = ast.parse(Path(vsmeme.__path__[0], "__init__.pyi").read_text())
    (listed,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    imported = [
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    assert listed == sorted(listed, key=isort_key)
    assert sorted([*imported, "Mendable"]) == sorted(listed) == sorted(vsmeme.__all__)
    assert set(dir(vsmeme)) >= set(imported)


def test_a_name_loads_its_room_and_an_unknown_one_is_an_attribute_error() -> None:
    code = (
        "import sys, vsmeme\nassert 'vapoursynth' not in sys.modules\n"
        "assert vsmeme.Rect is __import__('vsmeme.pixels.rect', fromlist=['Rect']).Rect\n"
        "assert 'vsmeme.stages' not in sys.modules\nassert vsmeme.Mendable is vsmeme.UserError\n"
        "assert not hasattr(vsmeme, 'nothing')"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", sorted(vsmeme.__all__))
def test_documented(name: str) -> None:
    value = getattr(vsmeme, name)
    assert not callable(value) or inspect.getdoc(value), name


@pytest.mark.parametrize("name", modules())
def test_no_clip_outlives_a_reload(name: str) -> None:
    module = importlib.import_module(name)
    held = [key for key, value in vars(module).items() if isinstance(value, vs.VideoNode)]
    assert held == []
