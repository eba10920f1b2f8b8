"""The scripts for previewers: side by side, in an editor's way, and in vsview itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import copy_project

from vsmeme import readers
from vsmeme.deliver.preview import numbered, side_by_side, tiles
from vsmeme.project import Project

HERE = Path(__file__).resolve().parents[1]
SCRIPTS = HERE.parent / "scripts"


def test_tiles_and_numbers(exported: Project) -> None:
    clips = tiles(exported)
    assert list(clips) == [
        "composite, fast", "composite", "plate", "background", "foreground", "final",
    ]  # fmt: skip
    sheet = side_by_side(exported, clips)
    assert (sheet.format.id, sheet.width, sheet.height) == (vs.YUV420P8, 1280, 1080)
    pairs = readers.timeline(exported).pairs
    props = numbered(exported, clips["final"]).get_frame(7).props
    assert (props["VsmemePair"], props["VsmemeWideFrame"]) == (7, pairs[7].wide)
    assert props["VsmemeMatchScore"] == pytest.approx(pairs[7].score, abs=1e-4)
    with sheet.get_frame(7) as frame:
        assert np.asarray(frame[0]).std() > 10


def test_a_stage_that_is_not_made_yet_says_so(exported: Project, tmp_path: Path) -> None:
    part = copy_project(exported, tmp_path)
    (part.work / "masks.json").unlink()
    clips = tiles(part)
    whole, grey = (np.asarray(clips[n].get_frame(0)[0]) for n in ("composite", "final"))
    assert whole.std() > 10
    assert np.median(grey) == 96
    assert grey.max() > 180  # the message


def test_pipe_from_another_folder(exported: Project, tmp_path: Path) -> None:
    vspipe = Path(sys.executable).with_name("vspipe")
    command = [str(vspipe), "-i", "-a", f"project={exported.file}", str(SCRIPTS / "preview.vpy"),
               "-"]  # fmt: skip
    environment = os.environ | {"PATH": f"{vspipe.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Output Index:") == 7


@pytest.mark.parametrize("script", ["meme.vpy", "preview.vpy"])
def test_an_editor_s_way(script: str, exported: Project, tmp_path: Path) -> None:
    """The text through VSScript, working folder set, no arguments, a meme.toml beside it."""
    here = copy_project(exported, tmp_path)
    target = here.folder / script
    target.write_text((SCRIPTS / script).read_text())
    host = [sys.executable, str(HERE / "scenes" / "vsscript_host.py"), str(target), "0"]
    environment = {k: v for k, v in os.environ.items() if k != "VSMEME_PROJECT"}
    done = subprocess.run(
        host, capture_output=True, text=True, cwd="/", env=environment, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "node"), done.stdout + done.stderr


def test_scripts_hold_no_clip_when_they_are_run_again(exported: Project) -> None:
    """A previewer's reload: the same text twice in one process, outputs cleared between."""
    code = (SCRIPTS / "preview.vpy").read_text()
    for _ in range(2):
        vs.clear_outputs()
        scope = {"__name__": "__vapoursynth__", "__file__": str(SCRIPTS / "preview.vpy"),
                 "project": str(exported.file)}  # fmt: skip
        exec(compile(code, "preview.vpy", "exec"), scope)  # noqa: S102 - the script under test
        assert len(vs.get_outputs()) == 7
        vs.get_output(0).clip.get_frame(3)  # type: ignore[union-attr]


@pytest.mark.skipif(find_spec("vsview") is None, reason="needs the preview extra")
@pytest.mark.parametrize("script", ["meme.vpy", "preview.vpy"])
def test_vsview_loads_it(script: str, exported: Project, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("vsview")), "-vvv", "--no-settings",
               "-a", f"project={exported.file}", str(SCRIPTS / script)]  # fmt: skip
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "COLUMNS": "200"}
    told = tmp_path / "log"
    with told.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, cwd=tmp_path, env=environment
        )
        deadline = time.monotonic() + 90
        try:
            while process.poll() is None and time.monotonic() < deadline:
                if b"loaded successfully" in told.read_bytes():
                    break
                time.sleep(0.2)
        finally:
            process.kill()
            process.wait()
    text = told.read_text(errors="replace")
    if "cannot open shared object file" in text:
        pytest.skip("a library of the system that Qt needs is missing")
    assert "loaded successfully" in text, text[-2000:]
    assert "Traceback" not in text
