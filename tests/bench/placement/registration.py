"""Accuracy and speed of the registration.

    python tests/bench/placement/registration.py [--size full] [--seeds 20]

Synthetic pairs with random grade, blur, noise, JPEG, geometry (DVD shapes, odd scales, offsets,
rotation), the real pairs of ../shared/footage, unrelated pairs, and shots re-framed by one px.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# many small matrix products, as in scripts/match.py: more threads would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.footage_pairs import NAMES, footage
from scenes.placed_pairs import fitted, layout_of, placed

from vsmeme.demo.scene import SIZES, Grade, Scene
from vsmeme.demo.scene_files import luma
from vsmeme.placement.prepare.registration import as_tuple
from vsmeme.placement.prepare.shot_groups import group_shots

FRAMES = 8
SHAPES = ((1.0, 1.0), (1.0, 480 / 540), (1.0, 576 / 540), (640 / 720, 480 / 540))


def knobs(seed: int, size: str) -> Scene:
    """A scene whose DVD differs in every respect that real ones do."""
    rng = np.random.default_rng(seed)
    (cw, ch), _, (w, h) = SIZES[size]
    fx, fy = SHAPES[seed % len(SHAPES)]
    stored = round(w * fx), round(h * fy)
    scale = np.array([0.75 * cw / stored[0], ch / stored[1]])
    if seed % 3 == 1:
        scale = scale * rng.uniform(0.985, 1.0)
    if seed % 3 == 2:
        scale = scale * rng.uniform(0.99, 1.0, 2)
    grade = Grade(
        gain=tuple(rng.uniform(0.8, 1.0, 3)),
        lift=tuple(rng.uniform(0, 14, 3)),
        gamma=float(rng.uniform(0.85, 1.15)),
        saturation=float(rng.uniform(0.7, 1.1)),
    )
    return Scene(
        seed=seed,
        size=size,
        frames=64,
        cuts=(20, 41),
        pan=(float(rng.uniform(-1, 1)), 0.0),
        dvd_size=stored,
        dvd_scale=(float(scale[0]), float(scale[1])),
        dvd_offset=(float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1))),
        dvd_turn=float(rng.uniform(-0.05, 0.05)) if seed % 4 == 3 else 0.0,
        grade=grade,
        wide_noise=float(rng.uniform(0, 1.5)),
        dvd_noise=float(rng.uniform(0, 3)),
        dvd_blur=float(rng.uniform(0, 0.7)),
        dvd_jpeg=int(rng.integers(75, 96)),
    )


def errors(found: np.ndarray, truth: np.ndarray, size: tuple[int, int], wide_h: int) -> np.ndarray:
    """Distances in DVD px on a grid over the overlap."""
    w, h = size
    u, v = np.meshgrid(np.linspace(0, w, 41), np.linspace(0, h, 41))
    points = np.stack([u.ravel(), v.ravel(), np.ones(u.size)])
    y = (truth @ points)[1]
    points = points[:, (y >= 0) & (y <= wide_h)]
    return np.hypot(*np.linalg.solve(truth[:, :2], (found - truth) @ points))


def scene_pairs(scene: Scene) -> list[tuple[np.ndarray, np.ndarray]]:
    picks = np.linspace(1, scene.frames - 2, FRAMES).round().astype(int)
    return [
        (
            np.round(luma(scene.wide(int(m)), "709")).astype(np.uint8),
            np.round(luma(scene.dvd(int(m)), "601")).astype(np.uint8),
        )
        for m in picks
    ]


def synthetic(seeds: int, size: str) -> None:
    rows = []
    for seed in range(seeds):
        scene = knobs(seed, size)
        pairs = scene_pairs(scene)
        truth = scene.to_canvas[:2].copy()
        truth[1, 2] -= scene.wide_rect[1]
        aspect = truth[0, 0] / truth[1, 1] if seed % 5 else 1.0
        started, cpu = time.perf_counter(), time.process_time()
        fit = fitted(pairs, aspect=aspect)
        spent, cpu = time.perf_counter() - started, time.process_time() - cpu
        distance = errors(fit.matrix, truth, scene.dvd_stored, scene.wide_rect[3])
        scale = np.hypot(*fit.matrix[:, :2]) / np.hypot(*truth[:, :2]) - 1
        rows.append((distance.mean(), distance.max(), np.abs(scale).max(), spent, cpu))
        print(
            f"seed {seed:2d} {scene.dvd_stored} {fit.model.name:9s} mean {rows[-1][0]:.4f} "
            f"max {rows[-1][1]:.4f} DVD px, scale {rows[-1][2]:.1e}, {spent:.2f} s "
            f"({cpu:.2f} of CPU)",
            flush=True,
        )
    worst = np.array(rows).max(0)
    mean = np.array(rows).mean(0)
    print(f"| {seeds} scenes, {size} | {mean[0]:.4f} | {worst[0]:.4f} | {worst[1]:.4f} | "
          f"{worst[2]:.1e} | {mean[3]:.2f} s | {mean[4]:.2f} s of CPU |")  # fmt: skip


def real() -> None:
    for name in NAMES:
        pair = footage(name)
        pairs = pair.luma(FRAMES)
        started = time.perf_counter()
        layout = layout_of(pairs)
        spent = time.perf_counter() - started
        found = np.array(layout.fit.matrix)
        truth = pair.to_canvas + np.array([[0, 0, 0], [0, 0, layout.wide.y - pair.top]])
        width, height = pair.dvd_size
        corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]).T
        worst = np.hypot(*np.linalg.solve(truth[:, :2], (found - truth) @ corners)).max()
        print(f"| {name} | {worst:.4f} | {layout.dvd.as_list()} | "
              f"{layout.fit.correlation:.3f} | {spent:.2f} s |", flush=True)  # fmt: skip


def unrelated(count: int) -> None:
    refused, highest = 0, 0.0
    scenes = [knobs(100 + i, "everyday") for i in range(count)]
    for a, b in zip(scenes, scenes[1:] + scenes[:1], strict=True):
        pairs = list(zip((w for w, _ in scene_pairs(a)), (d for _, d in scene_pairs(b)),
                         strict=True))  # fmt: skip
        found = placed(pairs)
        refused += not group_shots([found], aspect=1.0)[0]
        highest = max(highest, found.correlation)
    print(f"| unrelated scenes refused | {refused} of {count}, highest correlation {highest:.2f} |")


def grouped(pairs: Sequence[tuple[np.ndarray, np.ndarray]], shots: Sequence[int]) -> list[set[int]]:
    """Place every shot from the whole film's map; returns which of them lie alike."""
    start = as_tuple(fitted(pairs).matrix)
    each = [
        placed([p for p, s in zip(pairs, shots, strict=True) if s == n], start=start, shot=n)
        for n in sorted(set(shots))
    ]
    groups, _ = group_shots(each, aspect=1.0)
    return [{member.shot for member in group.members} for group in groups]


def reframed(count: int) -> None:
    """One of five shots moved by one canvas px; then 1,000 frames of shots that are not moved."""
    found, alarms, frames = 0, 0, 0
    for seed in range(count):
        scene = knobs(200 + seed, "everyday")
        rng = np.random.default_rng(seed)
        step = [(1, 0), (-1, 0), (0, 1), (0, -1)][seed % 4]
        moved = int(rng.integers(0, 5))
        pairs, shots, still = [], [], []
        for shot in range(5):
            for k in range(2):
                m = shot * 12 + 3 + 5 * k
                wide, dvd = (np.asarray(p) for p in (scene.wide(m), scene.dvd(m)))
                pair = [np.round(luma(wide, "709")).astype(np.uint8),
                        np.round(luma(dvd, "601")).astype(np.uint8)]  # fmt: skip
                still.append(tuple(pair))
                if shot == moved:
                    # the wide's own framing moves: exact to the px
                    pair[0] = np.roll(pair[0], step, axis=(1, 0))
                pairs.append(tuple(pair))
                shots.append(shot)
        found += grouped(pairs, shots) == [set(range(5)) - {moved}, {moved}]
        alarms += len(grouped(still, shots)) - 1
        frames += len(still)
    print(f"| re-framed by 1 px | found {found} of {count} |")
    for name in NAMES:
        pair = footage(name)
        pairs = pair.luma(180)
        shots = [i // 4 for i in range(len(pairs))]
        alarms += len(grouped(pairs, shots)) - 1
        frames += len(pairs)
    print(f"| false alarms | {alarms} in {frames} frames |")


def main(argv: Sequence[str] | None = None) -> int:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=list(SIZES), default="full")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=["synthetic", "real", "unrelated", "reframed"])
    args = parser.parse_args(argv)
    cv2.setNumThreads(2)
    if args.only in (None, "real"):
        real()
    if args.only in (None, "unrelated"):
        unrelated(args.seeds)
    if args.only in (None, "reframed"):
        reframed(args.seeds)
    if args.only in (None, "synthetic"):
        synthetic(args.seeds, args.size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
