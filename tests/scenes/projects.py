"""Projects whose match artifacts hold the truth of a scene, so that later stages stand alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vsmeme.artifact import write_json
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.media_identity import identity
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import layouts_to_json
from vsmeme.placement.plan_layout import plan_conform, plan_layout
from vsmeme.project import Project, load_project
from vsmeme.source.clock import stream_times
from vsmeme.source.prepare.probe import measure_source
from vsmeme.sync.shots import Shot, Shots
from vsmeme.sync.timeline import Pair, Timeline


def write_project(folder: Path, scene: Scene, *, settings: str = "") -> Project:
    """Write the scene's pair and a meme.toml.

    Args:
        folder: Where; made if needed.
        scene: The scene.
        settings: Further lines of the meme.toml.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = scene_files.write_pair(scene, folder)
    names = f'[sources]\nwide = "{files.wide.name}"\ndvd = "{files.dvd.name}"\n'
    (folder / "meme.toml").write_text(names + settings)
    return load_project(folder / "meme.toml")


def true_pairs(scene: Scene) -> list[Pair]:
    """Return the match table's pairs; a frame that the DVD lost holds the one before it."""
    pairs: list[Pair] = []
    for wide, dvd, _ in scene.pairs:
        if dvd is not None:
            pairs.append(Pair(wide=wide, dvd=dvd, score=1.0, confident=True))
        elif pairs:
            pairs.append(Pair(wide=wide, dvd=pairs[-1].dvd, score=0.8, confident=False))
    return pairs


def write_truth(project: Project, scene: Scene) -> None:
    """Write match, shots and geometry as the scene knows them; the colours stay unfitted."""
    stamp = {"made_from": project.stamp("match")}
    pairs = true_pairs(scene)
    table = Timeline(pairs=tuple(pairs), fps=scene.fps)
    facts = {}
    for role, path in (("wide", project.config.sources.wide), ("dvd", project.config.sources.dvd)):
        found = measure_source(path, role=role, crop="auto", cache=project.index)  # type: ignore[arg-type]
        shown = stream_times(path, cache=project.index)
        facts[role] = {
            **found.to_json(),
            "sha256": identity(path, work=project.work)["sha256"],
            "times": [shown[n] for n in table.frames(role)],  # type: ignore[arg-type]
        }
    start = {"wide": pairs[0].wide, "dvd": pairs[0].dvd, "score": 1.0, "confidence": "certain"}
    match = {"sources": facts, "start": start, "reference": None, **table.to_json()}
    write_json(project.work / "match.json", {**match, **stamp})
    masters = [scene.wide_master[p.wide] for p in pairs]
    starts = [n for n, master in enumerate(masters) if n == 0 or master in scene.cuts]
    ends = [*starts[1:], len(pairs)]
    shots = Shots(shots=tuple(Shot(first=a, last=b - 1) for a, b in zip(starts, ends, strict=True)))
    write_json(project.work / "shots.json", {**shots.to_json(), **stamp})
    x, y, w, h = scene.wide_rect
    matrix = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]]) @ scene.to_canvas
    rows = tuple(tuple(float(v) for v in row) for row in matrix[:2])
    active = Rect(x=0, y=0, w=scene.dvd_stored[0], h=scene.dvd_stored[1])
    conform = plan_conform(rows, active=active)  # type: ignore[arg-type]
    layout = plan_layout(rows, conform, wide_size=(w, h))  # type: ignore[arg-type]
    write_json(project.work / "geometry.json", {**layouts_to_json([layout]), **stamp})
    write_json(project.work / "colour.json", {"colours": [], **stamp})


def truth_project(folder: Path, scene: Scene, *, settings: str = "") -> Project:
    """Write a pair, its meme.toml without colour matching, and the true match artifacts."""
    project = write_project(folder, scene, settings="[colour]\nmatch = false\n" + settings)
    write_truth(project, scene)
    return project
