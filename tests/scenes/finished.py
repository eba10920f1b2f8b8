"""A project that is finished but for the export: true match and masks, everything else made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from scenes.projects import truth_project
from vsmeme import readers
from vsmeme.artifact import write_json
from vsmeme.bands.prepare.overlap_rows import overlap_rows
from vsmeme.bands.upscale_plan import Plan
from vsmeme.colour.prepare.measure_texture import measure_texture
from vsmeme.colour.transform import Colour
from vsmeme.deliver.export.export import export
from vsmeme.demo import scene_face, scene_files
from vsmeme.demo.scene import Scene
from vsmeme.masks.prepare.mask_file import MaskWriter
from vsmeme.project import STEPS, Project, load_project
from vsmeme.steps.inpaint import run_inpaint
from vsmeme.steps.learn import open_film
from vsmeme.steps.track import run_track

SCENE = Scene(
    size="small", seed=3, frames=23, dvd_trim=(2, 0), cuts=(15,), wide_noise=1.5, walk=4.0
)
SETTINGS = """\
[inpaint]
backend = "telea"
[background]
mode = "live"
[output]
gif_width = 128
"""


def finished_project(
    folder: Path, scene: Scene, *, settings: str = "", sound: bool = False
) -> Project:
    """Write a pair, its meme.toml with a drawn face, and all artifacts but the export's.

    Args:
        folder: Where.
        scene: The scene; its canvas has to be the one that the matcher would choose.
        settings: Further lines of the meme.toml.
        sound: Give both sources sound.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scene_face.write_face(str(folder / "face.png"))
    project = truth_project(folder, scene, settings=settings)
    if sound:
        scene_files.write_pair(scene, folder, sound=True)
    text = project.file.read_text(encoding="utf-8")
    project.file.write_text(text.replace("[sources]", '[sources]\nface = "face.png"'))
    project = load_project(project.file)
    restamp(project, "match")
    plan, film = Plan(model=None), open_film(project)
    texture = measure_texture(
        overlap_rows(film, plan), readers.stock(project), shots=len(film.shots.shots)
    )
    data = {**plan.to_json(work=project.work), "texture": texture.to_json()}
    write_json(project.work / "upscale.json", {**data, "made_from": project.stamp("learn")})
    write_masks(project, scene)
    run_inpaint(project)
    run_track(project)
    return project


def exported_project(folder: Path) -> Project:
    """Write the project of SCENE, exported, with an unfitted colour and two noted times."""
    project = finished_project(folder, SCENE, settings=SETTINGS, sound=True)
    path = project.work / "colour.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(data | {"colours": [Colour.identity().to_json()]}))
    write_json(project.work / "timings.json", {"seconds": {"match": 3.25, "export": 12.0}})
    restamp(project)
    export(project, keep=True)
    return project


def write_masks(project: Project, scene: Scene) -> None:
    """Write the scene's true masks as `vsmeme segment` would."""
    pairs = readers.timeline(project).pairs
    rate = (Fraction(scene.fps).numerator, Fraction(scene.fps).denominator)
    for name, mask in (("foreground", scene.mask), ("face", scene.face_mask)):
        path = project.work / "masks" / f"{name}.mkv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with MaskWriter(path, size=scene.canvas, fps=rate) as writer:
            for pair in pairs:
                writer.add(mask(scene.wide_master[pair.wide] or 0))
    starts = [shot.first for shot in readers.shots(project).shots]
    data = {"keys": starts, "segmenter_calls": len(starts), "alarms": [], "feather_px": 12}
    write_json(project.work / "masks.json", {**data, "made_from": project.stamp("segment")})


def restamp(project: Project, *steps: str) -> None:
    """Make changed artifacts count as fresh, for planted faults."""
    for step in STEPS:
        if steps and step.name not in steps:
            continue
        stamp = project.stamp(step.name)
        for output in step.outputs:
            path = project.work / output
            if path.exists():
                data = json.loads(path.read_text(encoding="utf-8"))
                data["made_from"] = stamp
                write_json(path, {k: v for k, v in data.items() if k != "schema"})


def plant_absence(project: Project, gap: Iterable[int]) -> None:
    """Make the second shot one that is not placed, and give some pairs no partner."""
    path = project.work / "shots.json"
    data = json.loads(path.read_text())
    data["shots"][1]["placed"] = False
    path.write_text(json.dumps(data))
    path = project.work / "match.json"
    data = json.loads(path.read_text())
    for n in gap:
        data["pairs"][n] |= {"partner": False, "confident": False}
    path.write_text(json.dumps(data))


def copy_project(project: Project, folder: Path) -> Project:
    """Copy a project, to plant a fault in it."""
    shutil.copytree(project.folder, folder, dirs_exist_ok=True)
    return load_project(folder / project.file.name)
