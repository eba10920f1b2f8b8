"""Projects of a stated size and length, prepared once and kept, for what is timed.

    project = made(folder, size="full", frames=48)           # everything enabled, SPAN on the bands
    plain = variant(project, folder / "bicubic", 'model = "bicubic"')

The pair is drawn by tests/scene.py and encoded as a disc would be (H.264, MPEG-2); matching, colour
fit, plate and track are those of the scripts. The masks are the scene's truth, because how they are
made is timed elsewhere. A longer film repeats the pair's frames (`lengthened`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import imageio_ffmpeg

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.finished import restamp, write_masks

from vsmeme.artifact import write_json
from vsmeme.demo.scene import Grade, Scene
from vsmeme.demo.scene_project import write_film
from vsmeme.project import Project, load_project
from vsmeme.subject.prepare.restore_face import FFV1

SETTINGS = """\
[upscale]
model = "span"
[background]
mode = "live"
[output]
gif_width = 480
"""
# What seeks knows frames by their hashes, and reads a film that repeats itself to the bit from its
# start: the wide gets a little noise, a mask its frame's number in four px of its first row.
ALL = ("-fps_mode", "passthrough")
NOISY = (*ALL, "-vf", "noise=c0s=2:c0f=t", "-c:v", "libx264", "-crf", "14", "-preset", "veryfast")
DIGIT = "geq=lum='if(lt(X,4),2*mod(floor(N/pow(16,X)),16),lum(X,Y))'"
FIRST_ROW = f"split[a][b];[a]crop=iw:1:0:0,{DIGIT}[c];[b]crop=iw:ih-1:0:1[d];[c][d]vstack"
COUNTED = (*ALL, "-vf", FIRST_ROW, *FFV1)


def scene_of(size: str, frames: int, *, pan: float = 0.0) -> Scene:
    """The scene that is drawn: photographs, noise, another grade on the DVD."""
    grade = Grade()
    return Scene(art="photo", seed=3, size=size, frames=frames, wide_noise=1.5, grade=grade,
                 dvd_blur=0.35, dvd_noise=1.2, pan=(pan, 0.0))  # fmt: skip


def made(folder: Path, *, size: str, frames: int, pan: float = 0.0) -> Project:
    """Return the finished project in a folder; it is made if it is not there.

    Args:
        folder: Where.
        size: One of `scene.SIZES`.
        frames: Length of both releases.
        pan: Canvas px a frame that the camera moves.
    """
    file = folder / "meme.toml"
    knobs = [size, str(frames), str(pan)]
    if not file.exists():
        _draw("pair", folder, knobs)
    project = load_project(file)
    for step in ("match", "learn"):
        _run(project, step)
    if project.stale("segment"):
        _draw("masks", folder, knobs)
    for step in ("inpaint", "track"):
        _run(project, step)
    return project


def variant(project: Project, folder: Path, settings: str, *, section: str = "upscale") -> Project:
    """Return the same project with other settings of one section; nothing is prepared again.

    Args:
        project: A finished project.
        folder: Where the variant goes; its files are links to the project's.
        settings: The section's lines.
        section: Its name.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(project.folder, folder, copy_function=_linked, ignore=_own)
    text = (project.folder / "meme.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition(f"[{section}]\n")
    after = rest[rest.index("[") :] if "[" in rest else ""
    file = folder / "meme.toml"
    file.unlink()
    file.write_text(f"{head}[{section}]\n{settings}\n{after}", encoding="utf-8")
    other = load_project(file)
    if section == "upscale":
        _run(other, "learn")
    restamp(other)
    return other


def lengthened(project: Project, folder: Path, times: int) -> Project:
    """Return the project with its frames repeated, so that a film of any length costs no drawing.

    Args:
        project: A finished project of a still camera with one shot.
        folder: Where.
        times: How often everything is shown.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(project.folder, folder, ignore=_own)
    _looped(project.folder / "dvd.mkv", folder / "dvd.mkv", times, "-c", "copy")
    _looped(project.folder / "wide.mkv", folder / "wide.mkv", times, *NOISY)
    for name in ("work/masks/foreground.mkv", "work/masks/face.mkv"):
        _looped(project.folder / name, folder / name, times, *COUNTED)
    shutil.rmtree(folder / "work/cache", ignore_errors=True)
    other = load_project(folder / "meme.toml")
    _repeat(other, times)
    restamp(other)
    return other


def _draw(what: str, folder: Path, knobs: list[str]) -> None:
    """Draw in a process of its own, which gives the memory back."""
    command = [sys.executable, __file__, what, str(folder), *knobs]
    subprocess.run(command, check=True)


def _own(folder: str, names: list[str]) -> list[str]:
    del folder
    return [name for name in names if name == "out" or name.endswith(".lock")]


def _linked(source: str, target: str) -> None:
    if source.endswith(".json") or "/cache/" in source:
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def _run(project: Project, step: str) -> None:
    if project.stale(step):
        command = [sys.executable, "-m", "vsmeme", step, str(project.file)]
        subprocess.run(command, check=True, cwd=ROOT)


def _looped(source: Path, target: Path, times: int, *coding: str) -> None:
    target.unlink(missing_ok=True)
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-stream_loop", str(times - 1)]
    command = [*ffmpeg, "-i", str(source), "-map", "0:v", *coding, str(target)]
    subprocess.run(command, check=True)


def _edited(project: Project, name: str, **changes: object) -> dict[str, Any]:
    """Read an artifact, or write it with changes."""
    path = project.work / name
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if changes:
        write_json(path, {k: v for k, v in (data | changes).items() if k != "schema"})
    return data


def _repeat(project: Project, times: int) -> None:
    """Let every artifact speak of the longer film."""
    match = _edited(project, "match.json")
    count, pairs = len(match["pairs"]), match["pairs"]
    step = {side: match["sources"][side]["frames"] for side in ("wide", "dvd")}
    for side, length in step.items():
        match["sources"][side]["frames"] = length * times
    more = [
        {**pair, **{side: pair[side] + turn * step[side] for side in step}}
        for turn in range(times)
        for pair in pairs
    ]
    _edited(project, "match.json", pairs=more, sources=match["sources"])
    (shot,) = _edited(project, "shots.json")["shots"]
    _edited(project, "shots.json", shots=[{**shot, "last": count * times - 1}])
    (key,) = _edited(project, "background.json")["keys"]
    key |= {"last": count * times - 1}
    key |= {name: key[name] * times for name in ("motion", "exposure")}
    _edited(project, "background.json", keys=[key])
    regions = _edited(project, "track.json")["regions"]
    for region in regions.values():
        region["frames"] = [
            {**frame, "frame": frame["frame"] + turn * count}
            for turn in range(times)
            for frame in region["frames"]
        ]
    _edited(project, "track.json", regions=regions)


def main(argv: list[str]) -> int:
    """Draw the pair, or its masks."""
    what, folder = argv[0], Path(argv[1])
    scene = scene_of(argv[2], int(argv[3]), pan=float(argv[4]))
    if what == "masks":
        write_masks(load_project(folder / "meme.toml"), scene)
        return 0
    write_film(scene, folder, settings=SETTINGS, prompts=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
