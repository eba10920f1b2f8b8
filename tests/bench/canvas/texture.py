"""Fine structure across the seams of finished pictures, against the master's own.

    python tests/bench/canvas/texture.py PROJECT/meme.toml [...] [--set finish.grain=0] [--cost 24]

For each project: log2 of the fine deviation (luma above a Gaussian of 1.5 px, 24 rows, 16 rows off
the seam, blocks of 32 columns) of the band over the wide's, less the same of the master, medians
over blocks, seams and frames: all of it, what two neighbouring frames share (still) and the rest
(moving); the bands' PSNR of luma against the master, and what it would be if all that texture
adds were chance: a fall down to there is explained by the added energy. Measured on eight
delivered bits before the encoder, without the face. A project's wide lies beside its
`ground_truth.json`, or is the demo's. With ``--cost`` instead: CPU time of that many frames from
the sources to eight bits, the less of two runs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import cv2
import numpy as np
import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT)]

from vsmeme import open_video, readers, stages
from vsmeme.demo.demo_film import SCENE
from vsmeme.demo.scene_files import luma
from vsmeme.placement.layout import Layout
from vsmeme.project import Project, load_project
from vsmeme.source.formats import from_working
from vsmeme.stage_parts import finish_stage

OFF, ROWS, BLOCK = 16, 24, 32
FRAMES = 10
TINY = 1e-3
Plane = np.ndarray


def fine(picture: Plane) -> Plane:
    return picture - cv2.GaussianBlur(picture, (0, 0), 1.5)


def energies(first: Plane, second: Plane, row: int, columns: slice) -> Plane:
    """All, still and moving energy of the blocks of some rows."""
    a, b = (fine(each)[row : row + ROWS, columns] for each in (first, second))
    width = a.shape[1] // BLOCK * BLOCK

    def mean(picture: Plane) -> Plane:
        return picture[:, :width].reshape(ROWS, -1, BLOCK).mean((0, 2))

    moving = mean((b - a) ** 2) / 2
    still = np.maximum(mean(((a + b) / 2) ** 2) - moving / 2, 0)
    return np.stack([(mean(a**2) + mean(b**2)) / 2, still, moving])


def steps(first: Plane, second: Plane, layout: Layout) -> Plane:
    """log2 of band over wide, blocks of both seams."""
    columns, found = slice(layout.dvd.x, layout.dvd.right), []
    y, bottom = layout.wide.y, layout.wide.bottom
    for rows in ((y - OFF - ROWS, y + OFF), (bottom + OFF, bottom - OFF - ROWS)):
        band, wide = (energies(first, second, row, columns) for row in rows)
        found.append(np.log2((band + TINY) / (wide + TINY)) / 2)
    return np.concatenate(found, 1)


def master_of(project: Project) -> Callable[[int], Plane]:
    """Luma of the true picture of a pair."""
    pairs = readers.timeline(project).pairs
    folder = project.config.sources.wide.parent
    path = folder / "ground_truth.json"
    if not path.exists():
        return lambda n: luma(SCENE.master(SCENE.wide_master[pairs[n].wide]), "709")
    truth = json.loads(path.read_text())
    x, y, w, h = truth["master"]["canvas_in_master"]
    clip = open_video(folder / truth["master"]["file"], role="wide")
    number = {wide: master for wide, _, master in truth["pairs"]}

    def read(n: int) -> Plane:
        with clip.get_frame(number[pairs[n].wide]) as frame:
            return np.asarray(frame[0])[y : y + h, x : x + w].astype(np.float32)

    return read


def finished(project: Project) -> vs.VideoNode:
    nobody = SimpleNamespace(picture=None, regions={})
    with patch.object(finish_stage, "track", return_value=nobody):
        return from_working(stages.finished(project, stages.composite(project)))


def measure(project: Project) -> tuple[Plane, float, Plane]:
    """Medians, mean square error of the bands, and the bands that were looked at."""
    shots, master, clip = readers.shots(project), master_of(project), finished(project)
    at = np.linspace(2, clip.num_frames - 3, FRAMES).astype(int)
    found, errors, bands = [], [], []
    for n in (int(n) if shots.index(int(n)) == shots.index(int(n) + 1) else int(n) - 1 for n in at):
        layout = readers.layouts(project)[shots.at(n).layout]
        ours = []
        for k in (n, n + 1):
            with clip.get_frame(k) as frame:
                ours.append(np.asarray(frame[0]).astype(np.float32))
        true = [np.asarray(master(k), np.float32) for k in (n, n + 1)]
        found.append(steps(*ours, layout) - steps(*true, layout))
        for band in layout.bands():
            part = (slice(band.y, band.bottom), slice(band.x, band.right))
            errors.append(float(((ours[0][part] - true[0][part]) ** 2).mean()))
            bands.append(ours[0][part].ravel())
    return np.median(np.concatenate(found, 1), 1), float(np.mean(errors)), np.concatenate(bands)


def cost(project: Project, frames: int) -> float:
    """Milliseconds of CPU a frame; what is only done once is left out."""
    clip = finished(project)
    for n in (0, 1):
        clip.get_frame(n).close()
    start = time.process_time()
    for frame in clip[2 : 2 + frames].frames(close=True):
        assert frame.width == clip.width
    return (time.process_time() - start) / frames * 1000


def print_costs(paths: Sequence[Path], set_: str, frames: int) -> None:
    print("| project | texture = 0, ms | texture = 1, ms | ratio |\n|---|---|---|---|")
    for path in paths:
        settings = [";".join(filter(None, [set_, f"finish.texture={t}"])) for t in (0, 1)]
        runs = [[cost(load_project(path, set_=each), frames) for each in settings] for _ in "12"]
        plain, textured = map(min, zip(*runs, strict=True))
        print(f"| {path.parent.name} | {plain:.1f} | {textured:.1f} | {textured / plain:.2f} |")


def decibels(error: float) -> float:
    return float(10 * np.log10(219**2 / error))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", nargs="+", type=Path)
    parser.add_argument("--set", default="", dest="set_")
    parser.add_argument("--cost", type=int, default=0)
    args = parser.parse_args(argv)
    if args.cost:
        print_costs(args.projects, args.set_, args.cost)
        return 0
    print(
        "| project | texture | all, log2 | still, log2 | moving, log2 | bands, dB | by chance, dB |"
    )
    print("|---|---|---|---|---|---|---|")
    for path in args.projects:
        plain, before = None, 0.0
        for texture in (0, 1):
            settings = ";".join(filter(None, [args.set_, f"finish.tie=0;finish.texture={texture}"]))
            middle, error, bands = measure(load_project(path, set_=settings))
            plain, before = (bands, error) if plain is None else (plain, before)
            cells = " | ".join(f"{value:+.2f}" for value in middle)
            chance = decibels(before + float(((bands - plain) ** 2).mean()))
            told = f"{decibels(error):.2f} | {chance:.2f}"
            print(f"| {path.parent.name} | {texture} | {cells} | {told} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
