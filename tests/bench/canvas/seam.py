"""The seam on the real pairs: the step across it against the master's own, and pictures of it.

    python tests/bench/canvas/seam.py [--pictures FOLDER]

Step: mean of 8 rows below minus mean of 8 rows above the seam, after a Gaussian of 8 DVD px along
it; mean absolute difference from the same step in the master, 8-bit codes, both seams. Bicubic
bands with the fitted colour. "offset" adds 6 codes to the bands, as a bad colour fit would. "ideal"
is what a DVD without any fault would give: the master itself, averaged to the DVD's grid, 8-bit
4:2:0, then interpolated in the same way. 8 rows are two of the DVD's: detail that falls between
its px at the seam counts as a step.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.footage_pairs import NAMES, footage

from bench.colour.colour import layout_for, rgb, sited
from vsmeme import Layout, apply_colour, to_working
from vsmeme.bands.upscale_bands import upscale_fast
from vsmeme.canvas.composite import composite
from vsmeme.canvas.seam import Blend
from vsmeme.colour.prepare.fit_colours import measure_colour

core = vs.core
ROWS = 8
BLENDS: tuple[Blend, ...] = ("feather", "poisson")


def yuv(clip: vs.VideoNode, n: int) -> np.ndarray:
    frame = clip.get_frame(n)
    return np.stack([np.asarray(frame[p]) for p in range(3)]).astype(np.float32) / 256


def steps(picture: np.ndarray, layout: Layout) -> np.ndarray:
    """Planes x seams x columns."""
    found = []
    for y in (layout.wide.y, layout.wide.bottom):
        part = picture[:, :, max(0, layout.dvd.x) : layout.dvd.right]
        step = part[:, y : y + ROWS].mean(1) - part[:, y - ROWS : y].mean(1)
        found.append(cv2.GaussianBlur(step, (0, 0), sigmaX=8 * layout.scale, sigmaY=1e-3))
    return np.stack(found, axis=1)


def ideal(master: vs.VideoNode, layout: Layout) -> vs.VideoNode:
    """The master on the DVD's grid, area-averaged, 8-bit 4:2:0."""
    k, (w, h) = layout.scale, layout.dvd_size
    blank = core.std.BlankClip(master, width=w, height=h, keep=True)
    x, y = layout.dvd.x, layout.dvd.y

    def average(n: int, f: list[vs.VideoFrame]) -> vs.VideoFrame:
        out = f[0].copy()
        for plane in range(3):
            whole = np.asarray(f[1][plane]).astype(np.float32)
            above, below = max(0, -y), max(0, layout.dvd.bottom - whole.shape[0])
            whole = np.pad(whole, ((above, below), (0, 0)), mode="edge")
            part = whole[max(0, y) : max(0, y) + h * k, x : x + w * k]
            np.asarray(out[plane])[:] = np.rint(part.reshape(h, k, w, k).mean((1, 3)))
        return out

    small = core.std.ModifyFrame(blank, [blank, master], average)
    tags = {"_Matrix": 1, "_Primaries": 1, "_Transfer": 1, "_Range": 0}
    return core.resize.Bicubic(core.std.SetFrameProps(small, **tags), format=vs.YUV420P8)


def picture(ours: np.ndarray, master: np.ndarray, layout: Layout) -> np.ndarray:
    """Both seams at 1:1, ours above the master's."""
    parts = []
    for y in (layout.wide.y, layout.wide.bottom):
        for source in (ours, master):
            parts.append(source[:, max(0, y - 60) : y + 50, layout.dvd.x : layout.dvd.right])
    whole = np.concatenate(parts, axis=1).round().astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(whole[::-1], 0, -1))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--step", type=int, default=24)
    args = parser.parse_args(argv)
    kinds = ("", ", offset", ", ideal")
    print("| pair | " + " | ".join(f"{b}{k}" for k in kinds for b in BLENDS) + " |")
    for name in NAMES:
        pair = footage(name, step=args.step)
        layout = layout_for(
            pair.to_canvas, (pair.wide.width, pair.wide.height), pair.top, pair.dvd_size
        )
        dvd = sited(pair, layout)
        colours, shots = measure_colour(pair.wide, dvd, [layout], pair.shots)
        strips = apply_colour(upscale_fast(dvd, layout, overlap_px=16), colours, shots=shots)
        worse = core.akarin.Expr(strips, "x 1536 +")
        wide = to_working(pair.wide)
        row = []
        best = upscale_fast(ideal(pair.master, layout), layout, overlap_px=16)
        for source in (strips, worse, best):
            for blend in BLENDS:
                out = composite(wide, source, layout, blend=blend)
                errors = [
                    np.abs(steps(yuv(out, n), layout) - steps(yuv(pair.master, n), layout))
                    for n in range(wide.num_frames)
                ]
                row.append(np.mean(errors, axis=(0, 2, 3)))
        cells = " | ".join("/".join(f"{v:.2f}" for v in cell) for cell in row)
        print(f"| {name} | {cells} |", flush=True)
        if args.pictures:
            args.pictures.mkdir(parents=True, exist_ok=True)
            n = wide.num_frames // 2
            both = (next(rgb(c[n])) for c in (composite(wide, strips, layout), pair.master))
            cv2.imwrite(str(args.pictures / f"{name}.png"), picture(*both, layout))
    return 0


if __name__ == "__main__":
    sys.exit(main())
