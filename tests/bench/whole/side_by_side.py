"""Everything side by side: stages, floors, length, peers, robustness; tables and JSON.

    uv run --group peers tests/bench/whole/side_by_side.py all
    uv run tests/bench/whole/side_by_side.py end-to-end|floors|scaling|peers|robust [--size full]

Films are made in --folder once and kept (full size: some minutes). Each measured graph has a
process of its own; processor time is that of all its threads, which is what a busy machine leaves
comparable.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bench.whole import end_to_end, peers, peers_graph, robust_frames

Row = dict[str, Any]
Tables = dict[str, list[Row]]
SPAN_FRAMES = 8  # the network takes a second of processor time a frame


def stages(arguments: argparse.Namespace) -> Tables:
    """End to end by stages, with and without the network, and against the plain script."""
    films = end_to_end.films(arguments.folder, arguments.size, arguments.length)
    frames = {"span": min(SPAN_FRAMES, arguments.frames), "bicubic": arguments.frames}
    found: Tables = {
        f"stages, {name}": list(end_to_end.by_stage(film, frames[name]))
        for name, film in films.items()
    }
    found["against the plain script"] = [
        end_to_end.against_naive(film, name, frames[name], arguments.turns)
        for name, film in films.items()
    ]
    return found


def floors(arguments: argparse.Namespace) -> Tables:
    """The whole graph against decoding, the network and three passes over the canvas."""
    films = end_to_end.films(arguments.folder, arguments.size, arguments.length)
    rows = []
    for name, film in films.items():
        frames = min(SPAN_FRAMES, arguments.frames) if name == "span" else arguments.frames
        rows.append({"bands": name, **end_to_end.floors(film, frames)})
    return {"floors, ms a frame": rows}


def scaling(arguments: argparse.Namespace) -> Tables:
    """Time and memory over 96, 192 and 384 frames."""
    film = end_to_end.films(arguments.folder, arguments.size, arguments.length)["bicubic"]
    rows = end_to_end.scaling(film, arguments.folder)
    return {"length": rows[:-1], "line": rows[-1:]}


def compared(arguments: argparse.Namespace) -> Tables:
    """What a user would pick instead."""
    films = end_to_end.films(arguments.folder, arguments.size, arguments.length)
    rows: list[Row] = []
    parts: list[Iterable[Row]] = [
        peers.registration(),
        peers.masks(),
        peers_graph.composite(films["bicubic"], arguments.frames),
        peers_graph.bands(films["span"]),
        peers_graph.warp(),
    ]
    if peers.FOOTAGE.is_dir():
        parts.append(peers.matching())
    for part in parts:
        rows += part
    return {"peers": rows}


def robust(arguments: argparse.Namespace) -> Tables:
    """The same frames in any order, with any number of threads, in two processes."""
    film = end_to_end.films(arguments.folder, "everyday", 48)["bicubic"]
    return {"same frames": list(robust_frames.ways(str(film.file), 12))}


JOBS: dict[str, Callable[[argparse.Namespace], Tables]] = {
    "end-to-end": stages,
    "floors": floors,
    "scaling": scaling,
    "peers": compared,
    "robust": robust,
}


def printed(title: str, rows: list[Row]) -> None:
    """Print rows as a Markdown table."""
    print(f"\n{title}\n")
    names = list(rows[0])
    print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")
    for row in rows:
        print(f"| {' | '.join(_cell(row[name]) for name in names)} |", flush=True)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"
    return "-" if value is None else str(value)


def main(argv: list[str]) -> int:
    """Measure, print, and keep what was measured as JSON."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("what", choices=[*JOBS, "all"])
    made.add_argument("--folder", type=Path, default=ROOT / "out" / "side_by_side")
    made.add_argument("--size", default="full", choices=("full", "everyday", "small"))
    made.add_argument("--length", type=int, default=48, help="frames of the film")
    made.add_argument("--frames", type=int, default=24, help="frames that are timed")
    made.add_argument("--turns", type=int, default=1)
    arguments = made.parse_args(argv)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"machine": platform.processor() or platform.machine(),
                             "date": time.strftime("%Y-%m-%d")}  # fmt: skip
    for name in JOBS if arguments.what == "all" else [arguments.what]:
        for title, rows in JOBS[name](arguments).items():
            printed(title, rows)
            found[title] = rows
    text = json.dumps(found, indent=1)
    (arguments.folder / f"{arguments.what}.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
