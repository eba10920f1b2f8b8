"""Everything about placement, colour and seam in one go: the five benchmarks, one after another.

    python tests/bench/placement/placement.py [--seeds 20] [--size full] [--frames 96]

Each is a command of its own, too: registration.py, dvd_shapes.py, colour.py, seam.py,
composite.py.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.canvas import composite, seam
from bench.colour import colour
from bench.placement import dvd_shapes, registration


def main() -> int:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="synthetic scenes")
    parser.add_argument("--size", default="full", help="of the scenes that are registered")
    parser.add_argument("--frames", type=int, default=96, help="composited at 3840x2160 for speed")
    args = parser.parse_args()
    seeds = ["--seeds", str(args.seeds)]
    parts = (
        ("Composite, cost", composite.main, ["--frames", str(args.frames)]),
        ("DVD shapes", dvd_shapes.main, []),
        ("Seam", seam.main, []),
        ("Colour", colour.main, seeds),
        ("Registration", registration.main, [*seeds, "--size", args.size]),
    )
    for title, run, argv in parts:
        print(f"\n## {title}\n", flush=True)
        run(argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
