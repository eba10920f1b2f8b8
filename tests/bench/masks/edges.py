"""Soft edges at full size against a figure whose alpha is known: hair, motion blur, boiling, time.

    uv run tests/bench/masks/edges.py
    uv run tests/bench/masks/edges.py --size 1920 1080

A Markdown table on stdout; milliseconds are of CPU, a frame, for one mask.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes.soft_edges import SoftFigure, edge_errors

BLUR_SHARE = 1 / 160  # of the width
WAYS = ((False, "edge of the picture"), (True, "mixture, steadied"))


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", nargs=2, type=int, default=[3840, 2160], metavar=("W", "H"))
    width, height = parser.parse_args(argv).size
    print(f"| {width}x{height} | way | error of alpha | fringe, levels | boiling | ms |")
    print("|---|---|---|---|---|---|")
    for label, blur in (("hair", 0), ("motion blur", round(BLUR_SHARE * width))):
        figure = SoftFigure.draw(width, height, seed=1, blur_px=blur)
        for soft, way in WAYS:
            e = edge_errors(figure, soft=soft)
            numbers = f"{e.alpha:.3f} | {e.fringe:.1f} | {e.boil:.4f} | {e.milliseconds:.0f}"
            print(f"| {label} | {way} | {numbers} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
