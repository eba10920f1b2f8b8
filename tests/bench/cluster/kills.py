"""An export whose workers are killed at random moments, against the one that was left alone.

uv run --extra cluster tests/bench/cluster/kills.py [--runs 20]
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[2])]

from cluster.conftest import FILM
from cluster.processes import killer, pieces_of
from scenes.finished import SETTINGS, finished_project

from vsmeme.commands.cluster.distribute import distribute
from vsmeme.commands.cluster.local import local_workers
from vsmeme.deliver.export.export import export
from vsmeme.project import Project


def timed(project: Project, address: str) -> float:
    """Make all pieces anew; returns the seconds it took."""
    shutil.rmtree(project.work / "cache" / "export")
    started = time.monotonic()
    distribute(project, "export", address)
    return time.monotonic() - started


def main() -> int:
    """Kill, compare, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    given = parser.parse_args()
    chance, equal, runs, tries = random.Random(26), 0, 0, 0
    with tempfile.TemporaryDirectory() as place, local_workers(2) as address:
        project = finished_project(Path(place), FILM, settings=SETTINGS)
        export(project)
        right = [path.read_bytes() for path in pieces_of(project.folder)]
        usual = min(timed(project, address) for _ in range(2))
        while runs < given.runs:
            moment = chance.uniform(0.05, 0.9) * usual
            with killer(address, (moment,), seed=tries) as killed:
                timed(project, address)
            tries += 1
            same = [path.read_bytes() for path in pieces_of(project.folder)] == right
            if killed or not same:
                runs, equal = runs + 1, equal + same
                print(f"{runs}: killed after {moment:.2f} s, equal: {same}", flush=True)
    print(f"{equal} of {runs} equal; {tries - runs} runs were over before the kill")
    return 0 if equal == given.runs else 1


if __name__ == "__main__":
    sys.exit(main())
