"""DVDs of several shapes at full size: all must end with the picture that 720x540 gives.

    python tests/bench/placement/dvd_shapes.py

One synthetic scene, registered, conformed, graded, with bicubic bands. Errors are RMS over the
bands, YUV, 8-bit codes: against the master, and against what the DVD of 720x540 px gives, which is
never resampled.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.shapes import rebuild, rms

SHAPES = ((720, 540), (720, 480), (720, 576), (640, 480), (768, 576))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args(argv)
    print("| DVD | conformed | on the canvas | misfit, px | against the master | against 720x540 |")
    plain = rebuild("full", SHAPES[0])
    for stored in SHAPES:
        made = plain if stored == SHAPES[0] else rebuild("full", stored)
        layout = made.layout
        print(
            f"| {stored[0]}x{stored[1]} | {layout.dvd_size[0]}x{layout.dvd_size[1]} "
            f"| {layout.dvd.as_list()} | {layout.fit.max_misfit_px:.3f} "
            f"| {made.error:.2f} | {rms(made.bands, plain.bands):.2f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
