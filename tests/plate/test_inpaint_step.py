"""`vsmeme inpaint` on a project: one generation per key, whoever asks, however often."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import restamp, write_masks
from scenes.plates import Hostile
from scenes.projects import truth_project

from vsmeme import load_plate, load_plate_mask, stages
from vsmeme.artifact import read_json, write_json
from vsmeme.bands.upscale_plan import Plan
from vsmeme.deliver.verify import claims_subject
from vsmeme.deliver.verify.evidence import Evidence
from vsmeme.demo.scene import Scene
from vsmeme.errors import ArtifactError, MissingError, UsageError
from vsmeme.plate.ledger import Ledger
from vsmeme.plate.prepare.inpainters.base import GenerationError
from vsmeme.project import Project, load_project
from vsmeme.steps.inpaint import run_inpaint

ROOT = Path(__file__).resolve().parents[2]
SCENE = Scene(size="small", frames=12, cuts=(6,))
# A process of its own that makes the plates with the hostile backend; {} is a statement.
DRIVER = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from scenes.plates import Hostile
from vsmeme.steps.inpaint import run_inpaint
from vsmeme.project import load_project

def returns(noise):
    {statement}
    return noise

run_inpaint(load_project(sys.argv[1]), backend=Hostile(log=Path(sys.argv[2]), returns=returns))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that lacks only its plates."""
    return prepare(tmp_path_factory.mktemp("plates"))


@pytest.fixture
def project(made: Project) -> Project:
    """The same without any plate."""
    for path in (made.work / "background.json", *(made.work / "plate").glob("**/*.*")):
        if path.is_file():
            path.unlink()
    for folder in sorted((made.work / "plate").glob("archive/*"), reverse=True):
        folder.rmdir()
    return made


def prepare(folder: Path) -> Project:
    project = truth_project(folder, SCENE)
    plan = Plan(model=None).to_json(work=project.work)
    write_json(project.work / "upscale.json", {**plan, "made_from": project.stamp("learn")})
    write_masks(project, SCENE)
    return project


def ledger(project: Project) -> Ledger:
    return Ledger.from_json(project.artifact("inpaint"))


def start(project: Project, log: Path, statement: str = "pass") -> subprocess.Popen[str]:
    code = DRIVER.format(tests=str(ROOT / "tests"), statement=statement)
    command = [sys.executable, "-c", code, str(project.file), str(log)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True)


def calls(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


def array(clip: vs.VideoNode, n: int) -> np.ndarray[Any, Any]:
    with clip.get_frame(n) as frame:
        return np.stack([np.asarray(frame[p]) for p in range(clip.format.num_planes)])


def test_two_processes_generate_once(project: Project, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    both = [start(project, log, "time.sleep(0.3)") for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert calls(log) == len(ledger(project).keys) == 2
    assert ledger(project).generations == 2
    run_inpaint(project, backend=Hostile(log=log))
    assert calls(log) == 2


def test_a_killed_run_leaves_nothing(project: Project, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    assert start(project, log, "os.kill(os.getpid(), 9)").wait(120) == -9
    assert calls(log) == 1
    assert not (project.work / "background.json").exists()
    with pytest.raises(ArtifactError, match=r"background.json: missing; run: vsmeme inpaint"):
        stages.background(project)
    assert start(project, log).wait(120) == 0
    assert calls(log) == 3
    assert ledger(project).generations == 2


def test_a_run_killed_later_goes_on_where_it_was(project: Project, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    second = "len(Path(sys.argv[2]).read_text().splitlines()) == 2 and os.kill(os.getpid(), 9)"
    assert start(project, log, second).wait(120) == -9
    kept = project.work / "plate" / "unfinished" / "0.json"
    first = Ledger.from_json(read_json(kept, made_by="test"))
    assert [key.shot for key in first.keys] == [0]
    assert "missing" in str(project.stale("inpaint"))  # or make.py would take it for done
    with pytest.raises(ArtifactError, match=r"background.json: missing"):
        stages.background(project)
    run_inpaint(project, backend=Hostile(log=log))
    assert calls(log) == 3
    assert ledger(project).keys[0] == first.keys[0]
    assert not kept.parent.exists()


def test_again_archives(project: Project) -> None:
    backend = Hostile()
    old = run_inpaint(project, backend=backend)
    new = run_inpaint(project, backend=backend, again=True)
    assert backend.calls == 4
    assert new.generations == 2
    kept = {path.name for path in (project.work / "plate" / "archive" / "0").iterdir()}
    assert kept == {"background.json", *(Path(name).name for k in old.keys for name in k.files)}
    assert not list((project.work / "plate").glob("*.part*"))


def test_other_settings_make_other_plates(project: Project) -> None:
    backend = Hostile()
    run_inpaint(project, backend=backend)
    changed = load_project(project.file, set_="inpaint.seed=5")
    with pytest.raises(ArtifactError, match=r"stale \(inpaint has changed"):
        stages.background(changed)
    run_inpaint(changed, backend=backend)
    assert backend.calls == 4
    assert all(key.seed == 5 for key in ledger(changed).keys)


def painted(project: Project, name: str, *, outside: bool = False) -> Path:
    """A plate as somebody saves it who has painted over it, in 8 bit."""
    key = ledger(project).keys[int(name[0])]
    picture = cv2.imread(str(project.work / key.plate), cv2.IMREAD_UNCHANGED)
    mask = cv2.imread(str(project.work / key.mask), cv2.IMREAD_GRAYSCALE) > 127
    assert mask.any()
    picture[mask] = (40 * 257, 200 * 257, 90 * 257)
    if outside:
        y, x = np.argwhere(~mask)[len(mask) * 3]
        picture[y, x] = 65535 - picture[y, x]
    path = project.folder / name
    cv2.imwrite(str(path), (picture // 257).astype(np.uint8))
    return path


def test_painted_plates_come_back_and_count_as_no_generation(project: Project) -> None:
    backend = Hostile()
    run_inpaint(project, backend=backend)
    files = [painted(project, name) for name in ("0.png", "1.png")]
    names = ", ".join(f'"{path.name}"' for path in files)
    changed = load_project(project.file, set_=f"background.mode=live;background.plate=[{names}]")
    assert "background has changed" in str(changed.stale("inpaint"))
    made = run_inpaint(changed, backend=backend)
    assert backend.calls == 2  # of the first run
    assert [(key.backend, key.generations, key.model) for key in made.keys] == [
        ("retouched", 0, "0.png"), ("retouched", 0, "1.png"),
    ]  # fmt: skip
    assert all(key.outside_sha256_before == key.outside_sha256_after for key in made.keys)
    out, composite = stages.background(changed), stages.composite(changed)
    for n in (0, 11):
        hole = array(stages.missing(changed), n)[0] > 0
        assert (array(out, n) == array(composite, n))[:, ~hole].all()
    for key in made.keys:
        rgb = load_plate(key, changed.work).resize.Bicubic(format=vs.RGB24)
        inside = array(load_plate_mask(key, changed.work), 0)[0] > 0
        assert np.abs(array(rgb, 0)[:, inside].astype(int).T - (90, 200, 40)).max() <= 1
    for claim in (claims_subject.one_generation, claims_subject.outside_generation):
        found = claim(Evidence(changed))
        assert found.passed, found.note
    run_inpaint(changed, backend=backend)
    assert backend.calls == 2


def test_painting_over_real_picture_is_refused(project: Project) -> None:
    run_inpaint(project, backend=Hostile())
    path = painted(project, "0.png", outside=True)
    changed = load_project(project.file, set_=f'background.plate="{path.name}"')
    with pytest.raises(UsageError, match=r"0\.png: 1 px of real picture differ, most at"):
        run_inpaint(changed, backend=Hostile())
    assert not (project.work / "background.json").exists()
    mine = path.rename(project.folder / "mine.png")
    changed = load_project(project.file, set_=f'background.plate="{mine.name}"')
    with pytest.raises(UsageError, match="the film has 2 shots; name it as the plate"):
        run_inpaint(changed, backend=Hostile())
    with pytest.raises(UsageError, match=r"background\.plate\.0: no such file"):
        load_project(project.file, set_='background.plate="none.png"')


def test_the_graph_never_generates(project: Project, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    run_inpaint(project, backend=Hostile(log=log))
    before = (project.work / "background.json").read_bytes()
    clip = stages.background(project)
    order = [7, 0, 11, 3, 7, 5]
    frames: dict[int, bytes] = {}

    def look(n: int) -> None:
        with clip.get_frame(n) as frame:
            frames[n] = bytes(frame[0])

    threads = [threading.Thread(target=look, args=(n,)) for n in [*order, 1, 2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stages.background(project).get_frame(7) as frame:
        assert bytes(frame[0]) == frames[7]
    script = str(ROOT / "scripts" / "meme.vpy")
    common = ["vspipe", "-a", f"project={project.file}", "-a", "until=background"]
    runs = [[*common, "-i", script], *[[*common, "-e", "3", script, "--"]] * 2]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    processes = [subprocess.Popen(r, stdout=subprocess.DEVNULL, env=environment) for r in runs]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    assert calls(log) == 2
    assert (project.work / "background.json").read_bytes() == before


def test_live_and_still_over_the_whole_film(project: Project) -> None:
    run_inpaint(project, backend=Hostile())
    composite, missing = stages.composite(project), stages.missing(project)
    for mode in ("live", "still", "auto"):
        looked = load_project(project.file, set_=f"background.mode={mode}")
        restamp(looked, "inpaint")
        out = stages.background(looked)
        assert out.num_frames == composite.num_frames
        assert out.format.id == vs.YUV444P16
        for n in (0, 6, 11):
            real = array(missing, n)[0] == 0
            same = array(out, n) == array(composite, n)
            assert same[:, real].all() == (mode == "live")
            assert array(out, n)[0].min() > 0
    restamp(project, "inpaint")


def test_refusals_leave_nothing(project: Project) -> None:
    with pytest.raises(GenerationError, match="NaN"):
        run_inpaint(project, backend=Hostile(returns=lambda noise: noise * float("nan")))
    with pytest.raises(GenerationError, match="expected a picture of 512x288 RGB"):
        run_inpaint(project, backend=Hostile(returns=lambda noise: noise[:-2]))
    assert not (project.work / "background.json").exists()
    assert not list((project.work / "plate").glob("*.png"))
    broken = load_project(project.file, set_="inpaint.backend=lama;inpaint.model=nowhere.onnx")
    with pytest.raises(MissingError, match=r"nowhere.onnx: no such path; expected a LaMa"):
        run_inpaint(broken)


def test_the_script(project: Project) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "inpaint.py"), str(project.file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert "generated by patchmatch" in done.stderr
    assert ledger(project).generations == 2
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "every plate is there" in again.stderr
