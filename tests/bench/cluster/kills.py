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


def main() -> int:
    """Kill, compare, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    given = parser.parse_args()
    chance, equal, kills = random.Random(26), 0, 0
    with tempfile.TemporaryDirectory() as place, local_workers(2) as address:
        project = finished_project(Path(place), FILM, settings=SETTINGS)
        export(project)
        right = [path.read_bytes() for path in pieces_of(project.folder)]
        started = time.monotonic()
        shutil.rmtree(project.work / "cache" / "export")
        distribute(project, "export", address)
        usual = time.monotonic() - started
        for run in range(given.runs):
            shutil.rmtree(project.work / "cache" / "export")
            moment = chance.uniform(0.1, 0.9) * usual
            with killer(address, (moment,), seed=run) as killed:
                distribute(project, "export", address)
            same = [path.read_bytes() for path in pieces_of(project.folder)] == right
            equal, kills = equal + same, kills + len(killed)
            print(
                f"{run + 1}: killed {len(killed)} after {moment:.1f} s, equal: {same}", flush=True
            )
    print(f"{equal} of {given.runs} equal, {kills} workers killed")
    return 0 if equal == given.runs else 1


if __name__ == "__main__":
    sys.exit(main())
