"""What it costs to share an export: CPU alone and over two local workers, parts, hand-out.

    uv run --extra cluster tests/bench/cluster/overhead.py FOLDER [--frames 4800]

A drawn pair (512x288 canvas, everything enabled, bicubic bands) is repeated to the length that is
asked for. Both runs are processes of their own; their CPU is that of all their children, too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[2])]

from bench.whole.sized import lengthened, made, variant
from vsmeme.commands.cluster.crew import Crew
from vsmeme.commands.cluster.dispatch import Dispatch
from vsmeme.commands.cluster.local import local_workers
from vsmeme.commands.cluster.orders import Answer, Order
from vsmeme.ffmpeg import call
from vsmeme.project import Project, load_project

DRAWN = 48


def film(folder: Path, frames: int) -> Project:
    """Return a finished film of a length; it is made if it is not there."""
    file = folder / "long" / "meme.toml"
    if not file.exists():
        base = made(folder / "drawn", size="small", frames=DRAWN)
        plain = variant(base, folder / "bicubic", 'model = "bicubic"')
        lengthened(plain, folder / "long", frames // DRAWN)
    return load_project(file)


def run(project: Project, *more: str) -> tuple[float, float, str]:
    """Export in a process of its own; returns CPU and wall seconds, and a hash of the frames."""
    for path in (project.out, project.work / "cache" / "export"):
        shutil.rmtree(path, ignore_errors=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "vsmeme", "export", str(project.file), *more]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}: {status}")
    frames = call(["-i", str(project.out / "meme.mp4"), "-map", "0:v", "-f", "md5", "-"]).decode()
    return used.ru_utime + used.ru_stime, time.monotonic() - started, frames.strip()


def parts(project: Project) -> list[tuple[float, float]]:
    """Return wall and CPU seconds of every part, made by one worker."""
    from vsmeme.deliver.export.pieces.rendering import missing_pieces

    shutil.rmtree(project.work / "cache" / "export", ignore_errors=True)
    answers: list[Answer] = []
    with local_workers(1) as address:
        crew = Crew(address)

        def order(part: str) -> Order:
            return Order(
                project=str(project.file), step="export", round=0, part=part, state="bench",
                versions=dict(crew.own), peers={},
            )  # fmt: skip

        names = missing_pieces(project)
        Dispatch(crew, label="export", parts=names, order=order, taken=answers.append,
                 send=lambda _address, _order: None).run()  # fmt: skip
        crew.close()
    return [answer.seconds for answer in answers]


def handed_out(count: int = 2000) -> float:
    """Return the milliseconds that one empty part costs client and scheduler together."""
    with local_workers(1) as address:
        crew = Crew(address)
        crew.wait()
        orders = {"versions": dict(crew.own), "peers": {}}
        order = Order(project="none", step="export", round=0, part="0", state="", **orders)
        started = time.process_time()
        futures = [crew.client.submit(_nothing, order, n, pure=False) for n in range(count)]
        crew.client.gather(futures)
        spent = time.process_time() - started
        crew.close()
    return 1000 * spent / count


def _nothing(order: Order, n: int) -> Answer:
    del order
    return Answer(worker=str(n))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", type=int, default=4800)
    given = parser.parse_args()
    project = film(given.folder, given.frames)
    alone = run(project)
    shared = run(project, "--scheduler", "local:2")
    each = parts(project)
    walls = [wall for wall, _ in each[1:]]
    print(json.dumps({
        "frames": given.frames,
        "alone_cpu_s": round(alone[0], 1), "shared_cpu_s": round(shared[0], 1),
        "more_cpu_percent": round(100 * (shared[0] / alone[0] - 1), 1),
        "alone_wall_s": round(alone[1], 1), "shared_wall_s": round(shared[1], 1),
        "same_frames": alone[2] == shared[2],
        "first_part_s": round(each[0][0], 2), "part_s": round(statistics.median(walls), 2),
        "part_spread": round(statistics.stdev(walls) / statistics.mean(walls), 3),
        "hand_out_ms": round(handed_out(), 2),
    }, indent=1))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
