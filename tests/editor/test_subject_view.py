"""The subject's view: its guards over HTTP, and the page itself driven in headless Chromium."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tomlkit
from PIL import Image
from scenes.chromium import Browser
from scenes.editor_scene import SCENE
from scenes.finished import copy_project
from scenes.pages import STATUS, ask, browsed, click, opened, press

from vsmeme import readers
from vsmeme.commands.editor.edits.meme_file import MemeFile
from vsmeme.commands.editor.edits.prompt_edits import put_prompts
from vsmeme.commands.editor.rooms.hero import hero_picture
from vsmeme.commands.editor.rooms.subject_room import segment_coarsely
from vsmeme.config_file import load_config
from vsmeme.errors import UsageError
from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.hints import Hints
from vsmeme.masks.prepare.segmenters.grabcut import GrabCut
from vsmeme.project import Project
from vsmeme.settings.subject_settings import Prompt
from vsmeme.steps.segment import open_frames

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
BOX = """(r => [r.left, r.top, r.width, r.height])(
    document.querySelector('#view').getBoundingClientRect())"""


@pytest.fixture
def project(masked: Project, tmp_path: Path) -> Project:
    made = copy_project(masked, tmp_path / "subject")
    text = made.file.read_text() + '[segment]\nbackend = "grabcut"  # quick\n'
    made.file.write_text(text)
    return made


def truth(project: Project, n: int) -> np.ndarray:
    master = SCENE.wide_master[readers.timeline(project).pairs[n].wide]
    assert master is not None
    return np.asarray(SCENE.mask(master))


def placed(browser: Browser, mask: np.ndarray) -> Callable[[float, float], tuple[float, float]]:
    """Say where on the window a place of the canvas is."""
    left, top, width, height = browser.run(BOX)
    return lambda x, y: (left + x / mask.shape[1] * width, top + y / mask.shape[0] * height)


def test_bad_prompts_are_refused_in_one_line(project: Project) -> None:
    width, height = readers.layouts(project)[0].canvas
    with opened(project.file) as editor:
        for body, message in (
            ({"frame": 3, "points": [[2000, 10]]}, f"inside the canvas of {width}x{height}"),
            ({"frame": 3, "box": [10, 10, 0, 5]}, "box: expected"),
            ({"frame": 99, "points": [[10, 10]]}, "expected a pair below 21"),
            ({"frame": 3}, "got none of them"),
            ({"frame": 3, "dots": []}, "dots"),
            ({"points": [[10, 10]]}, "expected the frame of the mask"),
            ({"frame": 3, "painted": "/etc/passwd"}, "got none of them"),
            ({"frame": 3, "painted": True}, "got none of them"),
        ):
            status, said = ask(editor, "POST", "subject/mask", body)
            assert status == 400
            assert message in said.decode()
            assert "\n" not in said.decode()
        version = MemeFile(project.file).version
        body = {"prompts": [{"frame": 3, "points": [[-1, 0]]}], "version": version}
        assert ask(editor, "POST", "subject/save", body)[0] == 400
        assert ask(editor, "GET", "subject/faces/99")[0] == 400
        assert (
            ask(editor, "POST", "subject/who", {"frame": 3, "face": 9, "version": version})[0]
            == 400
        )
    assert MemeFile(project.file).version == version


def test_saving_keeps_comments_and_other_prompts(tmp_path: Path) -> None:
    for name in ("wide.mkv", "dvd.mkv"):
        (tmp_path / name).write_bytes(name.encode())
    file = tmp_path / "meme.toml"
    new = Prompt(region="foreground", frame=3, points=((10.25, 20),), box=(1, 2, 30, 40))
    document = tomlkit.parse(TOML)
    put_prompts(document, [new])
    put_prompts(document, [new])
    file.write_text(tomlkit.dumps(document))
    text = file.read_text()
    for comment in ("# my meme", "# the good one", "# softer", "# pink"):
        assert comment in text
    prompts = load_config(file).segment.prompts
    assert [(p.region, p.frame) for p in prompts] == [("face", 30), ("foreground", 3)]
    assert prompts[1].points == ((10.2, 20.0),)
    assert prompts[1].box == (1.0, 2.0, 30.0, 40.0)
    put_prompts(document, [], [(30, "face"), (3, "foreground")])
    file.write_text(tomlkit.dumps(document))
    assert load_config(file).segment.prompts == ()
    assert load_config(file).segment.feather == 14
    with pytest.raises(UsageError, match="segment: expected a table"):
        put_prompts(tomlkit.parse("segment = 3"), [new])


def test_a_person_can_pick_in_a_browser(project: Project, tmp_path: Path) -> None:
    mask = truth(project, 10)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    with (
        opened(project.file) as editor,
        browsed(f"{editor.address}#subject", tmp_path) as browser,
    ):
        browser.wait(f"{STATUS}.startsWith('Click')")
        browser.run(
            "(e => { e.value = 10; e.dispatchEvent(new Event('change')); })"
            "(document.querySelector('#number'))"
        )
        browser.wait("document.querySelector('#clock').textContent.includes('wide 12')")
        browser.wait(f"{STATUS}.startsWith('Click')")
        at = placed(browser, mask)
        click(browser, "input[name=tool][value=box]")
        browser.drag(at(columns[0] - 4, rows[0] - 4), at(columns[-1] + 4, rows[-1] + 4))
        browser.wait(f"{STATUS}.includes(', box')")
        click(browser, "input[name=tool][value=points]")
        centre = at(columns.mean(), rows.mean())
        browser.drag(centre, centre)
        browser.wait(f"{STATUS}.includes('1 inside')")
        click(browser, "input[name=tool][value=background]")
        browser.drag(at(8, 40), at(8, 40))
        browser.wait(f"{STATUS}.includes('1 outside')")
        browser.picture(tmp_path / "page.png")
        click(browser, "#save")
        browser.wait(f"{STATUS} === '1 prompts saved'")
    saved = load_config(project.file).segment.prompts[-1]
    assert (saved.region, saved.frame) == ("foreground", 10)
    assert saved.points[0] == pytest.approx((columns.mean(), rows.mean()), abs=3)
    assert saved.background[0] == pytest.approx((8, 40), abs=3)
    assert saved.box is not None
    assert saved.box[0] == pytest.approx(columns[0] - 4, abs=4)
    assert "# quick" in project.file.read_text()


def test_a_late_answer_leaves_what_was_said_since(project: Project, tmp_path: Path) -> None:
    held = """(held => {
        const fetched = window.fetch;
        window.letGo = () => held.splice(0).forEach(one => one());
        window.fetch = async (path, ...more) => {
            const answer = fetched(path, ...more);
            if (`${path}`.includes(HELD)) await new Promise(done => held.push(done));
            return answer;
        };
    })([])"""
    with (
        opened(project.file) as editor,
        browsed(f"{editor.address}#subject", tmp_path) as browser,
    ):
        browser.wait(f"{STATUS}.startsWith('Click')")
        browser.run(held.replace("HELD", "'subject/mask'"))
        centre = placed(browser, truth(project, 0))(40, 40)
        browser.drag(centre, centre)
        browser.wait(f"{STATUS} === 'Segmenting…'")
        click(browser, "#save")
        browser.wait(f"{STATUS} === '1 prompts saved'")
        browser.run("letGo()")
        browser.wait("document.querySelector('#prompted').textContent.startsWith('Prompts')")
        browser.run("new Promise(done => setTimeout(done, 500))")
        assert browser.run(STATUS) == "1 prompts saved"

        browser.run(held.replace("HELD", "'layer/'"))
        click(browser, "#forth")
        browser.wait("document.querySelector('#making').textContent.startsWith('making frame')")
        assert browser.run(STATUS) == "1 prompts saved"
        browser.run("letGo()")
        browser.wait("document.querySelector('#making').textContent === ''")


def test_keys_alone_box_and_point_and_clear(project: Project, tmp_path: Path) -> None:
    with (
        opened(project.file) as editor,
        browsed(f"{editor.address}#subject", tmp_path) as browser,
    ):
        browser.wait(f"{STATUS}.startsWith('Click')")
        browser.run("document.querySelector('#view').focus()")
        press(browser, "e", *["ArrowLeft"] * 6, *["ArrowUp"] * 5, "Enter")
        press(browser, *["ArrowRight"] * 12, *["ArrowDown"] * 12, "Enter")
        browser.wait(f"{STATUS}.includes(', box')")
        press(browser, "q", *["ArrowLeft"] * 6, *["ArrowUp"] * 5, "Enter")
        browser.wait(f"{STATUS}.includes('1 inside')")
        press(browser, "Backspace")
        browser.wait(f"{STATUS}.includes('0 inside, 0 outside, box')")
        browser.run("document.querySelector('#save').focus()")
        press(browser, "Enter")
        browser.wait(f"{STATUS} === '1 prompts saved'")
        (prompt,) = load_config(project.file).segment.prompts
        width, height = readers.layouts(project)[0].canvas
        assert prompt.box == pytest.approx((width / 2 - 48, height / 2 - 40, 96, 96), abs=1)
        browser.run("document.querySelector('#pick-clear').focus()")
        press(browser, "Enter")
        browser.run("document.querySelector('#save').focus()")
        press(browser, "Enter")
        browser.wait(f"{STATUS} === '0 prompts saved, 1 removed'")
        assert load_config(project.file).segment.prompts == ()
        press(browser, "z")
        browser.wait(f"{STATUS}.startsWith('undone')  || {STATUS}.includes('box')")
    assert len(load_config(project.file).segment.prompts) == 1


def test_a_painted_mask_becomes_a_png_of_the_canvas(project: Project, tmp_path: Path) -> None:
    mask = truth(project, 0)
    with (
        opened(project.file) as editor,
        browsed(f"{editor.address}#subject", tmp_path) as browser,
    ):
        browser.wait(f"{STATUS}.startsWith('Click')")
        n = browser.run("+document.querySelector('#number').value")
        at = placed(browser, mask)
        press(browser, "r")
        browser.drag(at(100, 100), at(200, 100))
        press(browser, "t")
        browser.drag(at(150, 80), at(150, 120))
        click(browser, "#save")
        browser.wait(f"{STATUS}.startsWith('painted mask saved as')")
    (prompt,) = load_config(project.file).segment.prompts
    assert (prompt.frame, prompt.region) == (n, "foreground")
    assert 'painted = "painted/foreground-' in project.file.read_text()
    painted = cv2.imread(str(prompt.painted), cv2.IMREAD_UNCHANGED)
    assert painted.shape == mask.shape
    assert set(np.unique(painted)) == {0, 255}
    assert painted[100, 110] == painted[100, 190] == 255
    assert painted[100, 150] == painted[60, 110] == 0
    frames, _, segmenter = open_frames(Project(file=project.file, config=load_config(project.file)))
    from vsmeme.masks.prepare.hints import Hints

    assert segmenter.segment(frames.work(n), Hints(painted=prompt.painted)).max() == 255


@pytest.mark.parametrize("kind", ["svg", "cut", "bomb", "moving", "empty", "text"])
def test_hostile_pictures_are_refused(project: Project, kind: str) -> None:
    stream = io.BytesIO()
    if kind == "bomb":
        Image.new("L", (20000, 20000)).save(stream, "PNG")
    elif kind == "moving":
        pictures = [Image.new("L", (9, 9), n * 99) for n in range(3)]
        pictures[0].save(stream, "WEBP", save_all=True, append_images=pictures[1:])
    else:
        Image.effect_noise((64, 64), 90).save(stream, "PNG")
    data = {
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>',
        "cut": stream.getvalue()[:200], "empty": b"", "text": b"#!/bin/sh\n",
    }.get(kind, stream.getvalue())  # fmt: skip
    before = sorted(path for path in project.folder.rglob("*") if "cache" not in path.parts)
    version = MemeFile(project.file).version
    with opened(project.file) as editor:
        path = f"subject/painted/foreground/3?version={version}"
        status, said = ask(editor, "POST", path, data, **{"Content-Type": "image/png"})
        assert status == 400
        assert b"picture" in said
        for wrong in ("subject/painted/..%2f/3", "subject/painted/foreground/..%2f3"):
            assert ask(editor, "POST", wrong, data, **{"Content-Type": "image/png"})[0] == 404
    after = sorted(path for path in project.folder.rglob("*") if "cache" not in path.parts)
    assert [p for p in after if p not in before and not p.name.endswith(".lock")] == []


def test_one_of_two_faces_is_cut_out_alone() -> None:
    picture = np.zeros((300, 600, 3), np.uint8)
    picture[:, :300] = 90
    picture[:, 300:] = 200
    faces = [
        Face(x=100, y=100, w=60, h=70, score=1, points=()),
        Face(x=280, y=90, w=80, h=90, score=1, points=()),
    ]
    small, large = (
        cv2.imdecode(np.frombuffer(hero_picture(picture, faces, n), np.uint8), cv2.IMREAD_COLOR)
        for n in (0, 1)
    )
    assert small.max() == 90  # nothing of the larger one
    assert small.shape[1] >= 72
    assert large.shape[1] > small.shape[1]


def test_who_the_hero_is(project: Project) -> None:
    with opened(project.file) as editor:
        version = MemeFile(project.file).version
        answer = ask(editor, "POST", "subject/who", {"all": True, "version": version})[1]
        assert json.loads(answer)["who"] == "all"
        assert load_config(project.file).segment.who == "all"
        body = {"version": MemeFile(project.file).version}
        assert ask(editor, "POST", "subject/who", body)[0] == 200
        assert load_config(project.file).segment.who is None
        for frame in range(0, 21, 5):
            faces = json.loads(ask(editor, "GET", f"subject/faces/{frame}")[1])
            if not faces:
                continue  # the drawn head is not taken for a face in every frame
            body = {"frame": frame, "face": 0, "version": MemeFile(project.file).version}
            assert ask(editor, "POST", "subject/who", body)[0] == 200
            who = load_config(project.file).segment.who
            assert isinstance(who, Path)
            assert who.name.startswith("hero-")
            assert cv2.imread(str(who)) is not None


def test_a_quick_answer_says_that_more_is_known(project: Project) -> None:
    """It is of the frame alone; of a face the frames around say nothing, so that it is whole."""
    import http.client

    prompt = {"frame": 6, "box": [180, 20, 120, 220], "quick": True}
    with opened(project.file) as editor:
        _, _, host, own, _ = editor.address.split("/")

        def complete(body: dict[str, object]) -> str | None:
            connection = http.client.HTTPConnection(host, timeout=120)
            try:
                headers = {"Content-Type": "application/json"}
                connection.request("POST", f"/{own}/subject/mask", json.dumps(body), headers)
                answer = connection.getresponse()
                assert answer.status == 200
                answer.read()
                return answer.headers["X-Complete"]
            finally:
                connection.close()

        assert complete(prompt) == "no"
        assert complete(prompt | {"quick": False}) == "yes"
        assert complete(prompt) == "no"
        assert complete(prompt | {"region": "face"}) == "yes"
        assert complete(prompt | {"frame": 7}) == "no"


def test_a_coarse_mask_is_the_fine_one_but_for_its_edge() -> None:
    rng = np.random.default_rng(1)
    inside = np.zeros((360, 640), np.uint8)
    cv2.ellipse(inside, (300, 190), (90, 130), 0, 0, 360, 1, -1)
    colours = np.where(inside[..., None] > 0, (180, 60, 90), (60, 120, 70))
    picture = np.clip(colours + rng.normal(0, 8, colours.shape), 0, 255).astype(np.uint8)
    hints = Hints(boxes=((190.0, 40.0, 220.0, 300.0),), points=((300.0, 190.0),))
    fine = GrabCut().segment(picture, hints)
    coarse = segment_coarsely(GrabCut().segment, picture, hints)
    both = (fine > 127) & (coarse > 127)
    assert coarse.shape == fine.shape
    assert both.sum() > 0.98 * ((fine > 127) | (coarse > 127)).sum()
