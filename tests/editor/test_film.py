"""The film strip, the layers, the loupe: by clicks, and by keys alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scenes.finished import copy_project, plant_absence
from scenes.pages import DESK, PHONE, STATUS, ask, browsed, click, opened, press, resize

from vsmeme import readers
from vsmeme.commands.editor.rooms.film_state import film_state, frame_rows
from vsmeme.project import Project, load_project

FRAME = "+document.querySelector('#number').value"
PIXELS = """(async (base, [x, y, w, h]) => {
  const { shown, again, stage } = await import('./page/stage/stage.js');
  shown.base = base; await again();
  const pen = document.querySelector('#view').getContext('2d'), k = stage.k;
  const { data } = pen.getImageData(x * k, y * k, w * k, h * k);
  return [...data];
})"""


@pytest.fixture
def project(masked: Project, tmp_path: Path) -> Project:
    return copy_project(masked, tmp_path / "film")


def test_badges_say_what_is_wrong_with_a_shot(project: Project) -> None:
    assert [shot["badges"] for shot in film_state(project)["shots"]] == [[], []]
    plant_absence(project, range(3, 9))
    first, second = film_state(load_project(project.file))["shots"]
    assert first["badges"] == ["6 without partner"]
    assert second["badges"] == ["not placed"]
    rows = frame_rows(load_project(project.file), 0, 99)
    table = readers.timeline(load_project(project.file))
    assert [row["dvd"] is None for row in rows] == [
        3 <= n < 9 or n >= second["first"] for n in range(len(table))
    ]
    assert rows[4]["pair"][4] is False


def test_layers_lie_where_the_graph_puts_them(project: Project, tmp_path: Path) -> None:
    layout = readers.layouts(project)[0]
    with opened(project.file) as editor, browsed(editor.address, tmp_path) as browser:
        browser.wait(f"{FRAME} > 0 || document.querySelector('#clock').textContent")
        inside = [layout.wide.x + 8, layout.wide.y + 8, layout.wide.w - 16, layout.wide.h - 16]
        band = layout.top
        assert band is not None
        for name, part in (("wide", inside), ("dvd", band.as_list())):
            own, whole = (
                np.reshape(browser.run(f"{PIXELS}('{n}', {part})"), (part[3], part[2], 4)) * 1.0
                for n in (name, "composite")
            )
            assert whole[..., :3].std() > 10
            misfit = {
                (dy, dx): np.abs(np.roll(own, (dy, dx), (0, 1)) - whole)[2:-2, 2:-2].mean()
                for dy in (-1, 0, 1)
                for dx in (-1, 0, 1)
            }
            assert min(misfit, key=misfit.__getitem__) == (0, 0), name


def test_a_shot_is_a_click_away(project: Project, tmp_path: Path) -> None:
    plant_absence(project, range(3, 9))
    shots = readers.shots(load_project(project.file)).shots
    with opened(project.file) as editor, browsed(editor.address, tmp_path) as browser:
        browser.wait(f"{FRAME} === {(shots[0].first + shots[0].last) // 2}")
        text = browser.run("document.querySelector('#strip').innerText")
        assert "6 without partner" in text
        assert "not placed" in text
        click(browser, "#strip li:nth-child(2) button")
        browser.wait(f"{FRAME} === {(shots[1].first + shots[1].last) // 2}")
        browser.wait("document.querySelector('#strip li:nth-child(2) button')"
                     ".getAttribute('aria-current') === 'true'")  # fmt: skip
        click(browser, "input[name=base][value=wide]")
        click(browser, "input[name=other][value=dvd]")
        click(browser, "input[value=missing]")
        click(browser, "#view")
        browser.wait("document.querySelector('#loupe').naturalWidth === 240")
        browser.picture(tmp_path / "film.png")


def test_keys_alone_reach_everything(project: Project, tmp_path: Path) -> None:
    shots = readers.shots(project).shots
    with opened(project.file) as editor, browsed(editor.address, tmp_path) as browser:
        middle = (shots[0].first + shots[0].last) // 2
        browser.wait(f"{FRAME} === {middle}")
        press(browser, ".", ".", ",")
        browser.wait(f"{FRAME} === {middle + 1}")
        press(browser, "ArrowRight")
        browser.wait(f"{FRAME} === {middle + 2}")
        press(browser, "PageDown")
        browser.wait(f"{FRAME} === {(shots[1].first + shots[1].last) // 2}")
        press(browser, "m", "h")
        browser.wait("document.querySelector('input[value=masks]').checked")
        press(browser, "5")
        browser.wait("!document.querySelector('#panel-run').hidden")
        press(browser, "1")
        names = []
        for _ in range(40):  # once around by Tab
            press(browser, "Tab")
            names.append(
                browser.run("(e => e.id || e.name || e.textContent.trim())(document.activeElement)")
            )
        for name in (
            "tab-film",
            "done",
            "view",
            "back",
            "play",
            "scrub",
            "number",
            "base",
            "other",
        ):
            assert name in names, name


def test_it_plays_and_scrubs_without_a_word_in_the_log(project: Project, tmp_path: Path) -> None:
    with opened(project.file) as editor, browsed(editor.address, tmp_path) as browser:
        browser.wait(f"{FRAME} > 0")
        click(browser, "#play")
        browser.wait(f"{STATUS}.includes('frames in')")
        last = browser.run(FRAME)
        assert last >= film_state(project)["length"] - 3
        for width in (PHONE, DESK):
            resize(browser, width)
            wide = browser.run("[document.documentElement.scrollWidth, innerWidth]")
            assert wide[0] <= wide[1], width


def test_the_page_shows_what_there_is_after_a_setting_has_changed(project: Project) -> None:
    with opened(project.file) as editor:
        before = ask(editor, "GET", "state")[1]
        text = project.file.read_text().replace("[sources]", "[geometry]\nscale = 4\n[sources]")
        project.file.write_text(text)
        assert load_project(project.file).stale("match")
        after = ask(editor, "GET", "state")[1]
        assert b'"film": {' in before
        assert b'"film": {' in after
        assert ask(editor, "GET", "layer/composite/3")[0] == 200
        project.file.write_text("[sources")
        broken = ask(editor, "GET", "state")[1]
        assert b"not valid TOML" in broken
        assert ask(editor, "GET", "layer/composite/3")[0] == 400
