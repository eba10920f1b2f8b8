"""How long the parts of every shared step take at reference size, as a table for simulate.py.

    uv run --extra cluster tests/bench/cluster/part_times.py FOLDER [--size full] > times.json

A drawn pair of one frame a second (3840x2160 canvas, two shots, bicubic bands, everything enabled)
is matched by its truth. Each step's parts are made by one worker. Times are CPU seconds, encoders'
too: what a part takes on one core, whoever else is on the machine.
What the first part takes more than the others is what opening the project costs. Bytes are those of
the parts' results.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[2])]

from scenes.finished import SETTINGS, finished_project

from vsmeme.commands.cluster.crew import Crew
from vsmeme.commands.cluster.dispatch import Dispatch
from vsmeme.commands.cluster.local import local_workers
from vsmeme.commands.cluster.orders import Answer, Order
from vsmeme.commands.cluster.rounds import Round, rounds_of
from vsmeme.demo.scene import Scene
from vsmeme.project import Project, load_project
from vsmeme.steps.inpaint import archive_plates

STEPS = ("export", "track", "segment", "inpaint")
ROUNDS = {"segment": 1}  # which round of a step is timed, where that is not the first
CACHES = {"segment": "masks", "inpaint": "plate", "track": "track", "export": "export"}


def made(folder: Path, size: str, frames: int) -> Project:
    """Return the project, finished but for what is timed."""
    file = folder / "meme.toml"
    if not file.exists():
        scene = Scene(size=size, seed=5, frames=frames, fps=1, cuts=(frames // 2,), walk=4.0)
        finished_project(folder, scene, settings=SETTINGS)
    return load_project(file)


def timed(project: Project, crew: Crew, step: str, number: int) -> dict[str, Any]:
    """Make the parts of a step's round; returns what they took and left."""
    round_: Round = rounds_of(step)[number]
    parts = dict(round_.missing(project))
    answers: list[tuple[int, Answer]] = []
    names: list[str] = []

    def order(part: str) -> Order:
        names.append(part)
        return Order(
            project=str(project.file), step=step, round=number, part=part, state="bench",
            versions=dict(crew.own), peers={},
        )  # fmt: skip

    for name in parts:
        Dispatch(
            crew, label=step, parts={name: parts[name]}, order=order,
            taken=lambda answer, name=name: answers.append((parts[name], answer)),
            send=lambda _address, _order: None,
        ).run()  # fmt: skip
    rates = [answer.seconds[1] / frames for frames, answer in answers[1:]]
    rate = statistics.median(rates)
    frames, first = answers[0]
    cache = project.work / "cache" / CACHES[step]
    left = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
    return {
        "second_a_frame": round(rate, 4),
        "opening_s": round(max(0.0, first.seconds[1] - rate * frames), 2),
        "bytes_a_frame": round(left / sum(parts.values())),
        "parts": len(parts),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="full")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    given = parser.parse_args()
    project = made(given.folder, given.size, given.frames)
    for cache in CACHES.values():
        shutil.rmtree(project.work / "cache" / cache, ignore_errors=True)
    sources = [project.film(role).stat().st_size for role in ("wide", "dvd")]
    table: dict[str, Any] = {
        "frames": given.frames,
        "source_bytes_a_frame": round(sum(sources) / given.frames),
        "steps": {},
    }
    with local_workers(1) as address:
        crew = Crew(address)
        for step in given.steps:
            if step == "inpaint":  # its plates are there; the others needed them
                archive_plates(project)
            table["steps"][step] = timed(project, crew, step, ROUNDS.get(step, 0))
        crew.close()
    print(json.dumps(table, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
