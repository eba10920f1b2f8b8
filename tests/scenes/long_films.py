"""Films of any length, drawn by ffmpeg, with their match; nothing is upscaled."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from vsmeme.artifact import write_json
from vsmeme.bands.upscale_plan import Plan
from vsmeme.demo.scene import Scene
from vsmeme.ffmpeg import call
from vsmeme.project import Project, load_project

from .projects import write_truth

CODEC = ["-c:v", "libx264", "-crf", "12", "-preset", "veryfast", "-g", "48", "-colorspace", "bt709"]
PERIOD = 1000
"""Frames after which the film begins again: a long one then has the same kinds of shots as a short
one, for networks take the drawn picture for people in some shots and not in others. The frame's
number is drawn in each: what seeks knows frames by their hashes."""
NUMBER = (
    "split[a][b];[b]crop=32:8:112:24,"
    "geq=lum='16+13*mod(floor(N/pow(16,floor(X/8))),16)':cb=128:cr=128[c];"
    "[a][c]overlay=112:24:format=yuv444"
)
SOURCES = '[sources]\nwide = "w.mkv"\ndvd = "d.mkv"\n'


def long_film(
    folder: Path, *, frames: int, fps: Fraction, settings: str, shot: int | None = None
) -> Project:
    """Write a pair of 256x144 that repeats itself, and its true match.

    Args:
        folder: Where.
        frames: Length.
        fps: Frame rate.
        settings: Lines of meme.toml after its sources.
        shot: Frames of a shot; `None` for a film without a cut.
    """
    cuts = tuple(range(shot, frames, shot)) if shot else ()
    scene = Scene(size="tiny", frames=frames, fps=fps, cuts=cuts)
    (w, h), (_, y, _, rows), (dw, dh) = scene.canvas, scene.wide_rect, scene.dvd_stored
    drawn = f"testsrc2=size={w}x{h}:rate={fps}:duration={float(PERIOD / fps)},format=yuv444p"
    source = f"{drawn},loop=loop=-1:size={PERIOD},{NUMBER}"
    ways = {"w": f"crop={w}:{rows}:0:{y}", "d": f"crop={dw * 4}:{h},scale={dw}:{dh}:flags=area"}
    for name, way in ways.items():
        picture = ["-f", "lavfi", "-i", source, "-vf", f"{way},format=yuv420p"]
        call([*picture, *CODEC, "-frames:v", str(frames), str(folder / f"{name}.mkv")])
    (folder / "meme.toml").write_text(SOURCES + settings)
    project = load_project(folder / "meme.toml")
    write_truth(project, scene)
    plan = Plan(model=None).to_json(work=project.work)
    write_json(project.work / "upscale.json", {**plan, "made_from": project.stamp("learn")})
    return project
