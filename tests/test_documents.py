"""Documents hold: snippets run as printed, settings load, links and commands lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import SCENE, SETTINGS, finished_project
from scenes.nets import nearest

import vsmeme
from vsmeme.commands.group import COMMANDS, load_command
from vsmeme.config_file import load_config
from vsmeme.masks.prepare.mask_file import MaskWriter

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md")))
README_LINES = 150
NOT_SHOWN = {"load_detail"}  # reads what a restoration network wrote; named in a comment


def blocks(page: Path, language: str) -> Iterator[str]:
    """The fenced blocks of a language on a page."""
    for match in re.finditer(rf"^```{language}\n(.*?)^```$", page.read_text(), re.S | re.M):
        yield match.group(1)


def names(pages: tuple[Path, ...] = PAGES) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the snippets open: films, pictures, a finished project in `my`."""
    folder = tmp_path_factory.mktemp("films")
    project = finished_project(folder / "my", SCENE, settings=SETTINGS)
    (folder / "film.mkv").hardlink_to(project.config.sources.wide)  # type: ignore[arg-type]
    (folder / "film-dvd.mkv").hardlink_to(project.config.sources.dvd)  # type: ignore[arg-type]
    size = SCENE.wide_rect[2:]
    with MaskWriter(folder / "mask.mkv", size=size, fps=(24, 1)) as writer:
        for _ in SCENE.wide_master:
            writer.add(np.full(size[::-1], 255, np.uint8))
    for name in ("silly.png", "still.png", "painted.png"):
        cv2.imwrite(str(folder / name), np.zeros((8, 8, 3), np.uint8))
    nearest(folder).path.rename(folder / "network.onnx")
    return folder


@pytest.mark.parametrize("page", names())
def test_snippets_run_as_printed(page: str, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Snippets of a page run in order; a later one may use the names of an earlier one."""
    monkeypatch.chdir(films)
    scope: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(ROOT / page, "python"):
        exec(compile(block, page, "exec"), scope)  # noqa: S102 - what the test is for
    for output in vs.get_outputs().values():
        assert isinstance(output, vs.VideoOutputTuple)
        output.clip.get_frame(0).close()


@pytest.mark.parametrize("page", names())
def test_settings_load(page: str, films: Path) -> None:
    for number, block in enumerate(blocks(ROOT / page, "toml")):
        path = films / f"{number}.toml"
        head = (
            "" if "[sources]" in block else '[sources]\nwide = "film.mkv"\ndvd = "film-dvd.mkv"\n'
        )
        path.write_text(head + block)
        assert load_config(path).sources.wide.is_file()


@pytest.mark.parametrize("page", names())
def test_links_and_commands_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (folder / target).exists(), target
    for target in re.findall(r"\b((?:tests|scripts|vsmeme|models|docs)/[\w/]+\.\w+)", text):
        made = target.startswith(("models/", "tests/")) and not target.endswith((".py", ".toml"))
        assert made or (ROOT / target).exists(), target


@pytest.mark.parametrize("page", names())
def test_commands_exist(page: str) -> None:
    """Every `vsmeme NAME` of a page is a command, and of its options each is one."""
    for name, rest in re.findall(
        r"(?:`|^ +|\$\()vsmeme (\w+)([^`\n)]*)", (ROOT / page).read_text(), re.M
    ):
        assert name in COMMANDS, name
        command = load_command(name)
        parts = [command, *(getattr(command, "commands", {}).values())]
        known = {text for part in parts for option in part.params for text in option.opts}
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", rest):
            assert option in known, f"vsmeme {name} {option}"


def test_every_public_name_is_documented() -> None:
    """Each has its entry in the reference, and its place in the list of pages."""
    pages = "\n".join(page.read_text() for page in sorted((ROOT / "docs" / "filters").glob("*.md")))
    documented = set(re.findall(r"^\.\. (?:auto|py:)\w+:: (\w+)$", pages, re.M))
    assert documented == set(vsmeme.__all__) - {"Mendable"}
    listed = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "filters.md").read_text()))
    assert documented <= listed


def test_every_filter_has_a_snippet() -> None:
    code = "\n".join(block for page in PAGES for block in blocks(page, "python"))
    functions = {name for name in vsmeme.__all__ if name[0].islower()} - NOT_SHOWN
    assert {name for name in functions if f"vsmeme.{name}(" not in code} == set()


def test_the_readme_is_a_page() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


def test_public_functions_take_strings_for_paths() -> None:
    """What a script writes as text is taken as it is, and a missing file is named."""
    for call in (
        lambda: vsmeme.load_mask("none.mkv"),
        lambda: vsmeme.open_video("none.mkv", role="wide"),
        lambda: vsmeme.load_detail("none.mkv"),
        lambda: vsmeme.load_picture("none.png", "none.png"),
        lambda: vsmeme.find_model("none.onnx"),
    ):
        with pytest.raises(vsmeme.UserError, match="none"):
            call()


def test_no_marks_of_a_merge_are_left() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "pyproject.toml"]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if line.startswith(("<<<<<<< ", ">>>>>>> "))], path
