"""Placement of films whose every shot is framed in its own way.

    python tests/bench/placement/shots.py [--seeds 10] [--shots 40] [--keep FOLDER]

Each seed cuts a film from the real masters of ../shared/footage: random pieces, each with its own
shift (up to 10 % of the height) and scale, one in four hard-matted, no framing in the majority.
It is matched as a user's would be; per shot, the error is the worst distance in canvas px between
where the DVD truly lies and where the layout in force puts it, over the corners of its picture.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1])]

from bench.placement.random_films import STORED, WIDE, Kind, TrueShot, plan, write
from vsmeme import readers
from vsmeme.errors import UsageError
from vsmeme.placement.layout import Layout
from vsmeme.project import load_project
from vsmeme.steps.match import run_match
from vsmeme.steps.open_sources import open_sides

WRONG_PX = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One film: errors of the placed shots, px; counts; share of right pairs; seconds of CPU."""

    errors: list[float]
    shots: int
    sure_wrong: int
    right: float
    frames: int
    layouts: int
    decoding: float
    measuring: float


def used_map(layout: Layout) -> tuple[float, float, float, float]:
    """Decoded DVD px to px of the wide as decoded, as the composite places it: sx, ox, sy, oy."""
    left, top, width, height = layout.window or (0.0, 0.0, layout.active.w, layout.active.h)
    fx, fy = width / layout.dvd_size[0], height / layout.dvd_size[1]
    part = layout.wide_active
    corner = (part.x, part.y) if part else (0, 0)
    mx = layout.wide.x - layout.wide_crop.x - corner[0]
    my = layout.wide.y - layout.wide_crop.y - corner[1]
    if layout.corrected:
        (a, _, c), (_, e, f) = layout.fit.matrix
    else:
        a, c, e, f = layout.scale, layout.dvd.x, layout.scale, layout.dvd.y
    sx, sy = a / fx, e / fy
    return (
        sx,
        c - sx * (layout.active.x + left) - mx,
        sy,
        f - sy * (layout.active.y + top) - my,
    )


def error_px(layout: Layout, shot: TrueShot) -> float:
    """Worst distance over the corners of the DVD's picture, canvas px."""
    sx, ox, sy, oy = used_map(layout)
    x, y, w, h = shot.dvd
    worst = 0.0
    for u in (0, STORED[0]):
        for v in (shot.matte, STORED[1] - shot.matte):
            dx = sx * u + ox - (w / STORED[0] * u + x - WIDE[0])
            dy = sy * v + oy - (h / STORED[1] * v + y - WIDE[1])
            worst = max(worst, float(np.hypot(dx, dy)))
    return worst


def measure(folder: Path, shots: Sequence[TrueShot]) -> Row:
    """Match a film and compare it with its truth."""
    project = load_project(folder / "meme.toml")
    begin = time.process_time()
    open_sides(project)
    decoded = time.process_time()
    run_match(project)
    done = time.process_time()
    layouts, cuts = readers.layouts(project), readers.shots(project)
    table = readers.timeline(project)
    errors, sure_wrong = [], 0
    for shot in shots:
        rows = [n for n, p in enumerate(table.pairs) if shot.first <= p.wide <= shot.last]
        found = [cuts.at(n) for n in rows]
        away = [error_px(layouts[s.layout], shot) for s in found if s.placed]
        if away:
            errors.append(max(away))
        sure_wrong += sum(
            table.pairs[n].confident and s.placed and error_px(layouts[s.layout], shot) > WRONG_PX
            for n, s in zip(rows, found, strict=True)
        )
    right = float(np.mean([p.dvd == p.wide and p.partner for p in table.pairs]))
    return Row(
        errors=errors,
        shots=len(shots),
        sure_wrong=sure_wrong,
        right=right,
        frames=len(table),
        layouts=len(layouts),
        decoding=decoded - begin,
        measuring=done - decoded,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--shots", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="keep the films here")
    options = parser.parse_args(argv)
    print(
        "| seed | shots | placed | mean error, px | worst, px | beyond 0.5 px | sure frames wrong "
        "| pairs right | layouts | decoding, s CPU | all else, s CPU |\n" + "|---" * 11 + "|"
    )
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(options.first, options.first + options.seeds):
            folder = (options.keep or Path(scratch)) / f"seed{seed}"
            shots = plan(seed, Kind(shots=options.shots))
            if not (folder / "truth.json").exists():
                write(folder, shots)
            try:
                row = measure(folder, shots)
            except UsageError as error:
                print(f"| {seed} | {len(shots)} | refused: {error} ||||||||", flush=True)
                continue
            beyond = sum(error > WRONG_PX for error in row.errors)
            print(
                f"| {seed} | {row.shots} | {len(row.errors)} | {np.mean(row.errors):.2f} "
                f"| {max(row.errors):.2f} | {beyond} | {row.sure_wrong} | {row.right:.3f} "
                f"| {row.layouts} | {row.decoding:.1f} | {row.measuring:.1f} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
