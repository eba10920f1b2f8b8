"""One graph rendered in a process of its own: what it takes, printed as one line of JSON.

    python tests/bench/whole/rendered.py meme.toml --part final [--frames N] [--bands fast]

A part is a stage of the graph with everything before it, or a floor. The time is that of the
frames, without starting up; the first frame is among them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import vapoursynth as vs

from vsmeme import (
    readers,
    stages,
)
from vsmeme.deliver.export.encode import TRIM_FRAMES
from vsmeme.host import peak_bytes
from vsmeme.memory import limit_memory, shared, trim_heap
from vsmeme.project import Project, load_project
from vsmeme.source.formats import conform
from vsmeme.stage_parts import source_stage
from vsmeme.sync.apply_match import apply_match

core = vs.core
KINDS = ("composite", "background", "foreground", "face", "final")


def decoded(project: Project) -> list[vs.VideoNode]:
    """Both releases as they leave the decoder, matched, and the masks."""
    record = readers.match_record(project)
    table = readers.timeline(project)
    both = [
        apply_match(
            source_stage.open_matched_source(project, role, getattr(record, role)), table, side=role
        )
        for role in ("wide", "dvd")
    ]
    return [*both, *stages.masks(project)]


def sources(project: Project) -> list[vs.VideoNode]:
    """The wide in the working format and the DVD as decoded."""
    pair = source_stage.sources(project)
    return [pair.wide, pair.dvd]


def strips(project: Project) -> list[vs.VideoNode]:
    """The model on the bare strips, from a DVD that is held in memory."""
    layout = readers.layouts(project)[0]
    pair = source_stage.sources(project)
    dvd = conform(pair.dvd, active=layout.active, size=layout.dvd_size, window=layout.window)
    still = core.std.Loop(dvd[0], dvd.num_frames)
    return [stages._upscaled(project, still, layout, "model")]


def copied(project: Project, passes: int = 1) -> list[vs.VideoNode]:
    """Passes over the canvas in the working format that do nothing but copy it."""
    width, height = readers.layouts(project)[0].canvas
    length = len(readers.timeline(project))
    kind = {"format": vs.YUV444P16, "width": width, "height": height, "length": length}
    clip = core.std.BlankClip(**kind, color=[20000, 30000, 34000], keep=True)
    for n in range(passes):
        clip = core.akarin.Expr(clip, f"x {n + 1} +")
    return [clip]


def stage(project: Project, name: str, bands: str) -> list[vs.VideoNode]:
    """A stage with all before it, in the working format; ``final`` is as delivered."""
    if name == "composite":
        return [stages.composite(project, bands)]  # type: ignore[arg-type]
    if name == "final":
        return [stages.delivered(project)]
    return [stages.stage(project, name)]  # type: ignore[arg-type]


PARTS: dict[str, Callable[[Project], list[vs.VideoNode]]] = {
    "decode": decoded,
    "sources": sources,
    "strips": strips,
    "copy": copied,
    "copies": partial(copied, passes=3),
    "working": lambda project: [stages.result(project)],
}


def built(project: Project, part: str, bands: str) -> list[vs.VideoNode]:
    """The clips of a part."""
    make = PARTS.get(part) or partial(stage, name=part, bands=bands)
    return make(project)


def consume(clips: list[vs.VideoNode], frames: int) -> int:
    """Ask for every frame of every clip, clip by clip abreast; returns the bytes that came."""
    moved = 0
    streams = [shared(clip[:frames]).frames(close=True) for clip in clips]
    for n, row in enumerate(zip(*streams, strict=True)):
        for frame in row:
            moved += sum(frame.get_stride(p) * frame[p].shape[0] for p in range(len(frame)))
        if n % TRIM_FRAMES == 0:  # as an export does
            trim_heap()
    return moved


def measure(project: Project, part: str, frames: int, bands: str) -> dict[str, Any]:
    """Render a part in this process."""
    limit_memory()
    started = time.perf_counter()
    clips = built(project, part, bands)
    count = min(frames or len(readers.timeline(project)), len(readers.timeline(project)))
    ready, cpu = time.perf_counter(), time.process_time()
    moved = consume(clips, count)
    seconds, cpu = time.perf_counter() - ready, time.process_time() - cpu
    return {
        "part": part, "frames": count, "start": ready - started, "seconds": seconds, "cpu": cpu,
        "fps": count / seconds, "bytes": moved, "peak_mib": peak_bytes() / 2**20,
    }  # fmt: skip


def in_child(command: list[str | Path]) -> dict[str, Any]:
    """Run a measuring script and return the JSON of its last line, with its children's peak."""
    done = subprocess.run(
        [sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def rendered(
    project: Project, part: str, *, frames: int = 0, bands: str = "model"
) -> dict[str, Any]:
    """Render a part in a process of its own."""
    more = ["--part", part, "--frames", str(frames), "--bands", bands]
    return in_child([Path(__file__), project.file, *more])


def main(argv: list[str]) -> int:
    """Render and print."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("project")
    made.add_argument("--part", default="final", choices=[*PARTS, *KINDS])
    made.add_argument("--frames", type=int, default=0)
    made.add_argument("--bands", default="model")
    arguments = made.parse_args(argv)
    project = load_project(arguments.project)
    print(json.dumps(measure(project, arguments.part, arguments.frames, arguments.bands)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
