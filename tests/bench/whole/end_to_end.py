"""The whole graph by stages, against its floors, against the plain script, and over its length."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np

from bench.whole.rendered import in_child, rendered
from bench.whole.sized import lengthened, made, variant
from vsmeme.project import Project

NAIVE, PROFILE = (Path(__file__).with_name(name) for name in ("naive.py", "graph_profile.py"))
CHAIN = ("sources", "composite", "background", "foreground", "face", "working", "final")
PROFILED = 6  # frames
LENGTHS = (96, 192, 384)
Row = dict[str, Any]


def films(folder: Path, size: str, frames: int) -> dict[str, Project]:
    """The project with SPAN on the bands, and the same with bicubic bands."""
    span = made(folder / size, size=size, frames=frames)
    plain = variant(span, folder / f"{size}-bicubic", 'model = "bicubic"')
    return {"span": span, "bicubic": plain}


def by_stage(project: Project, frames: int) -> Iterator[Row]:
    """Render prefixes of the graph; what a stage takes is the difference to the one before.

    Each is rendered twice, and the quicker time counts: a stage may take less than the noise.

    What bounds a stage is the kind of work that takes most of its filters' time, by the core's own
    clock, and its share of what all kinds take.
    """
    turns = [[rendered(project, part, frames=frames) for part in CHAIN] for _ in range(2)]
    found = [min(pair, key=lambda row: row["cpu"]) for pair in zip(*turns, strict=True)]
    total = found[-1]["cpu"]
    before: Row = {"cpu": 0.0, "seconds": 0.0}
    spent: dict[str, float] = {}
    for row in found:
        own = row["cpu"] - before["cpu"]
        now = in_child(
            [PROFILE, project.file, "--part", row["part"], "--frames", str(PROFILED), "--json"]
        )
        more = {kind: max(0.0, ms - spent.get(kind, 0.0)) for kind, ms in now.items()}
        most = max(more, key=lambda kind: more[kind])
        bound = f"{most} ({more[most] / sum(more.values()):.0%})" if more[most] else "within noise"
        yield {
            "stage": row["part"], "frames": row["frames"], "seconds": row["seconds"],
            "fps": row["fps"], "cpu_ms": 1000 * own / row["frames"], "share": own / total,
            "peak_mib": row["peak_mib"], "out_mib": row["bytes"] / row["frames"] / 2**20,
            "bound": bound,
        }  # fmt: skip
        before, spent = row, now


def floors(project: Project, frames: int) -> Row:
    """Decode, network and three passes over the canvas, each alone, against the whole."""
    decode, strips, copies, whole = (
        rendered(project, part, frames=frames) for part in ("decode", "strips", "copies", "final")
    )
    row: Row = {}
    for clock in ("cpu", "seconds"):
        parts = [1000 * each[clock] / each["frames"] for each in (decode, strips, copies, whole)]
        row |= dict(zip((f"{clock}_{n}" for n in ("decode", "strips", "copies", "whole")), parts,
                        strict=True))  # fmt: skip
        row[f"{clock}_ratio"] = parts[3] / sum(parts[:3])
    return row


def against_naive(project: Project, bands: str, frames: int, turns: int) -> Row:
    """Ours and the plain script in turns, each in a process of its own; the best of each."""
    ours, theirs = [], []
    for _ in range(turns):
        ours.append(rendered(project, "final", frames=frames))
        theirs.append(in_child([NAIVE, project.file, "--bands", bands, "--frames", str(frames)]))
    row: Row = {"bands": bands, "frames": frames}
    for clock in ("cpu", "seconds"):
        one, two = (min(each[clock] for each in runs) / frames for runs in (ours, theirs))
        row |= {f"{clock}_ours": one, f"{clock}_naive": two, f"{clock}_ratio": two / one}
    row |= {"peak_ours": max(r["peak_mib"] for r in ours)}
    return row | {"peak_naive": max(r["peak_mib"] for r in theirs)}


def scaling(project: Project, folder: Path, lengths: tuple[int, ...] = LENGTHS) -> list[Row]:
    """Time and memory over the film's length, and the straight line through the times."""
    base = rendered(project, "decode")["frames"]
    rows = []
    for length in lengths:
        film = lengthened(project, folder / f"{project.folder.name}-{length}", length // base)
        row = rendered(film, "final")
        rows.append({key: row[key] for key in ("frames", "seconds", "cpu", "peak_mib")})
    slope, intercept = np.polyfit([r["frames"] for r in rows], [r["cpu"] for r in rows], 1)
    worst = max(abs(r["cpu"] / (intercept + slope * r["frames"]) - 1) for r in rows)
    growth = rows[-1]["peak_mib"] / rows[0]["peak_mib"] - 1
    return [*rows, {"slope_ms": 1000 * slope, "intercept_s": intercept, "off_the_line": worst,
                    "memory_growth": growth}]  # fmt: skip
