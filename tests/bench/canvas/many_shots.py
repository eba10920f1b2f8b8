"""How long a graph of many shots takes to build, and what a frame of it costs.

    python tests/bench/canvas/many_shots.py [--size 1024x430] [--frames 60]

Made-up sources at the sizes of the small pair; 10 frames a shot; bicubic bands with fitted colour,
feather and membrane; one shot in 17 is not placed. With several layouts each has its own size,
place and conforming. Times are of the CPU: those on the clock say how busy the machine is.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from vsmeme import Colour, Layout, Rect, Shot, Shots, apply_colour
from vsmeme.bands.upscale_bands import fast_strips
from vsmeme.canvas.film_canvas import Sources, film_canvas, film_mask
from vsmeme.memory import limit_memory
from vsmeme.placement.layout import Fit
from vsmeme.placement.placed_runs import placed_runs
from vsmeme.sync.timeline import Pair, Timeline

core = vs.core
SCALE, FRAMES_A_SHOT, COLOURS = 4, 10, 50
CASES = ((1, 1), (1000, 1), (1000, 4), (1000, 20), (1000, 1000))


def layouts_of(count: int, wide: tuple[int, int], dvd: tuple[int, int]) -> list[Layout]:
    """The first layout is in the middle; the others lie elsewhere, and show less."""
    rng = random.Random(1)
    height = dvd[1] * SCALE
    home = Rect(x=0, y=(height - wide[1]) // 2, w=wide[0], h=wide[1])
    x = (wide[0] - dvd[0] * SCALE) // 2
    first = Layout(
        canvas=(wide[0], height),
        scale=SCALE,
        wide=home,
        wide_crop=Rect(x=0, y=0, w=wide[0], h=wide[1]),
        dvd=Rect(x=x, y=0, w=dvd[0] * SCALE, h=height),
        dvd_size=dvd,
        active=Rect(x=0, y=0, w=dvd[0], h=dvd[1]),
        centre_dvd=(dvd[0] / 2, dvd[1] / 2),
        fit=Fit(matrix=((SCALE, 0.0, x), (0.0, SCALE, 0.0))),
    )
    found = [first]
    for _ in range(count - 1):
        w, h = (side - 2 * rng.randrange(0, side // 16) for side in dvd)
        at = x + rng.randrange(-40, 40), rng.randrange(-30, 30)
        place = Rect(x=at[0], y=at[1], w=w * SCALE, h=h * SCALE)
        found.append(replace(first, dvd=place, dvd_size=(w, h)))
    return found


def clip_of(size: tuple[int, int], length: int, matrix: int) -> vs.VideoNode:
    """A picture that changes from frame to frame."""
    blank = core.std.BlankClip(
        format=vs.YUV420P8, width=size[0], height=size[1], length=length, keep=True
    )
    tags = {"_Matrix": matrix, "_Primaries": matrix, "_Transfer": matrix, "_ChromaLocation": 0}
    moving = core.akarin.Expr(blank, ["X Y + N + 200 % 16 +", "128"])
    return core.std.SetFrameProps(moving, **tags)


def measure(count: int, different: int, wide: tuple[int, int], frames: int) -> tuple[float, float]:
    """CPU seconds to build, and CPU milliseconds a frame."""
    dvd = (wide[0] * 3 // 4 // SCALE // 2 * 2, wide[0] * 9 // 16 // SCALE)
    layouts, total = layouts_of(different, wide, dvd), count * FRAMES_A_SHOT
    shots = Shots(
        shots=tuple(
            Shot(
                first=n * FRAMES_A_SHOT,
                last=(n + 1) * FRAMES_A_SHOT - 1,
                layout=n % different,
                colour=n % COLOURS,
                placed=n % 17 != 3,
            )
            for n in range(count)
        )
    )
    pairs = (Pair(wide=n, dvd=n, score=1.0, confident=True) for n in range(total))
    table = Timeline(pairs=tuple(pairs), fps=Fraction(24))
    active = Rect(x=0, y=0, w=wide[0], h=wide[1])
    both = Sources(film=clip_of(wide, total, 1), dvd=clip_of(dvd, total, 6), active=active)
    grade = partial(apply_colour, colours=[Colour.identity()] * COLOURS, shots=shots)
    start = time.process_time()
    runs = placed_runs(shots, layouts, table)
    made = film_canvas(both, runs, upscale=fast_strips, grade=grade, blend="poisson", width=16)
    film_mask(runs, like=both.film)
    built = time.process_time() - start
    shown = min(frames, total)
    start = time.process_time()
    for _ in made[:shown].frames(close=True):
        pass
    return built, 1000 * (time.process_time() - start) / shown


def main(argv: Sequence[str] | None = None) -> int:
    """Measure every case and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", default="1024x430", help="of the wide")
    parser.add_argument("--frames", type=int, default=60)
    options = parser.parse_args(argv)
    width, height = (int(side) for side in options.size.split("x"))
    limit_memory()
    sys.stdout.write("| shots | layouts | build, s CPU | a frame, ms CPU |\n|---|---|---|---|\n")
    for count, different in CASES:
        built, frame = measure(count, different, (width, height), options.frames)
        sys.stdout.write(f"| {count} | {different} | {built:.2f} | {frame:.1f} |\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
