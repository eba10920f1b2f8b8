"""Colour of the bands: synthetic seeds against their truth, real pairs against two oracles.

    python tests/bench/colour.py [--seeds 20] [--size everyday]

Low-pass error: mean absolute difference of bands and master after a Gaussian of 8 DVD px, RGB,
8-bit codes. Oracles: bicubic bands with the affine fit to the *master's* bands that is best for the
whole clip, once per channel, once with all nine channel mixes. PSNR: RGB, all bands of all frames.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench")]

import scene_files  # noqa: E402
from footage_pairs import NAMES, footage  # noqa: E402
from registration import knobs  # noqa: E402

from vsmeme import Layout, Rect, Shot, Shots, apply_colour, composite, to_working  # noqa: E402
from vsmeme.placement import plan_conform, plan_layout  # noqa: E402
from vsmeme.prepare.grade import measure_colour  # noqa: E402
from vsmeme.upscale import upscale_fast  # noqa: E402

core = vs.core
SEAM_PX = 16


def layout_for(matrix: np.ndarray, wide: tuple[int, int], top: int, dvd: tuple[int, int]) -> Layout:
    """Layout from a known map to the canvas."""
    (a, b, c), (d, e, f) = matrix[:2].tolist()
    to_wide = ((a, b, c), (d, e, f - top))
    conform = plan_conform(to_wide, active=Rect(x=0, y=0, w=dvd[0], h=dvd[1]))
    return plan_layout(to_wide, conform, wide_size=wide)


def rgb(clip: vs.VideoNode) -> Iterator[np.ndarray]:
    """Frames as 3 x h x w, codes 0..255."""
    full = core.resize.Bicubic(clip, format=vs.RGBS)
    for frame in full.frames(close=True):
        yield np.clip(np.stack([np.asarray(frame[p]) for p in range(3)]), 0, 1) * 255


def in_bands(picture: np.ndarray, layout: Layout) -> np.ndarray:
    parts = [picture[:, b.y : b.bottom, b.x : b.right] for b in layout.bands()]
    return np.concatenate(parts, axis=1)


def low_pass(picture: np.ndarray) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(p, (0, 0), 32) for p in picture])


def synthetic(seeds: int, size: str) -> None:
    results = []
    for seed in range(seeds):
        knob = knobs(300 + seed, size)
        scene = type(knob)(seed=seed, size=size, frames=24, cuts=(12,), grade=knob.grade,
                           dvd_noise=knob.dvd_noise, dvd_blur=knob.dvd_blur,
                           wide_noise=knob.wide_noise)  # fmt: skip
        wide, dvd, master = (scene_files.clip(scene, s) for s in ("wide", "dvd", "master"))
        layout = layout_for(
            scene.to_canvas, (wide.width, wide.height), scene.wide_rect[1], scene.dvd_stored
        )
        shots = Shots(shots=(Shot(first=0, last=11), Shot(first=12, last=23)))
        colours, numbered = measure_colour(wide, dvd, [layout], shots)
        strips = apply_colour(
            upscale_fast(dvd, layout, overlap_px=SEAM_PX), colours, shots=numbered
        )
        row = []
        for blend in ("feather", "poisson"):
            out = composite(to_working(wide), strips, layout, blend=blend, width=SEAM_PX)
            errors = []
            for n in (0, 11, 12, 23):
                got, want = (next(rgb(c[n])) for c in (out, to_working(master)))
                difference = in_bands(got, layout) - in_bands(want, layout)
                errors.append(np.abs(low_pass(difference)).mean())
            row.append(float(np.mean(errors)))
        results.append(row)
        print(f"seed {seed:2d} fit {row[0]:.3f}, with membrane {row[1]:.3f} codes", flush=True)
    worst, mean = np.max(results, 0), np.mean(results, 0)
    print(f"| {seeds} scenes | mean {mean[0]:.3f} max {worst[0]:.3f} | with membrane "
          f"mean {mean[1]:.3f} max {worst[1]:.3f} |")  # fmt: skip


def oracle(plain: np.ndarray, master: np.ndarray, *, mixed: bool) -> float:
    """PSNR after the affine fit to the master itself."""
    ones = np.ones((1, plain.shape[1]))
    if mixed:
        a = np.concatenate([plain, ones]).T
        k = np.linalg.lstsq(a, master.T, rcond=None)[0]
        error = np.mean((a @ k - master.T) ** 2)
    else:
        error = 0.0
        for c in range(3):
            a = np.concatenate([plain[c : c + 1], ones]).T
            k = np.linalg.lstsq(a, master[c], rcond=None)[0]
            error += np.mean((a @ k - master[c]) ** 2) / 3
    return float(10 * np.log10(255**2 / error))


def real() -> None:
    rows = []
    for name in NAMES:
        pair = footage(name, step=6)
        layout = layout_for(
            pair.to_canvas, (pair.wide.width, pair.wide.height), pair.top, pair.dvd_size
        )
        colours, shots = measure_colour(pair.wide, pair.dvd, [layout], pair.shots)
        strips = upscale_fast(pair.dvd, layout, overlap_px=SEAM_PX)
        wide = to_working(pair.wide)
        fitted = apply_colour(strips, colours, shots=shots)
        clips = [
            composite(wide, strips, layout, blend="feather"),
            composite(wide, fitted, layout, blend="feather"),
            composite(wide, fitted, layout, blend="poisson"),
            pair.master,
        ]
        stacks = [
            np.concatenate([in_bands(f, layout).reshape(3, -1)[:, ::3] for f in rgb(c)], axis=1)
            for c in clips
        ]
        plain, master = stacks[0], stacks[-1]
        score = [10 * np.log10(255**2 / np.mean((s - master) ** 2)) for s in stacks[:3]]
        score += [oracle(plain, master, mixed=mixed) for mixed in (False, True)]
        rows.append(score)
        print(f"| {name} | " + " | ".join(f"{v:.2f}" for v in score) + " |", flush=True)
    print("| mean | " + " | ".join(f"{v:.2f}" for v in np.mean(rows, 0)) + " |")


def main() -> int:
    """Run both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="everyday")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=["synthetic", "real"])
    args = parser.parse_args()
    if args.only in (None, "synthetic"):
        synthetic(args.seeds, args.size)
    if args.only in (None, "real"):
        print("| pair | no fit | fit | fit, membrane | oracle a channel | oracle 3x4 |")
        real()
    return 0


if __name__ == "__main__":
    sys.exit(main())
