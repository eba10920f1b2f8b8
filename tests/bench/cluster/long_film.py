"""Memory and time of shared steps against the film's length: client and two workers.

    uv run --extra cluster tests/bench/cluster/long_film.py [--frames 5000 20000]

The film is drawn (256x144 canvas, 24 frames a second) and repeats itself, with somebody in one shot
of ten and each frame's number in it. Its match is the truth, with a cut every hundred frames;
everybody is the subject. Each step runs over `local:2` in a process of its own; memory is the
largest resident set of the client, and of either worker, while it runs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import psutil

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[2])]

from scenes.long_films import long_film

from vsmeme.project import Project

FPS, SHOT = Fraction(24), 100
STEPS = ("segment", "inpaint", "track", "export")
SETTINGS = """\
[colour]
match = false
[segment]
who = "all"
[inpaint]
backend = "telea"
[background]
mode = "live"
[output]
gif_width = 160
gif_fps = 2
"""


def run(project: Project, step: str) -> tuple[float, float, float, float]:
    """Run a step; returns wall and CPU seconds, MiB of the client and of the larger worker."""
    command = [sys.executable, "-m", "vsmeme", step, str(project.file), "--scheduler", "local:2"]
    started, client, worker, spent = time.monotonic(), 0.0, 0.0, {}
    with (
        tempfile.TemporaryFile("w+") as words,
        subprocess.Popen(command, stderr=words) as process,
    ):
        own = psutil.Process(process.pid)
        while process.poll() is None:
            for each in (own, *_children(own)):
                try:
                    mib, times = each.memory_info().rss / 2**20, each.cpu_times()
                    name = each.name()
                except psutil.Error:
                    continue
                spent[each.pid] = times.user + times.system
                if each.pid == own.pid:
                    client = max(client, mib)
                elif "python" in name:
                    worker = max(worker, mib)
            time.sleep(0.2)
        words.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: {process.returncode}: {words.read()[-800:]}")
    return time.monotonic() - started, sum(spent.values()), client, worker


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=[5000, 20_000])
    given = parser.parse_args()
    print("| step | frames | seconds | CPU s a 1,000 frames | client, MiB | worker, MiB |")
    print("|---|---|---|---|---|---|", flush=True)
    for frames in given.frames:
        folder = Path(tempfile.mkdtemp())
        try:
            project = long_film(folder, frames=frames, fps=FPS, settings=SETTINGS, shot=SHOT)
            for step in STEPS:
                wall, cpu, client, worker = run(project, step)
                rate = 1000 * cpu / frames
                cells = (
                    step,
                    frames,
                    f"{wall:.0f}",
                    f"{rate:.2f}",
                    f"{client:.0f}",
                    f"{worker:.0f}",
                )
                print("|", " | ".join(map(str, cells)), "|", flush=True)
        finally:
            shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
