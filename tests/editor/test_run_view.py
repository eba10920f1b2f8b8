"""The steps' view: a step run by a click, one stopped, results inside the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scenes.finished import copy_project
from scenes.pages import STATUS, ask, browsed, click, opened, press

from vsmeme.project import Project, load_project

CELL = "document.querySelector('#panel-run tbody tr:nth-child({}) td')?.innerText"


@pytest.fixture
def project(masked: Project, tmp_path: Path) -> Project:
    return copy_project(masked, tmp_path / "run")


def test_a_step_is_run_by_a_click_and_shows_why(project: Project, tmp_path: Path) -> None:
    (project.work / "shots.json").unlink()
    with opened(project.file) as editor, browsed(f"{editor.address}#run", tmp_path) as browser:
        browser.wait(f"{CELL.format(1)}?.includes('shots.json: missing')")
        assert browser.run("document.querySelector('#strip').children.length") == 0
        click(browser, "#run-match")
        browser.wait("!document.querySelector('#run-stop').disabled")
        browser.wait(f"{STATUS} === 'match: done'", seconds=180)
        assert browser.run(CELL.format(1)).startswith("fresh")
        browser.wait("document.querySelector('#strip').children.length === 2")
        browser.wait("document.querySelector('#clock').textContent.includes('wide')")
        click(browser, "#run-report")
        browser.wait("!!document.querySelector('iframe')", seconds=180)
        assert ask(editor, "GET", "run/report")[0] == 200
    assert load_project(project.file).stale("match") is None


def test_keys_alone_start_and_stop_a_run(project: Project, tmp_path: Path) -> None:
    with opened(project.file) as editor, browsed(editor.address, tmp_path) as browser:
        browser.wait("document.querySelector('#clock').textContent")
        press(browser, "5")
        browser.wait("!document.querySelector('#panel-run').hidden")
        browser.run("document.querySelector('#tab-run').focus()")
        for _ in range(30):
            press(browser, "Tab")
            if browser.run("document.activeElement.id") == "run-make":
                break
        press(browser, "Enter")
        browser.wait("!document.querySelector('#run-stop').disabled")
        assert ask(editor, "POST", "run/start", {"name": "match"})[0] == 400
        press(browser, "Tab", "Enter")
        browser.wait(f"{STATUS} === 'make: stopped'")


def test_the_focus_stays_where_it_was_put(project: Project, tmp_path: Path) -> None:
    """The table is drawn anew after every change; a person on its buttons must not notice."""
    with opened(project.file) as editor, browsed(f"{editor.address}#run", tmp_path) as browser:
        browser.wait("!!document.querySelector('#run-track:enabled')")
        browser.run("window.old = document.querySelector('#run-track'); window.old.focus()")
        press(browser, "5")
        browser.wait("document.querySelector('#run-track') !== window.old")
        assert browser.run("document.activeElement.id") == "run-track"
        press(browser, "Enter")
        browser.wait("document.activeElement.id === 'run-stop'")
        press(browser, "Enter")
        browser.wait(f"{STATUS} === 'track: stopped'")


def test_only_steps_are_run(project: Project) -> None:
    with opened(project.file) as editor:
        for name in ("rm", "", None, ["make"], "make; ls", "demo", "../make"):
            status, said = ask(editor, "POST", "run/start", {"name": name})
            assert (status, said[:20]) == (400, b"name: expected one o")
        assert json.loads(ask(editor, "GET", "run/state")[1])["job"] is None
        assert ask(editor, "GET", "run/report")[0] == 404
        assert ask(editor, "GET", "run/film")[0] == 404
        project.out.mkdir(exist_ok=True)
        (project.out / "meme.mp4").write_bytes(bytes(range(256)))
        assert ask(editor, "GET", "run/film", Range="bytes=16-31") == (206, bytes(range(16, 32)))
