"""The match's view: start, framing of a shot by mouse and by keys, what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenes.chromium import Browser
from scenes.editor_scene import SCENE
from scenes.finished import copy_project
from scenes.pages import STATUS, ask, browsed, click, opened, press

from vsmeme import readers
from vsmeme.commands.editor.edits.meme_file import MemeFile
from vsmeme.config_file import load_config
from vsmeme.project import Project

DIFFERENCE = "+document.querySelector('#difference').textContent"
FIELDS = "['scale', 'x', 'y'].map(n => +document.querySelector('#framing-' + n).value)"


@pytest.fixture
def project(masked: Project, tmp_path: Path) -> Project:
    return copy_project(masked, tmp_path / "match")


def framed(browser: Browser) -> None:
    browser.wait("document.querySelector('#clock').textContent")
    press(browser, "2")
    browser.wait("document.querySelectorAll('#neighbours img').length >= 4")
    click(browser, "#framing")
    browser.wait(f"{DIFFERENCE} > 0")


def test_the_dvd_lies_as_measured_and_moves_by_keys(project: Project, tmp_path: Path) -> None:
    """Where it lies at first, the difference is smallest; the keys write tenths of a px."""
    shot = readers.shots(project).shots[0]
    with opened(project.file) as editor, browsed(editor.address, tmp_path) as browser:
        framed(browser)
        x, y, _, _ = SCENE.wide_rect
        truth = [SCENE.to_canvas[1, 1], SCENE.to_canvas[0, 2] - x, SCENE.to_canvas[1, 2] - y]
        assert browser.run(FIELDS) == pytest.approx(truth, abs=0.5)
        first, least = browser.run(FIELDS), browser.run(DIFFERENCE)
        press(browser, "ArrowRight", "ArrowRight", "ArrowRight", shift=True)
        browser.wait(f"{DIFFERENCE} > {least * 1.2}")
        press(browser, "ArrowLeft", "ArrowLeft", "ArrowLeft", shift=True)
        press(browser, "ArrowDown", "ArrowDown", "ArrowLeft")
        press(browser, "+")
        assert browser.run(FIELDS)[0] == pytest.approx(first[0] + 0.0005, abs=1e-4)
        press(browser, "-")
        assert browser.run(FIELDS) == pytest.approx(
            [first[0], first[1] - 0.1, first[2] + 0.2], abs=0.02
        )
        browser.run("document.querySelector('#framing-write').focus()")
        press(browser, "Enter")
        browser.wait(f"{STATUS}.includes('framing of shot 0 written')")
        (entry,) = load_config(project.file).shots
        assert entry.at == readers.timeline(project).pairs[shot.first].wide
        assert entry.scale == pytest.approx(first[0], abs=1e-4)
        assert entry.shift == pytest.approx((first[1] - 0.1, first[2] + 0.2), abs=0.02)
        press(browser, "z")
        browser.wait(f"{STATUS}.includes('undone: framing of shot 0')")
    assert load_config(project.file).shots == ()


def test_dragging_frames_the_shot_that_is_shown(project: Project, tmp_path: Path) -> None:
    with opened(project.file) as editor, browsed(editor.address, tmp_path) as browser:
        browser.wait("document.querySelector('#clock').textContent")
        click(browser, "#strip li:nth-child(2) button")
        framed(browser)
        before = browser.run(FIELDS)
        box = "document.querySelector('#view').getBoundingClientRect()"
        left, top, width = browser.run(f"(r => [r.left, r.top, r.width])({box})")
        k = readers.layouts(project)[0].canvas[0] / width
        browser.drag((left + 200, top + 150), (left + 224, top + 138))
        after = browser.run(FIELDS)
        assert after[1] - before[1] == pytest.approx(24 * k, abs=0.5)
        assert after[2] - before[2] == pytest.approx(-12 * k, abs=0.5)
        click(browser, "#framing-write")
        browser.wait(f"{STATUS}.includes('framing of shot 1 written')")
        browser.picture(tmp_path / "match.png")
        click(browser, "#framing-none")
        browser.wait("document.querySelector('#framing-now').textContent.includes('bands = false')")
        (entry,) = load_config(project.file).shots
        assert (entry.bands, entry.scale, entry.shift) == (False, None, None)
        click(browser, "#framing-measured")
        browser.wait("document.querySelector('#framing-now').textContent.includes('nothing')")
    assert load_config(project.file).shots == ()
    assert "[[shots]]" not in project.file.read_text()


def test_the_film_starts_here(project: Project, tmp_path: Path) -> None:
    with opened(project.file) as editor, browsed(editor.address, tmp_path) as browser:
        browser.wait("document.querySelector('#clock').textContent")
        n = readers.shots(project).shots[0].last // 2 + 1
        press(browser, ".", "2")
        browser.wait(f"+document.querySelector('#number').value === {n}")
        click(browser, "#start-here")
        browser.wait(f"{STATUS}.includes('the film starts at frame')")
        assert load_config(project.file).time.start == readers.timeline(project).pairs[n].wide
        click(browser, "#start-auto")
        browser.wait(f"{STATUS}.includes('automatically')")
    assert load_config(project.file).time.start == "auto"


def test_entries_of_a_person_stay_as_they_were_written(project: Project) -> None:
    table = readers.timeline(project)
    second = table.clock(readers.shots(project).shots[1].first + 2)
    text = project.file.read_text()
    text += f'\n[[shots]]\nat = "{second}"  # the scarf\nbands = true\n'
    project.file.write_text(text)
    with opened(project.file) as editor:
        version = MemeFile(project.file).version
        body = {"pair": 0, "entry": {"scale": 4.0, "shift": [-3.141, 2]}, "version": version}
        assert ask(editor, "POST", "match/shot", body)[0] == 200
        last = readers.shots(project).shots[1].last
        body = {"pair": last, "entry": {"bands": False}, "version": MemeFile(project.file).version}
        assert ask(editor, "POST", "match/shot", body)[0] == 200
    assert "# the scarf" in project.file.read_text()
    scarf, first = load_config(project.file).shots
    assert (scarf.at, scarf.bands) == (second, False)
    assert (first.scale, first.shift) == (4, (-3.14, 2))


def test_nonsense_is_refused_in_one_line(project: Project) -> None:
    before = project.file.read_bytes()
    with opened(project.file) as editor:
        version = MemeFile(project.file).version
        for body, said in (
            ({"pair": 99, "entry": {}}, b"expected a number from 0 to 20"),
            ({"pair": True, "entry": {}}, b"expected a number"),
            ({"pair": 0, "entry": {"scale": 99}}, b"scale"),
            ({"pair": 0, "entry": {"shift": [1]}}, b"shift"),
            ({"pair": 0, "entry": {"at": 3, "nonsense": 1}}, b"nonsense"),
        ):
            status, answer = ask(editor, "POST", "match/shot", {**body, "version": version})
            assert status == 400
            assert said in answer
            assert b"\n" not in answer
        status, answer = ask(editor, "POST", "match/start", {"pair": 3, "version": "old"})
        assert status == 409
        assert b"changed elsewhere" in answer
    assert project.file.read_bytes() == before


def test_a_page_that_is_behind_overwrites_nothing(project: Project, tmp_path: Path) -> None:
    """Another page changes the file: a click for the old version is refused, the next one works."""
    with opened(project.file) as editor, browsed(f"{editor.address}#match", tmp_path) as browser:
        browser.wait("document.querySelector('#clock').textContent")
        version = MemeFile(project.file).version
        other = {"pair": 3, "entry": {"bands": False}, "version": version}
        assert ask(editor, "POST", "match/shot", other)[0] == 200
        click(browser, "#start-here")
        browser.wait(f"{STATUS}.includes('changed elsewhere')")
        assert load_config(project.file).time.start == "auto"
        browser.wait("document.querySelector('#framing-now').textContent.includes('bands = false')")
        click(browser, "#start-here")
        browser.wait(f"{STATUS}.includes('the film starts at frame')")
    config = load_config(project.file)
    assert config.shots[0].bands is False
    assert config.time.start != "auto"
