"""The pick page: its guards over HTTP, and the page itself driven in headless Chromium."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from scenes.chromium import Browser, find_chromium
from scenes.moving_subject import MovingSubject

from vsmeme.config_file import load_config
from vsmeme.errors import UsageError
from vsmeme.masks.prepare.pick.page import PickPage
from vsmeme.masks.prepare.pick.save_prompts import save_prompts
from vsmeme.masks.prepare.segmenters.grabcut import GrabCut
from vsmeme.project import load_project
from vsmeme.sync.shots import Shot, Shots

TOML = """# my meme
[sources]
wide = "wide.mkv"   # the good one
dvd = "dvd.mkv"

[segment]
feather = 14  # softer

# drawn last week
[[segment.prompts]]
region = "face"
frame = 30
points = [[50, 60]]

[foreground]
colour = "#ff00aa"  # pink
"""
SUBJECT = MovingSubject(seed=4, size=(480, 270))


class Film:
    """What the page asks of a film."""

    size, work_size, scale, length = (960, 540), (480, 270), 0.5, 40

    def work(self, n: int) -> np.ndarray:
        return SUBJECT.frame(n)

    def real(self, n: int) -> np.ndarray:
        return np.full((270, 480), 255, np.uint8)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PickPage]:
    for name in ("wide.mkv", "dvd.mkv"):
        (tmp_path / name).write_bytes(b"x")
    file = tmp_path / "meme.toml"
    file.write_text(TOML)
    shots = Shots(shots=(Shot(first=0, last=19), Shot(first=20, last=39)))
    made = PickPage(load_project(file), Film(), shots, GrabCut())  # type: ignore[arg-type]
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made
    with suppress(OSError):
        ask(made, "POST", "done", {})
    thread.join(20)


def ask(
    page: PickPage, method: str, path: str, body: object = None, *, folder: str | None = None,
    **headers: str,
) -> tuple[int, bytes]:  # fmt: skip
    _, _, host, own, _ = page.address.split("/")
    data = json.dumps(body) if body is not None else None
    # closed whatever happens: a server that has just gone leaves a socket, and a warning, behind
    with closing(http.client.HTTPConnection(host, timeout=30)) as connection:
        connection.request(method, f"/{folder or own}/{path}", data, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_only_the_own_page_is_answered(page: PickPage) -> None:
    assert page.address.startswith("http://127.0.0.1:")
    assert ask(page, "GET", "")[0] == 200
    assert ask(page, "GET", "", folder="guess")[0] == 403
    assert ask(page, "GET", "state", Origin="http://evil.example")[0] == 403
    assert ask(page, "GET", "state", Host="evil.example")[0] == 403
    assert ask(page, "GET", "state", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    html = ask(page, "GET", "")[1].decode()
    assert "http://" not in html
    assert "https://" not in html


def test_bad_prompts_are_refused_in_one_line(page: PickPage) -> None:
    for body, message in (
        ({"frame": 3, "points": [[2000, 10]]}, "inside the canvas of 960x540"),
        ({"frame": 3, "box": [10, 10, 0, 5]}, "box: expected"),
        ({"frame": 99, "points": [[10, 10]]}, "expected a pair below 40"),
        ({"frame": 3}, "got none of them"),
        ({"frame": 3, "dots": []}, "dots"),
    ):
        status, said = ask(page, "POST", "mask", body)
        assert status == 400
        assert message in said.decode()
        assert "\n" not in said.decode()
    assert ask(page, "GET", "frame/99")[0] == 404
    assert ask(page, "POST", "save", [{"frame": 3, "points": [[-1, 0]]}])[0] == 400


def test_saving_keeps_comments_and_other_prompts(tmp_path: Path) -> None:
    for name in ("wide.mkv", "dvd.mkv"):
        (tmp_path / name).write_bytes(b"x")
    file = tmp_path / "meme.toml"
    file.write_text(TOML)
    from vsmeme.config import Prompt

    new = Prompt(region="foreground", frame=3, points=((10.25, 20),), box=(1, 2, 30, 40))
    save_prompts(file, [new])
    save_prompts(file, [new])
    text = file.read_text()
    for comment in ("# my meme", "# the good one", "# softer", "# pink"):
        assert comment in text
    prompts = load_config(file).segment.prompts
    assert [(p.region, p.frame) for p in prompts] == [("face", 30), ("foreground", 3)]
    assert prompts[1].points == ((10.2, 20.0),)
    assert prompts[1].box == (1.0, 2.0, 30.0, 40.0)
    file.write_text("segment = 3")
    with pytest.raises(UsageError, match="segment: expected a table"):
        save_prompts(file, [new])


def test_a_person_can_pick_in_a_browser(page: PickPage, tmp_path: Path) -> None:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium installed")
    profile = tmp_path / "profile"
    profile.mkdir()
    browser = Browser(program, profile)
    try:
        browser.open(page.address)
        status = "document.querySelector('#status')?.textContent"
        browser.wait(f"{status}?.startsWith('face of frame 30: 1 inside')")
        browser.run("$('number').value = 10; $('number').dispatchEvent(new Event('change'))")
        browser.wait(f"{status}.startsWith('Click')")
        spot = "(r => [r.left, r.top, r.width, r.height])(view.getBoundingClientRect())"
        left, top, width, height = browser.run(spot)
        assert browser.run("frame") == 10

        def at(x: float, y: float) -> tuple[float, float]:
            return left + x / 480 * width, top + y / 270 * height

        mask = SUBJECT.mask(10)
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        browser.run("document.querySelector('input[value=box]').click()")
        browser.drag(at(columns[0] - 4, rows[0] - 4), at(columns[-1] + 4, rows[-1] + 4))
        browser.wait(f"{status}.includes(', box')")
        browser.run("document.querySelector('input[value=points]').click()")
        centre = at(columns.mean(), rows.mean())
        browser.drag(centre, centre)
        browser.wait(f"{status}.includes('1 inside')")
        browser.run("document.querySelector('input[value=background]').click()")
        browser.drag(at(8, 8), at(8, 8))
        browser.wait(f"{status}.includes('1 outside')")
        assert browser.run("!!masks.foreground")
        browser.picture(tmp_path / "page.png")
        browser.run("document.querySelector('#save').click()")
        browser.wait(f"{status} === '1 prompts saved'")
        browser.run("document.querySelector('#done').click()")
    finally:
        browser.close()
    saved = load_config(tmp_path / "meme.toml").segment.prompts[-1]
    assert (saved.region, saved.frame) == ("foreground", 10)
    assert saved.points[0] == pytest.approx((2 * columns.mean(), 2 * rows.mean()), abs=3)
    assert saved.background[0] == pytest.approx((16, 16), abs=3)
    assert saved.box is not None
    assert saved.box[0] == pytest.approx(2 * (columns[0] - 4), abs=4)
    assert "# the good one" in (tmp_path / "meme.toml").read_text()
