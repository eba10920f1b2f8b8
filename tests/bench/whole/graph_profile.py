"""Where a graph spends its time: the core's own clock for every filter.

    uv run tests/bench/whole/graph_profile.py meme.toml [--frames N] [--part final] [--rows 30]

Milliseconds a frame, summed over all threads; each filter with the size and format it makes and the
bytes that it writes. ``--json`` prints what each kind of work takes instead.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import vapoursynth as vs


class Inspecting(vs.EnvironmentPolicy):
    """One core whose graph can be walked."""

    def on_policy_registered(self, special_api: vs.EnvironmentPolicyAPI) -> None:
        flags = int(vs.CoreCreationFlags.ENABLE_GRAPH_INSPECTION)
        self.api, self.environment = special_api, special_api.create_environment(flags)

    def on_policy_cleared(self) -> None:
        self.api.destroy_environment(self.environment)

    def get_current_environment(self) -> vs.EnvironmentData:
        return self.environment

    def set_environment(self, environment: vs.EnvironmentData | None) -> vs.EnvironmentData:
        del environment
        return self.environment

    def is_alive(self, environment: vs.EnvironmentData) -> bool:
        del environment
        return True


if __name__ == "__main__":  # before anything asks for the core
    vs.register_policy(Inspecting())

from bench.whole import rendered
from vsmeme.memory import limit_memory
from vsmeme.project import load_project

KINDS = {
    "decoder": ("VideoSource",),
    "network": ("Model",),
    "Python": ("ModifyFrame", "FrameEval"),
    "copies": ("Crop", "StackVertical", "StackHorizontal", "AddBorders", "ShufflePlanes", "Splice"),
    "resampling": ("Bicubic", "Bilinear", "Point", "Spline36"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one filter took.

    Attributes:
        name: Of the filter.
        makes: Size and format.
        ms: Milliseconds a frame of the result.
        mib: MiB that one of its frames holds.
        what: Its arguments, shortened.
    """

    name: str
    makes: str
    ms: float
    mib: float
    what: str


def profile(clips: list[vs.VideoNode], frames: int) -> tuple[list[Line], float]:
    """Render, and tell what every filter took, dearest first, and the time on the wall."""
    core = vs.core
    core.timings.enabled = True
    started = time.perf_counter()
    rendered.consume(clips, frames)
    wall = 1000 * (time.perf_counter() - started) / frames
    lines = [_line(node, frames) for node in walk(clips)]
    return sorted(lines, key=lambda line: -line.ms), wall


def kinds(lines: list[Line]) -> dict[str, float]:
    """Milliseconds a frame of each kind of work; arithmetic is everything that has no other."""
    found = dict.fromkeys([*KINDS, "arithmetic"], 0.0)
    for line in lines:
        kind = next((kind for kind, names in KINDS.items() if line.name in names), "arithmetic")
        found[kind] += line.ms
    return found


def walk(clips: list[vs.VideoNode]) -> list[vs.VideoNode]:
    """Every filter that clips are made of, once."""
    found: dict[vs.VideoNode, None] = {}
    queue = list(clips)
    while queue:
        node = queue.pop()
        if node not in found:
            found[node] = None
            queue += node.dependencies
    return list(found)


def _line(node: vs.VideoNode, frames: int) -> Line:
    kind = node.format
    mib = node.width * node.height * kind.bytes_per_sample * _planes(kind) / 2**20
    what = " ".join(
        f"{key}={value}" for key, value in node._inputs.items() if not _is_clip(value)
    ).replace("\n", " ")
    makes = f"{node.width}x{node.height} {kind.name}"
    ms = node.timings / 1e6 / frames
    return Line(name=node.node_name, makes=makes, ms=ms, mib=mib, what=what[:60])


def _planes(kind: vs.VideoFormat) -> float:
    if kind.num_planes == 1:
        return 1.0
    return 1 + 2 / (1 << (kind.subsampling_w + kind.subsampling_h))


def _is_clip(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, vs.VideoNode)


def main(argv: list[str]) -> int:
    """Print the table."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("project")
    made.add_argument("--frames", type=int, default=16)
    made.add_argument("--part", default="final", choices=[*rendered.PARTS, *rendered.KINDS])
    made.add_argument("--bands", default="model")
    made.add_argument("--rows", type=int, default=30)
    made.add_argument("--json", action="store_true")
    arguments = made.parse_args(argv)
    limit_memory()
    clips = rendered.built(load_project(arguments.project), arguments.part, arguments.bands)
    lines, wall = profile(clips, arguments.frames)
    if arguments.json:
        print(json.dumps(kinds(lines)))
        return 0
    print("| filter | makes | ms a frame | MiB a frame | arguments |\n|---|---|---|---|---|")
    for line in lines[: arguments.rows]:
        what = line.what.replace("|", "/")
        print(f"| {line.name} | {line.makes} | {line.ms:.2f} | {line.mib:.1f} | {what} |")
    total = sum(line.ms for line in lines)
    print(f"{len(lines)} filters, {total:.0f} ms a frame in all, {wall:.0f} ms on the wall")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
