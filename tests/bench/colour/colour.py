"""Colour of the bands: synthetic seeds against their truth, real pairs against two oracles.

    python tests/bench/colour/colour.py [--seeds 20] [--size everyday]

Low-pass error: mean absolute difference of bands and master after a Gaussian of 8 DVD px, RGB,
8-bit codes. Oracles: bicubic bands with the affine fit to the *master's* bands that is best for the
whole clip, once per channel, once with all nine channel mixes, and that again with the DVD's chroma
where the stream says it is. Ceiling: full cubics, shot by shot, fitted to the master's bands
themselves. PSNR: RGB, all bands of all frames.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.footage_pairs import NAMES, FootagePair, footage

from bench.placement.registration import knobs
from vsmeme import (
    Layout,
    Rect,
    Shot,
    Shots,
    apply_colour,
    to_working,
)
from vsmeme.bands.upscale_bands import upscale_fast
from vsmeme.canvas.composite import composite
from vsmeme.colour.prepare.chroma_siting import measure_siting
from vsmeme.colour.prepare.fit_colours import measure_colour
from vsmeme.demo import scene_files
from vsmeme.placement.plan_layout import plan_conform, plan_layout
from vsmeme.source.files import with_siting

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
    error = 0.0
    for rows in [slice(0, 3)] if mixed else [slice(c, c + 1) for c in range(3)]:
        a = np.concatenate([plain[rows], np.ones((1, plain.shape[1]))]).T
        k = np.linalg.lstsq(a, master[rows].T, rcond=None)[0]
        error += np.sum((a @ k - master[rows].T) ** 2) / master.size
    return float(10 * np.log10(255**2 / error))


def ceiling(plain: Sequence[np.ndarray], master: Sequence[np.ndarray], shots: Shots) -> float:
    """PSNR after the cubic polynomial, shot by shot, that fits the master itself best."""
    error, count = 0.0, 0
    for shot in shots.shots:
        frames = slice(shot.first, shot.last + 1)
        x, y = (np.concatenate(part[frames], axis=1) for part in (plain, master))
        r, g, b = x / 255 - 0.5
        powers = [(i, j, k) for i in range(4) for j in range(4 - i) for k in range(4 - i - j)]
        a = np.stack([r**i * g**j * b**k for i, j, k in powers])
        weights = np.linalg.solve(a @ a.T + 1e-9 * a.shape[1] * np.eye(len(a)), a @ y.T)
        error, count = error + float(np.sum((weights.T @ a - y) ** 2)), count + y.size
    return float(10 * np.log10(255**2 * count / error))


def sited(pair: FootagePair, layout: Layout) -> vs.VideoNode:
    """The DVD, read with the chroma siting that is measured."""
    wide = to_working(pair.wide)
    return with_siting(pair.dvd, measure_siting(wide, pair.dvd, [layout], pair.shots))


def real() -> None:
    rows = []
    for name in NAMES:
        pair = footage(name, step=6)
        layout = layout_for(
            pair.to_canvas, (pair.wide.width, pair.wide.height), pair.top, pair.dvd_size
        )
        dvd, wide = sited(pair, layout), to_working(pair.wide)
        colours, shots = measure_colour(pair.wide, dvd, [layout], pair.shots)
        strips = upscale_fast(dvd, layout, overlap_px=SEAM_PX)
        fitted = apply_colour(strips, colours, shots=shots)
        clips = [
            composite(
                wide,
                upscale_fast(pair.dvd, layout, overlap_px=SEAM_PX),
                layout,
                blend="feather",
            ),
            composite(wide, strips, layout, blend="feather"),
            composite(wide, fitted, layout, blend="feather"),
            composite(wide, fitted, layout, blend="poisson"),
            pair.master,
        ]
        frames = [[in_bands(f, layout).reshape(3, -1)[:, ::3] for f in rgb(c)] for c in clips]
        tagged, plain, *made, master = (np.concatenate(part, axis=1) for part in frames)
        score = [10 * np.log10(255**2 / np.mean((s - master) ** 2)) for s in (plain, *made)]
        score += [oracle(plain, master, mixed=mixed) for mixed in (False, True)]
        score += [oracle(tagged, master, mixed=True), ceiling(frames[1], frames[-1], pair.shots)]
        rows.append(score)
        print(f"| {name} | " + " | ".join(f"{v:.2f}" for v in score) + " |", flush=True)
    print("| mean | " + " | ".join(f"{v:.2f}" for v in np.mean(rows, 0)) + " |")


def main(argv: Sequence[str] | None = None) -> int:
    """Run both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="everyday")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=["synthetic", "real"])
    args = parser.parse_args(argv)
    if args.only in (None, "synthetic"):
        synthetic(args.seeds, args.size)
    if args.only in (None, "real"):
        print(
            "| pair | no fit | fit | fit, membrane | oracle a channel | oracle 3x4 "
            "| oracle 3x4, siting as tagged | ceiling |"
        )
        real()
    return 0


if __name__ == "__main__":
    sys.exit(main())
