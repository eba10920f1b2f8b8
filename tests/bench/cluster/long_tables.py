"""How long the tables of a long film take to be written and opened, and how large they are.

uv run tests/bench/cluster/long_tables.py [--frames 200000]
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from vsmeme.artifact import read_json, write_json
from vsmeme.artifact_cache import cached_value
from vsmeme.pixels.rect import Rect
from vsmeme.subject.track import Placement, Pose, Region, Tone, Track
from vsmeme.sync.shots import Shot, Shots
from vsmeme.sync.timeline import Pair, Timeline

SHOT = 96


def timeline(frames: int) -> Timeline:
    """A match table with scores as they are measured."""
    pairs = tuple(
        Pair(wide=n, dvd=n, score=round(0.97 + 0.02 * math.sin(n), 4), confident=n % 50 > 0)
        for n in range(frames)
    )
    return Timeline(pairs=pairs, fps=Fraction(24000, 1001))


def shots(frames: int) -> Shots:
    """Shots of four seconds; every fifth drifts."""
    return Shots(
        shots=tuple(
            Shot(
                first=first, last=min(first + SHOT, frames) - 1,
                drift=_drift(min(SHOT, frames - first)) if first % (5 * SHOT) == 0 else (),
            )
            for first in range(0, frames, SHOT)
        )
    )  # fmt: skip


def _drift(frames: int) -> tuple[tuple[float, float], ...]:
    return tuple((math.sin(n) / 3, math.cos(n) / 3) for n in range(frames))


def track(frames: int) -> Track:
    """Two regions with a pose in every frame."""
    poses = tuple(
        Pose(
            frame=n, confidence=round(0.9 + 0.05 * math.sin(n), 3), key=n - n % SHOT,
            matrix=((1 + math.sin(n) / 9, -math.cos(n) / 9, n / 7), (math.cos(n) / 9, 1.1, n / 9),
                    (0.0, 0.0, 1.0)),
        )
        for n in range(frames)
    )  # fmt: skip
    keys = tuple(range(0, frames, SHOT))
    plain = ((1.0, 0.0, 1 / 3), (0.0, 1.0, 1 / 7), (0.0, 0.0, 1.0))
    region = Region(
        keys=keys, poses=poses, extent=Rect(x=0, y=0, w=900, h=900),
        placements=tuple(Placement(key=key, matrix=plain) for key in keys),
        tones=tuple(Tone(first=key, gain=1.1) for key in keys),
    )  # fmt: skip
    return Track(regions={"face": region, "foreground": region})


TABLES: Mapping[str, tuple[Callable[[int], Any], Callable[[Mapping[str, Any]], Any]]] = {
    "match.json": (timeline, Timeline.from_json),
    "shots.json": (shots, Shots.from_json),
    "track.json": (track, Track.from_json),
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=200_000)
    given = parser.parse_args()
    print("| table | MB | written, s | JSON read, s | opened, s |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        for name, (make, parse) in TABLES.items():
            value, path = make(given.frames), Path(place) / name
            started = time.process_time()
            write_json(path, value.to_json())
            written = time.process_time() - started
            started = time.process_time()
            data = read_json(path, made_by="the bench")
            read = time.process_time() - started
            del data
            started = time.process_time()
            again = cached_value(path, parse, made_by="the bench")
            opened = time.process_time() - started
            assert again == value
            size = path.stat().st_size / 1e6
            print(f"| `{name}` | {size:.1f} | {written:.2f} | {read:.2f} | {opened:.2f} |")
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
