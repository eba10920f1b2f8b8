"""The export of a whole project: files, resumption, stillness, determinism, bad places."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import SCENE, copy_project, restamp

from vsmeme import readers, stages
from vsmeme.deliver.export import encode
from vsmeme.deliver.export import export as export_step
from vsmeme.deliver.export.pieces import rendering
from vsmeme.demo import scene_files
from vsmeme.errors import ArtifactError, MissingError, UsageError
from vsmeme.ffmpeg import call
from vsmeme.project import Project, load_project
from vsmeme.source.clock import stream_times

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def project(exported: Project) -> Project:
    return exported


def planes(clip: vs.VideoNode, n: int) -> list[bytes]:
    with clip.get_frame(n) as frame:
        return [np.asarray(plane).tobytes() for plane in frame]


def test_files_are_made_and_noted(project: Project) -> None:
    clip = vs.core.bs.VideoSource(str(project.out / "meme.mp4"), cachemode=0)
    assert (clip.num_frames, clip.width, clip.height) == (21, 512, 288)
    assert clip.fps == Fraction(24000, 1001)
    note = json.loads((project.work / "export.json").read_text())
    assert note["sound"] == "wide"
    movie, gif = note["files"]
    assert (movie["path"], movie["size"], movie["sound"]) == ("out/meme.mp4", [512, 288], True)
    assert gif["bytes"] == (project.out / "meme.gif").stat().st_size
    assert (project.out / "meme.png").read_bytes().startswith(b"\x89PNG")
    assert project.stale("export") is None


def test_nothing_temporary_is_left(project: Project) -> None:
    assert not list(project.folder.rglob("*.part*"))


def test_sound_belongs_to_the_first_pair(project: Project) -> None:
    data = call(["-i", str(project.out / "meme.mp4"), "-f", "s16le", "-ac", "1", "-"])
    got = np.frombuffer(data, np.int16).astype(float)
    first = readers.timeline(project).pairs[0].wide
    truth = scene_files.scene_sound(SCENE, "wide").astype(float)[round(first / SCENE.fps * 48000) :]
    size = 1 << 18
    cross = np.fft.irfft(np.fft.rfft(truth, size) * np.conj(np.fft.rfft(got, size)))
    assert min(cross.argmax(), size - cross.argmax()) / 48000 < 0.1 / SCENE.fps


def test_kept_stages_open_elsewhere(project: Project) -> None:
    masks = stages.masks(project)
    kept = vs.core.bs.VideoSource(str(project.out / "stages" / "face_mask.mkv"), cachemode=0)
    assert planes(kept, 9) == planes(masks.face, 9)
    bands = vs.core.bs.VideoSource(str(project.out / "stages" / "bands.mkv"), cachemode=0)
    assert bands.format.id == vs.YUV444P10
    luma = np.asarray(bands.get_frame(4)[0])
    assert (luma[60:220] == 64).all()  # the wide is blacked out
    assert luma[:36, 64:448].std() > 20
    face = call(["-i", str(project.out / "stages" / "face.mov"), "-vf", "alphaextract",
                 "-f", "rawvideo", "-pix_fmt", "gray", "-"])  # fmt: skip
    alpha = np.frombuffer(face, np.uint8).reshape(-1, 288, 512)
    assert np.array_equal(alpha[9], np.asarray(masks.face.get_frame(9)[0]))


def test_the_finish_is_the_same_in_any_order_and_process(project: Project) -> None:
    forward = [planes(stages.delivered(project), n) for n in range(0, 21, 5)]
    backward_clip = stages.delivered(project)
    backward = [planes(backward_clip, n) for n in reversed(range(0, 21, 5))]
    assert forward == backward[::-1]
    code = (
        "import sys, hashlib, numpy as np\nfrom vsmeme import stages\n"
        "from vsmeme.project import load_project\n"
        "clip = stages.delivered(load_project(sys.argv[1]))\n"
        "f = list(clip.frames(prefetch=8))[20]\n"
        "print(hashlib.sha256(b''.join(np.asarray(p).tobytes() for p in f)).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(project.file)], capture_output=True, text=True, check=True
    )
    import hashlib

    assert told.stdout.strip() == hashlib.sha256(b"".join(forward[4])).hexdigest()


def test_an_interrupted_export_goes_on(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encode, "SEGMENT_SECONDS", Fraction(1, 3))
    whole = copy_project(project, tmp_path / "a")
    shutil.rmtree(whole.out)
    original = encode.encode_segment

    def stop(
        segment: encode.Segment, tracks: Sequence[encode.EncodedTrack], **more: object
    ) -> None:
        if segment.first >= 16:
            raise KeyboardInterrupt
        original(segment, tracks, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(rendering, "encode_segment", stop)
    with pytest.raises(KeyboardInterrupt):
        export_step.export(whole)
    assert not list(whole.out.glob("*"))
    monkeypatch.setattr(rendering, "encode_segment", original)
    made = export_step.export(whole)
    assert (made.frames, made.rendered) == (21, 5)
    stamps = np.array(stream_times(made.mp4))
    assert np.abs(stamps - np.arange(21) / float(SCENE.fps)).max() < 1e-5
    assert (whole.out / "meme.gif").read_bytes() == (project.out / "meme.gif").read_bytes()
    again = export_step.export(whole)
    assert again.rendered == 0


def test_the_poster_is_the_middle_frame_and_comes_back(project: Project, tmp_path: Path) -> None:
    other = copy_project(project, tmp_path)
    middle = stages.delivered(other).resize.Bicubic(format=vs.RGB24).get_frame(10)
    wanted = np.stack([np.asarray(middle[p]) for p in (2, 1, 0)], axis=-1)
    poster = other.out / "meme.png"
    assert export_step.export(other).rendered == 0  # a copy is as fresh as what it was copied from
    assert np.array_equal(cv2.imread(str(poster)), wanted)
    poster.unlink()
    assert export_step.export(other).rendered == 0
    assert np.array_equal(cv2.imread(str(poster)), wanted)


def test_another_setting_starts_again(project: Project, tmp_path: Path) -> None:
    other = copy_project(project, tmp_path / "b")
    text = other.file.read_text().replace("[output]", '[foreground]\ncolour = "#00ff88"\n[output]')
    other.file.write_text(text)
    assert export_step.export(load_project(other.file)).rendered == 21


def test_video_gif_and_poster_show_the_delivered_frame(
    project: Project, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = copy_project(project, tmp_path)
    path = other.work / "background.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["contacts"] = {"level": [], "upright": [[448, 270, 18]], "frames": 4, "frames_filled": 4}
    path.write_text(json.dumps(data))
    restamp(other, "track")
    other.file.write_text(other.file.read_text().replace("[output]", '[output]\nframe = "safe"'))
    other = load_project(other.file)
    with caplog.at_level("INFO"):
        assert export_step.export(other).rendered == 21
    assert "delivered frame: 512x270 of 512x288 from (0, 0): no cut-off subject" in caplog.text
    clip = vs.core.bs.VideoSource(str(other.out / "meme.mp4"), cachemode=0)
    assert (clip.num_frames, clip.width, clip.height) == (21, 512, 270)
    assert cv2.imread(str(other.out / "meme.png")).shape == (270, 512, 3)
    note = json.loads((other.work / "export.json").read_text())
    assert note["frame"] == [0, 0, 512, 270]
    assert note["sound"] == "wide"
    assert note["files"][1]["size"] == [128, 68]
    whole, part = (stages.delivered(each).get_frame(3)[0] for each in (project, other))
    assert np.array_equal(np.asarray(whole)[:270], np.asarray(part))
    assert stages.composite(other).height == 288


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_leaves_nothing_broken(project: Project, tmp_path: Path) -> None:
    slow = copy_project(project, tmp_path / "c")
    shutil.rmtree(slow.out)
    shutil.rmtree(slow.work / "cache" / "export")
    text = slow.file.read_text().replace("[output]", '[output]\ncodec = "av1"\ncrf = 1')
    slow.file.write_text(text)  # the slowest way, so that the signal comes in time
    script = str(REPO / "scripts" / "export.py")
    process = subprocess.Popen(
        [sys.executable, script, str(slow.file)],
        stderr=subprocess.PIPE,
        text=True,
        # a shell in the background has it ignored, and its children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    folder = slow.work / "cache" / "export"
    deadline = time.monotonic() + 30
    while not list(folder.rglob("*.part.mp4")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "run the same command to go on" in told
    assert "Traceback" not in told
    assert not list(slow.folder.rglob("*.part*"))
    assert not (slow.out / "meme.mp4").exists()


def run_script(project: Project) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(REPO / "scripts" / "export.py"), str(project.file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_an_output_folder_that_is_a_file(project: Project, tmp_path: Path) -> None:
    bad = copy_project(project, tmp_path / "d")
    shutil.rmtree(bad.out)
    bad.out.write_text("in the way")
    code, told = run_script(bad)
    assert code == 2
    assert told.endswith("out: expected a folder for the results, got a file")
    with pytest.raises(UsageError, match="expected a folder for the results"):
        export_step.export(bad)


def test_a_missing_artifact_names_its_command(project: Project, tmp_path: Path) -> None:
    bad = copy_project(project, tmp_path / "e")
    (bad.work / "track.json").unlink()
    with pytest.raises(ArtifactError, match=r"track.json: missing; run: vsmeme track"):
        export_step.export(bad)


def test_ten_bits(project: Project, tmp_path: Path) -> None:
    deep = copy_project(project, tmp_path / "f")
    deep.file.write_text(deep.file.read_text().replace("[output]", "[output]\ndepth = 10"))
    made = export_step.export(load_project(deep.file))
    clip = vs.core.bs.VideoSource(str(made.mp4), cachemode=0)
    assert clip.format.id == vs.YUV420P10


def test_one_pipe(project: Project, tmp_path: Path) -> None:
    """The README's way: vspipe into ffmpeg, tags by setparams."""
    from vsmeme.ffmpeg import find_ffmpeg

    target = tmp_path / "pipe.mp4"
    vspipe = Path(sys.executable).with_name("vspipe")
    graph = [str(vspipe), "-c", "y4m", "-a", f"project={project.file}",
             str(REPO / "scripts" / "meme.vpy"), "-"]  # fmt: skip
    tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    save = [find_ffmpeg(), "-v", "error", "-i", "-", "-vf", tags, "-c:v", "libx264", "-crf", "0",
            "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(target)]  # fmt: skip
    environment = os.environ | {"PATH": f"{vspipe.parent}{os.pathsep}{os.environ['PATH']}"}
    with subprocess.Popen(graph, stdout=subprocess.PIPE, cwd=tmp_path, env=environment) as first:
        second = subprocess.run(save, stdin=first.stdout, check=False)
    assert (first.returncode, second.returncode) == (0, 0)
    clip = vs.core.bs.VideoSource(str(target), cachemode=0)
    assert clip.num_frames == 21
    assert planes(clip, 20) == planes(stages.delivered(project), 20)
    props = clip.get_frame(0).props
    assert [props[k] for k in ("_Matrix", "_Primaries", "_Transfer")] == [1, 1, 1]


def test_memory_that_runs_out_says_what_to_do(
    exported: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = copy_project(exported, tmp_path)
    shutil.rmtree(bad.work / "cache" / "export")

    def full(*arguments: object, **more: object) -> None:
        raise vs.Error("operator(): CUDA out of memory")

    monkeypatch.setattr(rendering, "encode_segment", full)
    with pytest.raises(MissingError, match=r"run vsmeme learn again"):
        export_step.export(bad)
