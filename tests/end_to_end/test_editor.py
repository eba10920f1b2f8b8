"""On the editor's page alone: from an empty meme.toml to a finished film."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from scenes.chromium import Browser
from scenes.pages import STATUS, browsed, click, opened

from vsmeme import readers
from vsmeme.demo import scene_face, scene_files
from vsmeme.demo.scene import Scene
from vsmeme.project import load_project
from vsmeme.source.files import open_stream

SCENE = Scene(size="small", seed=3, frames=16, dvd_trim=(2, 0), walk=3.0)
LONGEST_S = 1500


def choose(browser: Browser, selector: str, value: str) -> None:
    browser.run(f"(e => {{ e.value = '{value}'; e.dispatchEvent(new Event('change')); }})"
                f"(document.querySelector('{selector}'))")  # fmt: skip


def upload(browser: Browser, selector: str, path: Path) -> None:
    root = browser.call("DOM.getDocument")["root"]["nodeId"]
    node = browser.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    browser.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])


def test_from_nothing_to_a_film(tmp_path: Path) -> None:
    folder = tmp_path / "meme"
    folder.mkdir()
    scene_files.write_pair(SCENE, folder)
    scene_face.write_face(str(tmp_path / "silly.png"))
    file = folder / "meme.toml"
    file.touch()
    with opened(file) as editor, browsed(f"{editor.address}#run", tmp_path) as browser:
        browser.wait("document.querySelectorAll('#source-wide option').length === 3")
        choose(browser, "#source-wide", "wide.mkv")
        choose(browser, "#source-dvd", "dvd.mkv")
        click(browser, "#sources-write")
        browser.wait("document.querySelectorAll('#panel-run tbody tr').length === 6")
        click(browser, "#run-match")
        browser.wait(f"{STATUS} === 'match: done'", seconds=LONGEST_S)
        browser.wait("document.querySelector('#clock').textContent.includes('wide')")

        click(browser, "#tab-subject")
        browser.wait(f"{STATUS}.startsWith('Click')", seconds=LONGEST_S)
        n = browser.run("+document.querySelector('#number').value")
        mask = SCENE.mask(
            SCENE.wide_master[readers.timeline(load_project(file)).pairs[n].wide] or 0
        )
        face = SCENE.face_mask(
            SCENE.wide_master[readers.timeline(load_project(file)).pairs[n].wide] or 0
        )
        box = "document.querySelector('#view').getBoundingClientRect()"
        left, top, width, height = browser.run(f"(r => [r.left, r.top, r.width, r.height])({box})")
        for region, shape in (("foreground", mask), ("face", face)):
            rows, columns = np.flatnonzero(shape.any(axis=1)), np.flatnonzero(shape.any(axis=0))
            corners = [
                (left + x / mask.shape[1] * width, top + y / mask.shape[0] * height)
                for x, y in ((columns[0] - 2, rows[0] - 2), (columns[-1] + 2, rows[-1] - 1))
            ]
            click(browser, f"input[name=region][value={region}]")
            click(browser, "input[name=tool][value=box]")
            browser.drag(*corners)
            browser.wait(
                f"{STATUS}.startsWith('{region} of frame {n}') && {STATUS}.includes('box')"
            )
        click(browser, "#save")
        browser.wait(f"{STATUS} === '2 prompts saved'")

        click(browser, "#tab-face")
        upload(browser, "#face-upload", tmp_path / "silly.png")
        browser.wait(f"{STATUS}.startsWith('[sources] face = face-')")
        click(browser, "#tab-run")
        click(browser, "#run-make")
        browser.wait(f"/^make: (done|ended|stopped)/.test({STATUS})", seconds=LONGEST_S)
        assert browser.run(STATUS) == "make: done"
        browser.wait("document.querySelector('video').duration > 0.3")
        browser.picture(tmp_path / "finished.png")
        for view in ("film", "match", "subject", "face", "run"):
            click(browser, f"#tab-{view}")
            text = browser.run("document.body.innerText")
            assert not re.search(r"\b(null|undefined|NaN|\[object)\b", text), view
    project = load_project(file)
    film = open_stream(project.out / "meme.mp4")
    assert film.num_frames == len(readers.timeline(project))
    assert readers.track(project).picture
