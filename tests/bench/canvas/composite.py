"""Cost of the composite at 3840x2160, against merely converting and padding the wide.

    python tests/bench/canvas/composite.py [--frames 120]

Both graphs start from the same decoded 8-bit 4:2:0 pictures, kept in memory, and end in the 16-bit
working format. The composite has bicubic bands (no model), fitted colour, feather and membrane.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np
import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from vsmeme import (
    Colour,
    Rect,
    apply_colour,
    place,
    to_working,
)
from vsmeme.bands.upscale_bands import upscale_fast
from vsmeme.canvas.composite import composite
from vsmeme.host import peak_bytes
from vsmeme.memory import limit_memory
from vsmeme.placement.plan_layout import plan_conform, plan_layout

core = vs.core
HELD = 8
STARTS = count(0, 500)


def held(format_: vs.PresetVideoFormat, width: int, height: int, matrix: int) -> vs.VideoNode:
    """A few noisy frames that stay in memory, over and over."""
    rng = np.random.default_rng(width)
    blank = core.std.BlankClip(format=format_, width=width, height=height, length=HELD)
    made = []
    for _ in range(HELD):
        frame = blank.get_frame(0).copy()
        for plane in range(3):
            view = np.asarray(frame[plane])
            view[:] = rng.integers(30, 220, view.shape)
        made.append(frame)
    clip = core.std.ModifyFrame(blank, blank, lambda n, f: made[n % HELD])
    # looped here, so that nothing after the source is found in a cache
    clip = core.std.Loop(clip, 10_000)
    props = {"_Matrix": matrix, "_Transfer": matrix, "_Primaries": matrix, "_Range": 0}
    return core.std.SetFrameProps(clip, **props, _ChromaLocation=0)


def costs(clip: vs.VideoNode, frames: int) -> tuple[float, float]:
    """Seconds and CPU seconds a frame, after a few to warm up; frames not seen yet."""
    first = next(STARTS)
    for frame in clip[first : first + 8].frames(close=True):
        del frame
    wall, cpu = time.perf_counter(), time.process_time()
    for frame in clip[first + 8 : first + 8 + frames].frames(close=True):
        del frame
    return (time.perf_counter() - wall) / frames, (time.process_time() - cpu) / frames


def main(argv: Sequence[str] | None = None) -> int:
    """Time both graphs in turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--turns", type=int, default=5)
    args = parser.parse_args(argv)
    limit_memory()
    wide = held(vs.YUV420P8, 3840, 1610, 1)
    dvd = held(vs.YUV420P8, 720, 540, 6)
    matrix = ((4.0, 0.0, 480.0), (0.0, 4.0, -275.0))
    conform = plan_conform(matrix, active=Rect(x=0, y=0, w=720, h=540))
    layout = plan_layout(matrix, conform, wide_size=(3840, 1610))
    working = to_working(wide)
    strips = apply_colour(upscale_fast(dvd, layout, overlap_px=16), [Colour.identity()])
    graphs = {
        "convert and pad": place(working, layout.wide, canvas=layout.canvas),
        "feather": composite(working, strips, layout, blend="feather"),
        "poisson": composite(working, strips, layout, blend="poisson"),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in graphs}
    for _ in range(args.turns):
        for name, clip in graphs.items():
            taken[name].append(costs(clip, args.frames))
    base = np.median(taken["convert and pad"], axis=0)
    print("| graph | frames a second | of plain | CPU ms a frame | of plain |")
    print("|---|---|---|---|---|")
    for name, found in taken.items():
        wall, cpu = np.median(found, axis=0)
        speed = f"{1 / wall:.1f} | {base[0] / wall:.2f}"
        print(f"| {name} | {speed} | {1000 * cpu:.0f} | {cpu / base[1]:.2f} |")
    peak = peak_bytes() / 2**20
    print(f"peak memory {peak:.0f} MiB (cache limit {core.max_cache_size} MiB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
