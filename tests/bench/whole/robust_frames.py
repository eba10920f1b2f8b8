"""The same frames however they are asked for: order, threads, processes; a hash for each frame.

uv run tests/bench/whole/robust_frames.py meme.toml [--frames N]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import vapoursynth as vs

from vsmeme import stages
from vsmeme.memory import limit_memory
from vsmeme.project import load_project

Row = dict[str, Any]
THREADS = (1, 2, 8)


def orders(count: int) -> dict[str, list[int]]:
    """Ways through the film."""
    numbers = list(range(count))
    mixed = numbers[:]
    random.Random(1).shuffle(mixed)
    return {"linear": numbers, "reverse": numbers[::-1], "random": mixed}


def hashes(path: str, frames: Sequence[int], threads: int) -> dict[int, str]:
    """Render frames in an order, one after the other, in this process."""
    vs.core.num_threads = threads
    limit_memory()
    clip = stages.delivered(load_project(path))
    found = {}
    for n in frames:
        with clip.get_frame(n) as frame:
            digest = hashlib.sha256()
            for plane in frame:
                digest.update(memoryview(plane).tobytes())
            found[n] = digest.hexdigest()
    return found


def ways(path: str, count: int) -> Iterator[Row]:
    """Compare every way with the linear one on one thread."""
    wanted = _result(_start(path, count, "linear", 1))
    tries = [(order, threads) for order in orders(count) for threads in THREADS]
    for order, threads in tries:
        found = _result(_start(path, count, order, threads))
        yield _row(f"{order}, {threads} threads", wanted, found)
    both = [_start(path, count, "linear", 2) for _ in range(2)]
    for n, found in enumerate([_result(each) for each in both], 1):
        yield _row(f"two processes at once, number {n}", wanted, found)


def _row(way: str, wanted: dict[str, str], found: dict[str, str]) -> Row:
    differ = sum(wanted[n] != found[n] for n in wanted)
    return {"way": way, "frames": len(wanted), "differ": differ}


def _start(path: str, count: int, order: str, threads: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, path, "--frames", str(count), "--order", order]
    return subprocess.Popen(
        [*command, "--threads", str(threads)], stdout=subprocess.PIPE, text=True
    )


def _result(process: subprocess.Popen[str]) -> dict[str, str]:
    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"rendering failed with {process.returncode}")
    found: dict[str, str] = json.loads(out.strip().splitlines()[-1])
    return found


def main(argv: list[str]) -> int:
    """Print the table; with ``--order``, render one way and print its hashes."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("project")
    made.add_argument("--frames", type=int, default=12)
    made.add_argument("--order", choices=("linear", "reverse", "random"))
    made.add_argument("--threads", type=int, default=2)
    arguments = made.parse_args(argv)
    if arguments.order:
        frames = orders(arguments.frames)[arguments.order]
        print(json.dumps(hashes(arguments.project, frames, arguments.threads)))
        return 0
    bad = 0
    for row in ways(arguments.project, arguments.frames):
        bad += row["differ"]
        print(f"| {row['way']} | {row['frames']} | {row['differ']} |", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
