"""Everybody can use the page: axe-core on each view and size, focus that shows, names, targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from scenes.chromium import Browser
from scenes.finished import copy_project, plant_absence
from scenes.pages import DESK, PHONE, browsed, opened, press, resize

from vsmeme.project import Project

VIEWS = ("film", "match", "subject", "face", "run")
HOLDERS = ("axe_playwright_python", "axe_core_python")
"""Packages that carry axe-core; neither is imported."""
RUN = """axe.run(document, {resultTypes: ['violations']}).then(r => r.violations
  .filter(v => ['serious', 'critical', 'moderate'].includes(v.impact))
  .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | ')))"""


@pytest.fixture(scope="module")
def browser(tracked: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("accessible")
    project = copy_project(tracked, folder / "project")
    plant_absence(project, range(3, 9))
    with opened(project.file) as editor, browsed(editor.address, folder) as made:
        made.wait("document.querySelector('#clock').textContent")
        yield made


def show(browser: Browser, view: str) -> None:
    browser.run(f"document.querySelector('#tab-{view}').click()")
    browser.wait(f"!document.querySelector('#panel-{view}').hidden")


def test_axe_finds_a_planted_fault(browser: Browser) -> None:
    load_axe(browser)
    browser.run("document.querySelector('#status').innerHTML = '<img src=x><button></button>'")
    rows = browser.run(RUN)
    browser.run("document.querySelector('#status').textContent = ''")
    assert {row.partition(":")[0] for row in rows} >= {"image-alt", "button-name"}


@pytest.mark.parametrize("size", [PHONE, DESK])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(browser: Browser, view: str, size: tuple[int, int]) -> None:
    load_axe(browser)
    resize(browser, size)
    show(browser, view)
    assert browser.run(RUN) == []


def load_axe(browser: Browser) -> None:
    script = next(filter(None, map(axe_core, HOLDERS)), None)
    if script is None:
        pytest.skip(f"no axe-core: install {' or '.join(HOLDERS)}")
    browser.run(script.read_text(encoding="utf-8") + "; 0")


def axe_core(package: str) -> Path | None:
    """Find the script in a package."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return next((p for f in folders or () for p in Path(f).rglob("axe.min.js")), None)


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_focused_is_seen_and_named(browser: Browser, view: str) -> None:
    """Once around by Tab: each stop has a name, an outline, and lies in the window."""
    resize(browser, DESK)
    show(browser, view)
    browser.run(f"document.querySelector('#tab-{view}').focus()")
    stops = []
    for _ in range(60):
        press(browser, "Tab")
        stop = browser.run("""(e => e === document.body ? null : ({
          id: e.id || e.name || e.textContent.trim().slice(0, 30) || e.tagName,
          name: (e.getAttribute('aria-label') || e.textContent || '').trim()
            || [...(e.labels || [])].map(l => l.textContent.trim()).join(' '),
          outline: parseFloat(getComputedStyle(e).outlineWidth),
          inside: (r => r.bottom > 0 && r.top < innerHeight)(e.getBoundingClientRect()),
        }))(document.activeElement)""")
        if stop is None:
            break
        stops.append(stop)
    assert len({stop["id"] for stop in stops}) > 10
    for stop in stops:
        assert stop["name"], stop
        assert stop["outline"] >= 2, stop
        assert stop["inside"], stop


@pytest.mark.parametrize("view", VIEWS)
def test_a_thumb_hits_every_button(browser: Browser, view: str) -> None:
    """24 px at least, as WCAG 2.2 (2.5.8) wants, and nothing beyond a phone's edge."""
    resize(browser, PHONE)
    show(browser, view)
    text = browser.run("document.body.innerText")
    assert not re.search(r"\b(null|undefined|NaN)\b|\[object", text), text
    small = browser.run("""[...document.querySelectorAll('button, select, input:not([type=file])')]
      .map(e => [e.id || e.value, (e.closest('label') && /radio|checkbox/.test(e.type)
        ? e.closest('label') : e).getBoundingClientRect(), e.checkVisibility()])
      .filter(([, r, seen]) => seen && (r.width < 24 || r.height < 24)).map(([id]) => id)""")
    assert small == []
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
