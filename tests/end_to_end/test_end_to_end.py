"""The whole job through real processes: make, vspipe, ffmpeg, a short .vpy, and bad input."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import vapoursynth as vs
from scenes.projects import truth_project, write_project

from vsmeme import readers, stages
from vsmeme.artifact import write_json
from vsmeme.bands.upscale_plan import Plan
from vsmeme.demo.scene import Grade, Scene
from vsmeme.project import STEPS, Project, load_project
from vsmeme.source.files import open_video

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SCENE = Scene(seed=4, size="small", frames=14, grade=Grade(), dvd_trim=(2, 0))


def script(name: str, *arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run a script as a user does."""
    command = [sys.executable, str(SCRIPTS / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, **more)  # type: ignore[call-overload, no-any-return]


def vspipe(*arguments: str) -> list[str]:
    """Return the command of the vspipe that lies beside this Python."""
    return [str(Path(sys.executable).parent / "vspipe"), *arguments]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of an activated virtual environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **more}


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that is ready up to the composite, with meme.vpy beside it."""
    project = truth_project(tmp_path_factory.mktemp("pipe") / "film", SCENE)
    plan = Plan(model=None).to_json(work=project.work)
    write_json(project.work / "upscale.json", {**plan, "made_from": project.stamp("learn")})
    shutil.copy(SCRIPTS / "meme.vpy", project.folder / "meme.vpy")
    return project


def test_vspipe_into_ffmpeg_from_another_folder(composed: Project, tmp_path: Path) -> None:
    relative = os.path.relpath(composed.file, composed.folder.parent)
    command = vspipe("-c", "y4m", "-a", f"project={relative}", "-a", "until=composite")
    raw = tmp_path / "out.yuv"
    into = [FFMPEG, "-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "yuv420p", str(raw)]
    with subprocess.Popen(
        [*command, str(SCRIPTS / "meme.vpy"), "-"],
        stdout=subprocess.PIPE,
        cwd=composed.folder.parent,
        env=environment(PWD=str(composed.folder.parent)),
    ) as pipe:
        subprocess.run(into, stdin=pipe.stdout, check=True)
    assert pipe.returncode == 0
    clip = stages.delivered(composed, "composite")
    with clip.get_frame(5) as frame:
        planes = [np.asarray(plane).ravel() for plane in frame]
        expected = np.concatenate(planes)
    frames = np.fromfile(raw, np.uint8).reshape(clip.num_frames, -1)
    assert np.array_equal(frames[5], expected)


def test_a_folder_with_spaces_and_quotes(composed: Project, tmp_path: Path) -> None:
    """The installed graph, a path that shells and TOML would trip over, named from its folder."""
    folder = tmp_path / 'My "best" films, ü'
    shutil.copytree(composed.folder, folder / "one film")
    where = subprocess.run(
        [sys.executable, "-m", "vsmeme", "script"], capture_output=True, text=True, check=True
    ).stdout.strip()
    command = vspipe("--info", "-a", "project=one film/meme.toml", "-a", "until=composite", where)
    shown = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment(PWD=str(folder)),
        check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("Output Index:") == 3


def test_vspipe_beside_a_meme_toml(composed: Project) -> None:
    shown = subprocess.run(
        vspipe("-i", "-a", "until=composite", "meme.vpy"),
        capture_output=True,
        text=True,
        cwd=composed.folder,
        env=environment(PWD=str(composed.folder)),
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert "Width: 512" in shown.stdout
    assert "YUV420P8" in shown.stdout


def test_outputs_are_as_stated(composed: Project) -> None:
    for number, name in ((1, "YUV444P16"), (2, "Gray8")):
        shown = subprocess.run(
            vspipe("-i", "-o", str(number), "-a", "until=composite", "meme.vpy"),
            capture_output=True,
            text=True,
            cwd=composed.folder,
            env=environment(PWD=str(composed.folder)),
            check=False,
        )
        assert shown.returncode == 0, shown.stderr
        assert name in shown.stdout


def test_a_short_script_of_ones_own(composed: Project, tmp_path: Path) -> None:
    source = composed.config.sources.wide
    (tmp_path / "own.vpy").write_text(
        "import vapoursynth as vs\n"
        "import vsmeme\n"
        f"clip = vsmeme.to_working(vsmeme.open_video({str(source)!r}, role='wide'))\n"
        "mask = vs.core.std.BlankClip(clip, format=vs.GRAY8, color=255)\n"
        "vsmeme.recolour(clip, mask.std.SetFrameProps(_Range=1), '#00ff88').set_output()\n"
    )
    shown = subprocess.run(
        vspipe("-c", "y4m", "-e", "1", "own.vpy", "-"),
        capture_output=True,
        cwd=tmp_path,
        env=environment(),
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith(b"YUV4MPEG2 C444p16 W512 H214")


def test_without_a_project(tmp_path: Path) -> None:
    clean = environment(PWD=str(tmp_path))
    clean.pop("VSMEME_PROJECT", None)
    shown = subprocess.run(
        vspipe("-i", str(SCRIPTS / "meme.vpy")), capture_output=True, text=True, env=clean,
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert shown.returncode != 0
    assert "no project: give -a project=PATH" in shown.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project on which make.py has run from nothing."""
    prompts = f"""
[[segment.prompts]]
box = {list(SCENE.body_box(2))}
frame = 0
[[segment.prompts]]
region = "face"
box = {list(SCENE.face_box(2))}
frame = 0
"""
    project = write_project(tmp_path_factory.mktemp("make"), SCENE, settings=prompts)
    ran = script("make.py", str(project.file))
    assert ran.returncode == 0, ran.stderr
    return project


def test_make_ends_with_a_meme(made: Project) -> None:
    assert [made.stale(step.name) for step in STEPS] == [None] * len(STEPS)
    assert {"meme.mp4", "meme.gif"} <= {path.name for path in made.out.iterdir()}
    video = open_video(made.out / "meme.mp4", role="wide")
    assert (video.width, video.height) == (512, 288)
    assert video.num_frames == len(readers.timeline(made))
    clip = stages.result(made)
    with clip.get_frame(4) as frame:
        assert frame.format.id == vs.YUV444P16


def test_make_again_does_nothing(made: Project) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.folder.rglob("*.json")}
    ran = script("make.py", str(made.file))
    assert ran.returncode == 0
    assert "nothing to do" in ran.stderr
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_proof_that_a_killed_run_did_not_come_to_is_drawn(made: Project) -> None:
    proof = made.out / "proof.jpg"
    drawn = proof.read_bytes()
    before = {path: path.read_bytes() for path in made.work.glob("*.json")}
    proof.unlink()
    ran = script("make.py", str(made.file))
    assert ran.returncode == 0
    assert f"match: {proof}: missing" in ran.stderr
    assert ran.stderr.count("fresh") == len(STEPS) - 1
    assert proof.read_bytes() == drawn
    before.pop(made.work / "timings.json")
    assert before == {path: path.read_bytes() for path in before}


def test_a_changed_setting_redoes_only_what_depends_on_it(made: Project) -> None:
    text = made.file.read_text()
    try:
        made.file.write_text(text + "[finish]\ngrain = 0.1\n")
        ran = script("make.py", "--dry-run", str(made.file))
    finally:
        made.file.write_text(text)
    assert ran.returncode == 0
    assert ran.stderr.count("fresh") == len(STEPS) - 1
    assert "finish has changed" in ran.stderr


def test_a_failed_write_keeps_what_is_there(made: Project, tmp_path: Path) -> None:
    """A disk that takes no more: one line, exit code 2, earlier artifacts intact."""
    folder = tmp_path / "full"
    shutil.copytree(made.folder, folder)
    project = load_project(folder / "meme.toml")
    (project.work / "shots.json").unlink()
    before = {p: p.read_bytes() for p in project.work.glob("*.json")}

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    ran = script("match.py", str(project.file), preexec_fn=small_files)
    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    assert before == {p: p.read_bytes() for p in before}
    assert not list(project.work.glob(".*part*"))


def encode(path: Path, filters: str, frames: int = 30) -> None:
    """Encode a moving test picture."""
    source = f"testsrc2=size=640x268:rate=24,{filters}"
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", str(frames)]
    subprocess.run([*command, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(path)], check=True)


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("missing", "sources.wide: no such file"),
        ("empty", "sources.wide: empty file"),
        ("truncated", "not a readable video"),
        ("text", "not a readable video"),
        ("portrait", "expected a landscape picture"),
        ("single", "expected at least 2 frames"),
        ("swapped", "DVD"),
        ("typo", "geometry.canvsa: unknown key"),
        ("folder", "expected a film"),
        ("blocked", "work"),
    ],
)
def test_bad_input(tmp_path: Path, fault: str, message: str) -> None:
    wide, dvd, toml = tmp_path / "wide.mkv", tmp_path / "dvd.mkv", tmp_path / "meme.toml"
    toml.write_text('[sources]\nwide = "wide.mkv"\ndvd = "dvd.mkv"\n')
    encode(wide, {"portrait": "transpose"}.get(fault, "null"), 1 if fault == "single" else 30)
    encode(dvd, "scale=160:120")
    if fault == "missing":
        wide.unlink()
    elif fault == "empty":
        wide.write_bytes(b"")
    elif fault == "truncated":
        cut(wide, 300)
    elif fault == "text":
        wide.write_text("no film at all\n" * 50)
    elif fault == "swapped":
        toml.write_text('[sources]\nwide = "dvd.mkv"\ndvd = "wide.mkv"\n')
    elif fault == "typo":
        toml.write_text(toml.read_text() + '[geometry]\ncanvsa = "union"\n')
    elif fault == "folder":
        wide.unlink()
        wide.mkdir()
    elif fault == "blocked":
        (tmp_path / "work").write_text("a file where the folder should be")
    for name in ("make.py", "match.py"):
        ran = script(name, str(toml))
        lines = [line for line in ran.stderr.splitlines() if not line.startswith("[1/")]
        assert ran.returncode == 2, ran.stderr
        assert message in lines[-1]
        assert "Traceback" not in ran.stderr
        assert ran.stdout == ""


def test_a_missing_project_is_named(tmp_path: Path) -> None:
    for path in sorted(SCRIPTS.glob("*.py")):
        if path.name in ("demo.py", "models.py"):
            continue
        ran = script(path.name, "nowhere.toml", cwd=tmp_path)
        assert ran.returncode == 2, path.name
        assert ran.stderr.count("\n") == 1, (path.name, ran.stderr)
        assert "no such meme.toml" in ran.stderr
