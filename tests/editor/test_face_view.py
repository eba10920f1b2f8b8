"""The face's view: laid by mouse and by keys, carried along with the head, written, uploaded."""

from __future__ import annotations

import http.client
import io
import json
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
import tomlkit
import vapoursynth as vs
from PIL import Image
from scenes.finished import copy_project
from scenes.pages import STATUS, ask, browsed, click, opened, press

from vsmeme import readers, stages
from vsmeme.arrays.frames import to_array
from vsmeme.commands.editor.edits.face_edits import put_placement
from vsmeme.commands.editor.edits.meme_file import MemeFile
from vsmeme.commands.editor.serve import Editor
from vsmeme.config_file import load_config
from vsmeme.pixels.rect import Rect
from vsmeme.project import Project, load_project
from vsmeme.stage_parts.subject_stage import subject_look
from vsmeme.steps.track import run_track
from vsmeme.sync.shots import Shot

FIELDS = "['x', 'y', 'width', 'angle'].map(n => +document.querySelector('#face-' + n).value)"
SHOTS = (Shot(first=0, last=9), Shot(first=10, last=19))


@pytest.fixture
def project(tracked: Project, tmp_path: Path) -> Project:
    return copy_project(tracked, tmp_path / "face")


def tracked_place(project: Project, n: int) -> tuple[float, float, float]:
    """Centre and width of the picture in a frame, as the track says."""
    track = readers.track(project)
    with Image.open(project.work / track.picture["alpha"]) as picture:
        size = picture.size
    matrix = track.regions["face"].placed(n + 1)[n]
    assert matrix is not None
    x, y, _ = np.array(matrix) @ [size[0] / 2, size[1] / 2, 1]
    return x, y, float(np.hypot(matrix[0][0], matrix[1][0]) * size[0])


def test_it_lies_as_tracked_moves_by_keys_and_follows(project: Project, tmp_path: Path) -> None:
    n = readers.shots(project).shots[0].last // 2
    with opened(project.file) as editor, browsed(f"{editor.address}#face", tmp_path) as browser:
        browser.wait("+document.querySelector('#face-width').value > 0")
        first = browser.run(FIELDS)
        assert first[:3] == pytest.approx(tracked_place(project, n), abs=0.2)
        browser.run("document.querySelector('#view').focus()")
        press(browser, "ArrowRight", "ArrowDown", "ArrowDown", "+", ">", ">")
        moved = browser.run(FIELDS)
        wanted = [first[0] + 1, first[1] + 2, first[2] * 1.01, first[3] + 2]
        assert moved == pytest.approx(wanted, abs=0.15)
        press(browser, ".")
        browser.wait(f"+document.querySelector('#number').value === {n + 1}")
        browser.wait(f"{FIELDS}[0] !== {moved[0]} || {FIELDS}[1] !== {moved[1]}")
        here, there = tracked_place(project, n), tracked_place(project, n + 1)
        carried = browser.run(FIELDS)
        assert carried[0] - moved[0] == pytest.approx(there[0] - here[0], abs=0.6)
        browser.run("document.querySelector('#face-write').focus()")
        press(browser, "Enter")
        browser.wait(f"{STATUS}.includes('face in shot 0 written')")
        (given,) = load_config(project.file).face.placements
        assert given.frame == n + 1
        assert given.centre == pytest.approx(carried[:2], abs=0.06)
        assert given.width == pytest.approx(carried[2], abs=0.06)
        press(browser, "z")
        browser.wait(f"{STATUS}.includes('undone')")
    assert load_config(project.file).face.placement is None


def test_by_mouse_with_mirror_and_opacity(project: Project, tmp_path: Path) -> None:
    with opened(project.file) as editor, browsed(f"{editor.address}#face", tmp_path) as browser:
        browser.wait("+document.querySelector('#face-width').value > 0")
        first = browser.run(FIELDS)
        box = "document.querySelector('#view').getBoundingClientRect()"
        left, top, width = browser.run(f"(r => [r.left, r.top, r.width])({box})")
        k = readers.layouts(project)[0].canvas[0] / width
        browser.drag((left + 300, top + 200), (left + 330, top + 190))
        moved = browser.run(FIELDS)
        assert moved[:2] == pytest.approx([first[0] + 30 * k, first[1] - 10 * k], abs=0.5)
        browser.picture(tmp_path / "face.png")
        click(browser, "#face-mirror")
        browser.wait(f"{STATUS}.includes('look of the face')")
        browser.run(
            "(e => { e.value = 60; e.dispatchEvent(new Event('change')); })"
            "(document.querySelector('#face-opacity'))"
        )
        browser.wait("document.querySelector('#undo').title === 'look of the face'")
        browser.wait("fetch('state').then(r => r.json()).then(s => s.face.opacity === 0.6)")
        click(browser, "#face-write")
        browser.wait(f"{STATUS}.includes('written; run track')")
    face = load_config(project.file).face
    assert (face.mirror, face.opacity, len(face.placements)) == (True, 0.6, 1)


def test_where_it_rests_it_is_blended_as_the_film_will_be(project: Project, tmp_path: Path) -> None:
    """The answer is the step's own picture of that frame: same place, same tone, same blend."""
    n = readers.shots(project).shots[0].last // 2
    x, y, width = tracked_place(project, n)
    body = {"frame": n, "placement": {"centre": [x, y], "width": width}}
    with opened(project.file) as editor, browsed(f"{editor.address}#face", tmp_path) as browser:
        browser.wait("+document.querySelector('#face-width').value > 0")
        browser.wait("performance.getEntriesByName(new URL('face/blended', location)).length > 0")
        data, part = blended_part(editor, body)
        away = {**body, "placement": {"centre": [-900, -900], "width": 20}}
        assert b"outside of the picture" in ask(editor, "POST", "face/blended", away)[1]
        assert ask(editor, "POST", "face/blended", {**body, "frame": 99})[0] == 400
        assert ask(editor, "POST", "face/blended", {"frame": n})[0] == 400
    blended = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float)
    placed = f"\n[face.placement]\ncentre = [{x}, {y}]\nwidth = {width}\nframe = {n}\n"
    project.file.write_text(project.file.read_text() + placed)
    project = load_project(project.file)
    run_track(project)
    film = stages.composite(project, bands="fast")
    film = subject_look(project, film, stages.masks(project), inserted=True)
    with (
        vs.core.resize.Bicubic(film, format=vs.RGB24).get_frame(n) as frame,
        stages.masks(project).face.get_frame(n) as mask,
    ):
        rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
        shown = to_array(frame)[rows, columns].astype(float)
        face = cv2.erode(np.asarray(mask[0])[rows, columns], np.ones((19, 19))) > 250
    assert blended.shape == shown.shape
    assert face.sum() > 200
    softly = np.abs(cv2.blur(blended, (5, 5)) - cv2.blur(shown, (5, 5)))  # JPEG halves chroma
    assert softly[face].mean() < 3
    raw = np.asarray(Image.open(project.folder / "face.png").convert("RGB"), float)
    assert abs(raw.mean() - blended[face].mean()) > 4  # it does have another tone


def blended_part(editor: Editor, body: dict[str, object]) -> tuple[bytes, Rect]:
    """Ask for the blended face; returns the picture, and the part of the canvas that it covers."""
    _, _, host, own, _ = editor.address.split("/")
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/{own}/face/blended", json.dumps(body), headers)
        answer = connection.getresponse()
        assert answer.status == 200
        x, y, w, h = json.loads(answer.headers["X-Window"])
        return answer.read(), Rect(x=x, y=y, w=w, h=h)


def test_placements_of_other_shots_stay() -> None:
    document = tomlkit.parse("# mine\n[face]\nblend = 'poisson'  # soft\n")
    first = {"centre": [1, 2], "width": 9, "angle": 0, "frame": 3}
    second = {**first, "frame": 12}
    put_placement(document, SHOTS[0], first, alone=False)
    assert "[face.placement]" in tomlkit.dumps(document)
    put_placement(document, SHOTS[1], second, alone=False)
    put_placement(document, SHOTS[1], {**second, "width": 11}, alone=False)
    text = tomlkit.dumps(document)
    assert text.count("[[face.placement]]") == 2
    assert "# mine" in text
    assert "# soft" in text
    assert [entry["width"] for entry in document["face"]["placement"]] == [9, 11]
    put_placement(document, SHOTS[0], None, alone=False)
    assert [entry["frame"] for entry in document["face"]["placement"]] == [12]
    put_placement(document, SHOTS[1], None, alone=False)
    assert "placement" not in document["face"]
    every = tomlkit.parse("face = {placement = {centre = [1, 2], width = 3}}\n")
    put_placement(every, SHOTS[0], None, alone=True)
    assert "placement" not in every["face"]


def test_a_picture_is_uploaded_and_nonsense_is_not(project: Project) -> None:
    with opened(project.file) as editor:
        version = MemeFile(project.file).version
        stream = io.BytesIO()
        Image.effect_noise((80, 90), 90).save(stream, "JPEG")
        path = f"face/upload?version={version}"
        status, said = ask(editor, "POST", path, stream.getvalue(), **{"Content-Type": "image/png"})
        assert status == 200
        name = json.loads(said)["name"]
        assert name.startswith("face-")
        assert name.endswith(".jpg")
        assert load_config(project.file).sources.face == project.folder / name
        assert ask(editor, "GET", "face/picture")[1][:4] == b"\x89PNG"
        stream = io.BytesIO()
        Image.new("L", (4, 4)).save(stream, "PNG")
        before = sorted(project.folder.iterdir())
        for data in (stream.getvalue(), b"GIF89a", b"<html>", b"\x89PNG\r\n\x1a\n"):
            asked = f"face/upload?version={MemeFile(project.file).version}"
            assert ask(editor, "POST", asked, data, **{"Content-Type": "image/png"})[0] == 400
        for body, said in (
            ({"frame": 999, "placement": None}, b"expected a pair below 21"),
            ({"frame": 3, "placement": {"centre": [1, 2]}}, b"width"),
            ({"frame": 3, "placement": {"centre": [1, 2], "width": -4}}, b"width"),
            ({"frame": 3, "placement": "x"}, b"expected a table"),
        ):
            given = {**body, "version": MemeFile(project.file).version}
            status, answer = ask(editor, "POST", "face/place", given)
            assert status == 400
            assert said in answer
        given = {"opacity": 7, "version": MemeFile(project.file).version}
        status, answer = ask(editor, "POST", "face/look", given)
        assert status == 400
        assert b"face.opacity" in answer
        assert sorted(project.folder.iterdir()) == before
