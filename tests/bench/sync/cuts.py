"""Where shots begin: vsmeme beside the detectors of PySceneDetect, on the same films.

    uv run --group peers tests/bench/sync/cuts.py [--seeds 4]

Each detector has its own defaults, but for the least length of a scene, which is one frame for all.
A boundary counts as found where one is named within a frame of it, within the dissolve, or within
the fade; the two ends of a dissolve count as one. F1 over all boundaries of a kind.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1])]

from scenedetect import FrameTimecode, detectors
from scenes.films import film

from bench.sync.cut_films import KINDS, Boundary, Frames, films, luma
from vsmeme.sync.prepare.shot_cuts import find_cuts

SLACK_FRAMES = 1
Detect = Callable[[Frames], list[int]]


def ours(frames: Frames) -> list[int]:
    """First frames of shots, as match finds them."""
    return list(find_cuts(film(luma(frames), "wide"), 0, len(frames) - 1))


def theirs(name: str) -> Detect:
    """A detector of PySceneDetect."""

    def detect(frames: Frames) -> list[int]:
        detector = getattr(detectors, name)(min_scene_len=1)
        named: list[FrameTimecode] = []
        for n, frame in enumerate(frames):
            named += detector.process_frame(FrameTimecode(n, 24.0), frame)
        named += detector.post_process(FrameTimecode(len(frames) - 1, 24.0))
        return sorted({int(time.frame_num) for time in named})

    return detect


DETECTORS: dict[str, Detect] = {
    "vsmeme": ours,
    "content": theirs("ContentDetector"),
    "adaptive": theirs("AdaptiveDetector"),
    "threshold": theirs("ThresholdDetector"),
    "histogram": theirs("HistogramDetector"),
    "hash": theirs("HashDetector"),
}


def tally(named: Sequence[int], boundaries: Sequence[Boundary]) -> tuple[int, int, int]:
    """Boundaries found, missed, and named where there is none.

    A frame that is named stands for one cut: the one at it, else one beside it.
    """
    free, found = set(named), 0
    cuts = {first for first, last in boundaries if first == last}
    for first, last in boundaries:
        hits = {n for n in named if first - SLACK_FRAMES <= n <= last + SLACK_FRAMES}
        if last > first:
            found += bool(hits)
            free -= hits
    for away in range(SLACK_FRAMES + 1):
        for cut in sorted(cuts):
            hit = next((n for n in (cut - away, cut + away) if n in free), None)
            if hit is not None:
                cuts.remove(cut)
                free.remove(hit)
                found += 1
    return found, len(boundaries) - found, len(free)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args(argv)
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for made in films(options.seeds):
        for name, detect in DETECTORS.items():
            for i, count in enumerate(tally(detect(made.frames), made.boundaries)):
                sums[made.name, name][i] += count
    sys.stdout.write(f"| F1 (missed, false) | {' | '.join(DETECTORS)} |\n")
    sys.stdout.write("|---" * (1 + len(DETECTORS)) + "|\n")
    for kind in KINDS:
        cells = []
        for name in DETECTORS:
            found, missed, false = sums[kind, name]
            score = 2 * found / max(1, 2 * found + missed + false)
            cells.append(f"{score:.3f} ({missed}, {false})")
        sys.stdout.write(f"| {kind} | {' | '.join(cells)} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
