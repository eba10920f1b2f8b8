"""From an empty meme.toml to a finished MP4 on the editor's page, by keys alone.

    python tests/bench/editor/journey.py FOLDER [demo|d1_tos|d2_meeting|d3_signs|...]

The two films and a face picture lie in FOLDER beside an empty meme.toml. Nothing is clicked and no
script changes the page: Tab, Enter, arrows and letters do all six jobs (film, match, subject, face,
run, and undoing), in headless Chromium at 1440x900. Scripts only read what a person would read. The
one thing that no key of a headless browser reaches is the system's file dialog: the face picture is
handed over where that would open. A screenshot of every job is left in FOLDER.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.chromium import Browser
from scenes.pages import STATUS, browsed, opened, press
from scenes.shared_folder import FOOTAGE

from vsmeme.config_file import load_config
from vsmeme.demo import scene_face
from vsmeme.demo.demo_film import SCENE
from vsmeme.demo.scene_files import write_pair

MOST_TABS = 90
STEP_S, MAKE_S = 600, 3000
BOX = (0.15, 0.03, 0.78, 1.0)
"""Where the subject of the demo and of d3 lies, shares of the canvas."""
FIELD = "+document.querySelector('#{}').value"


def lay_out(folder: Path, film: str) -> Path:
    """Put the films, the face picture and an empty meme.toml into a folder; returns its path."""
    folder.mkdir(parents=True)
    if film == "demo":
        write_pair(SCENE, folder, codec="disc", sound=True)
    else:
        for role, name in (("widescreen", "wide"), ("dvd", "dvd")):
            source = next((FOOTAGE / film).glob(f"{role}.*"))
            shutil.copyfile(source, folder / f"{name}{source.suffix}")
    scene_face.write_face(str(folder / "face.png"))
    file = folder / "meme.toml"
    file.write_text("# nothing yet\n", encoding="utf-8")
    return file


class Keyboard:
    """A person without a mouse.

    Args:
        browser: The page.
        folder: Where screenshots go.
    """

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.keys = 0
        self._began = time.monotonic()

    def press(self, *keys: str, shift: bool = False) -> None:
        """Press keys."""
        self.keys += len(keys)
        press(self.browser, *keys, shift=shift)

    def reach(self, name: str) -> None:
        """Go to an element by Tab; the page is gone round once at most."""
        for _ in range(MOST_TABS):
            if self.browser.run("document.activeElement.id") == name:
                return
            self.press("Tab")
        raise TimeoutError(f"{name}: not reached by Tab")

    def use(self, name: str) -> None:
        """Go to a button by Tab and press it."""
        self.reach(name)
        self.press("Enter")

    def wait(self, script: str, seconds: float = 120) -> None:
        """Wait for what a person would see."""
        self.browser.wait(script, seconds)

    def told(self, text: str, seconds: float = 120) -> None:
        """Wait for a word of the status line."""
        self.wait(f"{STATUS}.includes({text!r})", seconds)

    def done(self, job: str) -> None:
        """Say what was done and leave a screenshot."""
        self.browser.picture(self.folder / f"{job}.png")
        spent = time.monotonic() - self._began
        print(f"| {job} | {self.keys} | {spent:.0f} |", flush=True)


def choose_sources(one: Keyboard) -> None:
    """Choose the two films from the lists, by arrows."""
    one.press("5")
    one.wait("document.querySelectorAll('#source-wide option').length === 3")
    for role in ("wide", "dvd"):
        one.reach(f"source-{role}")
        for _ in range(3):
            value = one.browser.run(f"document.querySelector('#source-{role}').value")
            if value.startswith(role):
                break
            one.press("ArrowDown")
    one.use("sources-write")
    one.told("sources written")
    one.done("sources")


def run_step(one: Keyboard, name: str, seconds: float = STEP_S) -> None:
    """Run a step and wait for its end."""
    one.press("5")
    one.wait(f"!!document.querySelector('#run-{name}:enabled')")
    one.use(f"run-{name}")
    one.wait(f"/^{name}: (done|ended)/.test({STATUS})", seconds)
    if not one.browser.run(STATUS).endswith("done"):
        raise SystemExit(one.browser.run(STATUS))
    one.done(name)


def look_at_the_film(one: Keyboard) -> None:
    """Scrub, play, go from shot to shot, wipe between two layers."""
    one.press("1")
    one.wait("document.querySelector('#clock').textContent.includes('wide')")
    before = one.browser.run(FIELD.format("number"))
    one.press(".", ".", ",")
    one.wait(f"{FIELD.format('number')} === {before + 1}")
    one.press(" ")
    one.wait("document.querySelector('#play').textContent === 'Stop'")
    one.wait(f"{FIELD.format('number')} !== {before + 1}")
    one.press(" ")
    one.press("PageDown", "PageUp", "h", "h", "[", "]")
    one.done("film")


def frame_a_shot(one: Keyboard) -> None:
    """Move the DVD by tenths of a px and write that; then take it back."""
    one.press("2")
    one.wait("document.querySelectorAll('#neighbours img').length >= 4")
    one.use("framing")
    one.wait("+document.querySelector('#difference').textContent > 0")
    before = one.browser.run(FIELD.format("framing-x"))
    one.reach("view")
    one.press("ArrowRight", "ArrowRight", "ArrowLeft")
    one.wait(f"Math.abs({FIELD.format('framing-x')} - {before} - 0.1) < 0.02")
    one.use("framing-write")
    one.told("framing of shot")
    one.done("match view")
    one.press("z")
    one.told("undone")


def box_the_subject(one: Keyboard) -> None:
    """Draw a box with the cursor that arrows move, and save it."""
    one.press("3")
    one.told("Click")
    one.reach("view")
    one.press("e")
    size = one.browser.run("(e => [e.width, e.height])(document.querySelector('#view'))")
    left, top, right, bottom = (
        round(share * length / 8) for share, length in zip(BOX, (*size, *size), strict=True)
    )
    from_centre = (round(size[0] / 16) - left, round(size[1] / 16) - top)
    one.press("Enter", *["ArrowLeft"] * from_centre[0], *["ArrowUp"] * from_centre[1], "Enter")
    one.press(*["ArrowRight"] * (right - left), *["ArrowDown"] * (bottom - top), "Enter")
    one.told(", box")
    one.use("save")
    one.told("prompts saved")
    one.done("subject")


def hand_over_a_face(one: Keyboard, picture: Path) -> None:
    """Go to the upload and give it a picture."""
    one.press("4")
    one.reach("face-upload")
    answer = one.browser.call(
        "Runtime.evaluate", expression="document.querySelector('#face-upload')"
    )
    one.browser.call(
        "DOM.setFileInputFiles", files=[str(picture)], objectId=answer["result"]["objectId"]
    )
    one.wait("fetch('state').then(r => r.json()).then(s => !!s.face?.key)")
    one.done("face picture")


def place_the_face(one: Keyboard) -> None:
    """Move and scale the face, write it."""
    one.press("4")
    one.wait(f"{FIELD.format('face-width')} > 0")
    before = one.browser.run(FIELD.format("face-x"))
    one.reach("view")
    one.press("ArrowRight", "ArrowRight", "ArrowLeft", "+", "-")
    one.wait(f"Math.abs({FIELD.format('face-x')} - {before} - 1) < 0.06")
    one.use("face-write")
    one.told("written; run track")
    one.done("face")


def main() -> None:
    """Do the journey and print a row a job."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("film", nargs="?", default="demo")
    args = parser.parse_args()
    file = lay_out(args.folder, args.film)
    print("| job | keys so far | seconds so far |\n|---|---|---|")
    with (
        tempfile.TemporaryDirectory() as profile,
        opened(file) as editor,
        browsed(editor.address, Path(profile)) as browser,
    ):
        one = Keyboard(browser, args.folder)
        choose_sources(one)
        run_step(one, "match")
        look_at_the_film(one)
        frame_a_shot(one)
        box_the_subject(one)
        hand_over_a_face(one, args.folder / "face.png")
        for step in ("segment", "learn", "inpaint", "track"):
            run_step(one, step)
        place_the_face(one)
        run_step(one, "make", MAKE_S)
        one.wait("document.querySelector('#film')?.duration > 0")
        one.done("finished film")
    movie = args.folder / "out" / "meme.mp4"
    assert movie.stat().st_size > 0
    assert load_config(file).face.placement is not None
    print(f"{movie.name}: {movie.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
