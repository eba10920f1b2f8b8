"""A film of two hours on 1 to 512 workers, played through with the part times of this machine.

    uv run tests/bench/cluster/simulate.py times.json [--hand-out-ms 1.6]

A worker is one core. Every step that is shared is played event by event, its parts handed out by
the client's own code. Each worker opens the project at its first part. Client and scheduler take
their time for each part, one after the other. All workers read sources and write results over one
line to the shared folder. Shots are drawn with a log-normal length of 4 seconds in the middle. The
sources have the rate of a UHD disc and a DVD: those that are drawn for the measurement are noisier.

Left out: `match`, `learn` and `verify`, which are not shared or do not grow; the one generation of
each shot; joining the pieces; machines of unequal speed, failing machines, a line that others use.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from vsmeme.commands.cluster.deal import Deal

FRAMES, FPS = 172_800, 24
PIECE = 10 * FPS
SHOT_S, SHOT_SPREAD = 4.0, 0.8  # of the log-normal: its median, and the deviation of its logarithm
WORKERS = (1, 8, 64, 512)
LINE_BYTES = 117e6  # a second: a gigabit line to the shared folder
SOURCE_BYTES = 330_000  # a frame: 60 Mbit/s and 4 Mbit/s
JITTER = 0.05  # deviation of a part's time


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        name: Its name.
        second: What a frame takes, s.
        opening: What opening the project takes, s.
        bytes_: Read and written, a frame.
        fixed: Written whatever the length of a part, bytes.
        parts: Its parts, frames.
    """

    name: str
    second: float
    opening: float
    bytes_: float
    fixed: float
    parts: Sequence[int]


def shots(chance: random.Random) -> list[int]:
    """Draw the shots of the film, in frames."""
    lengths: list[int] = []
    while (left := FRAMES - sum(lengths)) > 0:
        length = chance.lognormvariate(0.0, SHOT_SPREAD) * SHOT_S * FPS
        lengths.append(max(1, min(left, round(length))))
    return lengths


def played(step: Step, workers: int, hand_out_s: float, line: float, seed: int) -> float:
    """Return how long a step takes with some workers, s."""
    chance = random.Random(seed)
    free = [(0.0, worker) for worker in range(workers)]
    opened: set[int] = set()
    clerk = busy_line = end = 0.0
    deal = Deal({str(n): frames for n, frames in enumerate(step.parts)}, workers)
    while deal:
        ready, worker = heapq.heappop(free)
        frames = step.parts[int(deal.next(str(worker)) or 0)]
        clerk = max(clerk, ready) + hand_out_s
        took = frames * step.second * chance.gauss(1.0, JITTER)
        took += 0.0 if worker in opened else step.opening
        opened.add(worker)
        # The line serves parts in the order in which they come; reading overlaps with the work.
        busy_line = max(busy_line, clerk) + (frames * step.bytes_ + step.fixed) / line
        done = max(clerk + took, busy_line)
        end = max(end, done)
        heapq.heappush(free, (done, worker))
    return end


def main() -> int:
    """Play and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", type=Path)
    parser.add_argument("--hand-out-ms", type=float, default=1.6)
    parser.add_argument("--line-bytes", type=float, default=LINE_BYTES)
    parser.add_argument("--source-bytes", type=float, default=SOURCE_BYTES)
    given = parser.parse_args()
    table: dict[str, Any] = json.loads(given.times.read_text())
    pieces = [PIECE] * (FRAMES // PIECE)
    cut = shots(random.Random(26))
    steps = [
        Step(
            name=name, second=facts["second_a_frame"], opening=facts["opening_s"],
            bytes_=given.source_bytes + (0 if name == "inpaint" else facts["bytes_a_frame"]),
            fixed=facts["bytes_a_frame"] * table["frames"] / facts["parts"]
            if name == "inpaint" else 0.0,  # one plate a shot
            parts=pieces if name == "export" else cut,
        )
        for name, facts in table["steps"].items()
    ]  # fmt: skip
    print(f"{len(cut)} shots, the longest of {max(cut)} frames; {len(pieces)} pieces\n")
    print("| step | s a frame | MB a frame | " + " | ".join(f"{n}, h" for n in WORKERS) + " |"
          + "".join(f" {n}, of ideal |" for n in WORKERS[1:]))  # fmt: skip
    print("|---" * (2 * len(WORKERS) + 2) + "|")
    totals = [0.0] * len(WORKERS)
    for step in steps:
        took = [played(step, n, given.hand_out_ms / 1000, given.line_bytes, 26) for n in WORKERS]
        totals = [a + b for a, b in zip(totals, took, strict=True)]
        print(_row(step.name, step.second, _bytes(step), took))
    print(_row("all", sum(s.second for s in steps), sum(map(_bytes, steps)), totals))
    return 0


def _bytes(step: Step) -> float:
    return step.bytes_ + step.fixed * len(step.parts) / FRAMES


def _row(name: str, second: float, bytes_: float, took: Sequence[float]) -> str:
    hours = " | ".join(f"{t / 3600:.2f}" for t in took)
    ideal = " | ".join(f"{took[0] / n / t:.2f}" for n, t in zip(WORKERS[1:], took[1:], strict=True))
    return f"| {name} | {second:.3f} | {bytes_ / 1e6:.2f} | {hours} | {ideal} |"


if __name__ == "__main__":
    sys.exit(main())
