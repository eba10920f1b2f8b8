"""The two releases, chosen on the page: from an empty meme.toml on."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenes.finished import copy_project
from scenes.pages import STATUS, ask, browsed, click, opened

from vsmeme.commands.editor.edits.meme_file import MemeFile
from vsmeme.commands.editor.serve import edit
from vsmeme.config_file import load_config
from vsmeme.errors import UsageError
from vsmeme.project import Project


@pytest.fixture
def project(masked: Project, tmp_path: Path) -> Project:
    return copy_project(masked, tmp_path / "sources")


def test_an_empty_file_gets_its_sources_by_clicks(project: Project, tmp_path: Path) -> None:
    project.file.write_text("# nothing yet\n")
    with opened(project.file) as editor, browsed(f"{editor.address}#run", tmp_path) as browser:
        browser.wait("document.querySelectorAll('#source-wide option').length === 3")
        assert "missing" in browser.run(STATUS)
        for role in ("wide", "dvd"):
            browser.run(f"document.querySelector('#source-{role}').focus()")
            script = (f"(e => {{ e.value = '{role}.mkv'; e.dispatchEvent(new Event('change')); }})"
                      f"(document.querySelector('#source-{role}'))")  # fmt: skip
            browser.run(script)
        click(browser, "#sources-write")
        browser.wait(f"{STATUS}.includes('sources written')")
        browser.wait("document.querySelectorAll('#panel-run tbody tr').length === 6")
    text = project.file.read_text()
    assert text.startswith("# nothing yet\n")
    assert load_config(project.file).sources.wide == project.folder / "wide.mkv"


def test_only_listed_films_are_taken(project: Project) -> None:
    (project.folder / "secret.txt").write_text("x")
    (project.folder / ".hidden.mkv").write_text("x")
    with opened(project.file) as editor:
        listed = ask(editor, "GET", "sources")[1]
        assert b"secret" not in listed
        assert b"hidden" not in listed
        for name in (
            "secret.txt",
            "../dvd.mkv",
            "/etc/passwd",
            ".hidden.mkv",
            "",
            None,
            ["dvd.mkv"],
        ):
            body = {"wide": name, "dvd": "dvd.mkv", "version": MemeFile(project.file).version}
            status, said = ask(editor, "POST", "sources", body)
            assert (status, said) == (400, b"sources.wide: expected one of the listed films")
        body = {"wide": "dvd.mkv", "dvd": "dvd.mkv", "version": MemeFile(project.file).version}
        status, said = ask(editor, "POST", "sources", body)
        assert status == 400
        assert b"are the same file" in said


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"meme.toml: no such meme.toml; give its path"):
        edit(tmp_path)
