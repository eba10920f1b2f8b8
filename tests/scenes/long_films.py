"""Films of any length, drawn by ffmpeg, with their match; nothing is upscaled."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from vsmeme.artifact import write_json
from vsmeme.bands.upscale_plan import Plan
from vsmeme.demo import scene_photo  # noqa: F401 - registers the photographs
from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_files import yuv
from vsmeme.ffmpeg import call
from vsmeme.project import Project, load_project

from .projects import write_truth

CODEC = ["-c:v", "libx264", "-crf", "12", "-preset", "veryfast", "-g", "48", "-colorspace", "bt709"]
PERIOD = 1000
"""Frames after which the film begins again: a long one has the same shots as a short one."""
PERSON = range(600, 700)
"""Frames of it that show somebody: a photograph that walks."""
NUMBER = (
    "split[u][v];[v]crop=128:8:64:112,"
    "geq=lum='lum(X,Y)+4*mod(floor(N/pow(2,floor(X/8))),2)':cb='cb(X,Y)':cr='cr(X,Y)'[n];"
    "[u][n]overlay=64:112:format=yuv444"
)
"""Draws each frame's number into it: what seeks knows frames by their hashes."""
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
    _write_period(folder / "period.mkv", scene)
    source = f"loop=loop=-1:size={PERIOD},setpts=N/({fps})/TB,{NUMBER}"
    ways = {"w": f"crop={w}:{rows}:0:{y}", "d": f"crop={dw * 4}:{h},scale={dw}:{dh}:flags=area"}
    for name, way in ways.items():
        picture = ["-i", str(folder / "period.mkv"), "-vf", f"{source},{way},format=yuv420p"]
        call([*picture, *CODEC, "-frames:v", str(frames), str(folder / f"{name}.mkv")])
    (folder / "meme.toml").write_text(SOURCES + settings)
    project = load_project(folder / "meme.toml")
    write_truth(project, scene)
    plan = Plan(model=None).to_json(work=project.work)
    write_json(project.work / "upscale.json", {**plan, "made_from": project.stamp("learn")})
    return project


def _write_period(path: Path, scene: Scene) -> None:
    """Write the frames that come back: a test picture that moves, and in between somebody."""
    w, h = scene.canvas
    walker = replace(scene, art="photo", frames=len(PERSON), cuts=())
    person = path.with_suffix(".yuv")
    with person.open("wb") as raw:
        for n in range(len(PERSON)):
            raw.writelines(plane.tobytes() for plane in yuv(walker, "master", n))
    drawn = f"testsrc2=size={w}x{h}:rate={scene.fps}:duration={float(PERIOD / scene.fps)}"
    before, after = f"trim=end_frame={PERSON.start}", f"trim=start_frame={PERSON.stop}"
    joined = (
        f"[0:v]format=yuv444p,split[a][b];[a]{before}[c];[b]{after},setpts=PTS-STARTPTS[d];"
        "[1:v]format=yuv444p[p];[c][p][d]concat=n=3"
    )
    form = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{w}x{h}", "-r", str(scene.fps)]
    given = ["-f", "lavfi", "-i", drawn, *form, "-i", str(person)]
    call([*given, "-filter_complex", joined, "-c:v", "ffv1", str(path)])
