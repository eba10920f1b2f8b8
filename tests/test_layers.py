"""The house plan: imports only point down, from heavy to light, and never in a circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import vsmeme

PACKAGE = Path(vsmeme.__path__[0])
HEAVY = re.compile(r"\.(prepare|steps|deliver|arrays|demo|commands)(\.|$)")
"""Rooms that decode, measure, write or talk to people; nothing outside them knows them."""
BANNED = ("cv2", "torch", "scipy", "skimage")
"""Libraries that only the heavy rooms may import."""


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    paths = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        paths[".".join(parts).removesuffix(".__init__")] = path
    return paths


def imports(name: str, path: Path, *, late: bool = True) -> Iterator[str]:
    """Dotted names that a module imports; those for type checking alone are left out.

    Args:
        name: The module.
        path: Its file.
        late: Whether imports inside functions count.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree) if late else tree.body:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def graph(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Which module imports which, late imports included."""
    known = modules(package)
    edges: dict[str, set[str]] = {}
    for name, path in known.items():
        targets = {t if t in known else t.rpartition(".")[0] for t in imports(name, path)}
        edges[name] = {t for t in targets if t in known and t != name}
    return edges


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Every circle that a walk along the edges closes."""
    closed: list[list[str]] = []
    done: set[str] = set()

    def walk(node: str, trail: list[str]) -> None:
        if node in trail:
            closed.append(trail[trail.index(node) :])
        elif node not in done:
            for target in sorted(edges.get(node, ())):
                walk(target, [*trail, node])
            done.add(node)

    for node in sorted(edges):
        walk(node, [])
    return closed


def between_children(edges: dict[str, set[str]]) -> dict[str, dict[str, set[str]]]:
    """For each package, which of its children, files and folders alike, imports which other.

    An import from one file to another counts where their paths part: for the two children of the
    last package that holds both.
    """
    packages: dict[str, dict[str, set[str]]] = {}
    for name, targets in edges.items():
        for target in targets:
            ours, theirs = name.split("."), target.split(".")
            shared = next(
                (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None
            )
            if shared is not None:
                package = packages.setdefault(".".join(ours[:shared]), {})
                package.setdefault(ours[shared], set()).add(theirs[shared])
    return packages


def package_circles(package: Path = PACKAGE) -> dict[str, list[list[str]]]:
    """Circles among the children of each package, by package."""
    found = {name: circles(edges) for name, edges in between_children(graph(package)).items()}
    return {name: closed for name, closed in found.items() if closed}


def upward(package: Path = PACKAGE) -> list[str]:
    """Every import of a heavy room by a light one, and of a heavy library."""
    rows = []
    for name, path in modules(package).items():
        if HEAVY.search(name):
            continue
        for target in imports(name, path):
            if HEAVY.search(target) and target.startswith("vsmeme"):
                rows.append(f"{name} imports {target}")
            if target.split(".")[0] in BANNED:
                rows.append(f"{name} imports {target}")
    return rows


def test_light_rooms_know_no_heavy_ones() -> None:
    assert upward() == []


def test_delivery_knows_no_preparation() -> None:
    rows = [
        f"{name} imports {target}"
        for name, path in modules().items()
        if name.startswith("vsmeme.deliver")
        for target in imports(name, path)
        if ".prepare" in target or ".steps" in target
    ]
    assert rows == []


@pytest.mark.parametrize(
    ("file", "line", "finding"),
    [
        ("seam.py", "from .prepare import scores", "vsmeme.seam imports vsmeme.prepare.scores"),
        ("seam.py", "def f():\n    import cv2", "vsmeme.seam imports cv2"),
        ("sub/seam.py", "from ..steps.match import match", "vsmeme.sub.seam imports"),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, file: str, line: str, finding: str) -> None:
    path = tmp_path / "vsmeme" / file
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert any(row.startswith(finding) for row in upward(tmp_path / "vsmeme"))


def test_no_imports_go_in_a_circle() -> None:
    assert circles(graph()) == []


def test_a_planted_circle_is_found(tmp_path: Path) -> None:
    package = tmp_path / "vsmeme"
    package.mkdir()
    (package / "a.py").write_text("def f():\n    from . import b")
    (package / "b.py").write_text("from .c import x")
    (package / "c.py").write_text("from .a import f\nx = 1")
    assert circles(graph(package)) == [["vsmeme.a", "vsmeme.b", "vsmeme.c"]]


def test_no_packages_go_in_a_circle() -> None:
    assert package_circles() == {}


def test_a_planted_circle_of_packages_is_found(tmp_path: Path) -> None:
    package = tmp_path / "vsmeme"
    lines = {
        "seam/rows.py": "from ..grain.noise import n",
        "seam/width.py": "w = 1",
        "grain/noise.py": "n = 1",
        "grain/size.py": "from ..seam.width import w",
    }
    for file, line in lines.items():
        path = package / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(line)
    assert circles(graph(package)) == []
    assert package_circles(package) == {"vsmeme": [["grain", "seam"]]}


PLAIN = ("rect", "matrix", "ledger", "timeline", "shots", "track", "artifact")


@pytest.mark.parametrize("leaf", PLAIN)
def test_plain_data_imports_nothing_heavy(leaf: str) -> None:
    known = modules()
    (name,) = [n for n in known if n.rpartition(".")[2] == leaf and not HEAVY.search(n)]
    roots = {target.split(".")[0] for target in imports(name, known[name])}
    assert not roots & {"vapoursynth", "numpy", *BANNED}


def test_only_stages_reads_the_configuration() -> None:
    allowed = {"config", "config_file", "project", "readers", "stages"}
    for name, path in modules().items():
        if HEAVY.search(name) or name.rpartition(".")[2] in allowed:
            continue
        if name.startswith("vsmeme.stage_parts."):
            continue
        found = {
            t for t in imports(name, path) if t.startswith(("vsmeme.config", "vsmeme.project"))
        }
        assert not found, name


def public_names(package: Path = PACKAGE) -> dict[str, list[str]]:
    """Public classes and functions, and the modules that define them.

    Left out are package faces, the settings' sections and the stages, which bear the names of what
    they set and build, and entry points.
    """
    places: dict[str, list[str]] = {}
    for name, path in modules(package).items():
        if path.name in ("__init__.py", "config.py", "stages.py"):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_") and node.name not in ("main", "run"):
                places.setdefault(node.name, []).append(name)
    return places


def test_a_public_name_means_one_thing() -> None:
    twice = {name: found for name, found in public_names().items() if len(found) > 1}
    assert twice == {}


def test_rooms_stay_small() -> None:
    """No folder of more than 16 files, no file of more than 300 lines."""
    sizes = {name: len(path.read_text().splitlines()) for name, path in modules().items()}
    assert {name: size for name, size in sizes.items() if size > 300} == {}
    folders = {path.parent for path in modules().values()}
    files = {folder: len([*folder.glob("*.py")]) - 1 for folder in folders}
    crowded = {str(folder): count for folder, count in files.items() if count > 16}
    assert crowded == {}


def test_a_name_planted_twice_is_found(tmp_path: Path) -> None:
    for name in ("a", "b"):
        path = tmp_path / "vsmeme" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("def warp():\n    pass")
    assert public_names(tmp_path / "vsmeme") == {"warp": ["vsmeme.a", "vsmeme.b"]}
