"""Tables of the learned upscaler on the real pairs, with their true geometry and time.

uv run tests/bench/bands/learn.py quality  [--pairs d1_tos …] [--frames 12] [--pictures FOLDER]
uv run tests/bench/bands/learn.py shift    placed a quarter DVD px aside, both ways
uv run tests/bench/bands/learn.py shot     fitted without the shot that is measured
uv run tests/bench/bands/learn.py flicker  change from frame to frame where the master is still
uv run tests/bench/bands/learn.py cost     seconds a frame beside SPAN on the same strips
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs

from bench.bands.learn_robust import flicker, shift, shot
from bench.bands.learn_truth import (
    Pixels,
    Truth,
    fitted,
    learn_on,
    open_truth,
    oracle,
    parts,
    rgb,
    score,
    split,
    strips,
    true_bands,
    unfitted,
)
from bench.whole.pairs import NAMES, full_size
from vsmeme.bands.upscale_bands import upscale_bands
from vsmeme.networks.model import Model
from vsmeme.networks.prepare.convert_models import bring

core = vs.core


def quality(names: Sequence[str], frames: int, pictures: Path | None) -> None:
    rows: list[list[tuple[float, float, float]]] = []
    for name in names:
        truth = open_truth(name)
        tested, others = split(truth, frames)
        bands = true_bands(truth)
        true = [rgb(bands, n) for n in tested]
        start = time.perf_counter()
        lesson = learn_on(truth, others)
        seconds = time.perf_counter() - start
        ways: dict[str, Model | None] = {
            "bicubic": None,
            "SPAN": lesson.network,
            "animevideov3": bring("animevideov3"),
        }
        with tempfile.TemporaryDirectory() as folder:
            for number, (label, part) in enumerate(parts(lesson.inputs).items()):
                path = Path(folder) / f"{number}.onnx"
                ways[label] = fitted(lesson, part, path)
            got = {
                label: [rgb(clip, n) for n in tested]
                for label, clip in ((label, strips(truth, m)) for label, m in ways.items())
            }
        raw = unfitted(truth)
        plain = [rgb(raw, n) for n in tested]
        found = {
            f"oracle, {label}": score(oracle(plain, true, mixed=mixed), true)
            for label, mixed in (("by channel", False), ("3x4", True))
        }
        found |= {label: score(each, true) for label, each in got.items()}
        if not rows:
            print("| pair | " + " | ".join(found) + " | fit |")
            print("|---" * (len(found) + 2) + "|")
        rows.append(list(found.values()))
        print(
            f"| {name} | "
            + " | ".join(f"{r:.2f} / {y:.2f} / {s:.4f}" for r, y, s in found.values())
            + f" | {seconds:.0f} s |",
            flush=True,
        )
        if pictures:
            save(pictures, truth, tested, {**got, "master": true})
    mean = np.mean(rows, axis=0)
    print("| mean | " + " | ".join(f"{r:.2f} / {y:.2f} / {s:.4f}" for r, y, s in mean) + " | |")
    above(list(found), np.array(rows)[..., 0])


def above(labels: Sequence[str], rgb_db: Pixels) -> None:
    """Print what each way has over the oracles in RGB, from the worst pair to the best."""
    print("| dB of RGB | over the oracle by channel, least to most, mean | over 3x4 |")
    print("|---|---|---|")
    for k, label in enumerate(labels[2:], 2):
        cells = []
        for oracle_at in (0, 1):
            gain = rgb_db[:, k] - rgb_db[:, oracle_at]
            cells.append(f"{gain.min():+.2f} to {gain.max():+.2f}, {gain.mean():+.2f}")
        print(f"| {label} | " + " | ".join(cells) + " |")


def save(
    folder: Path, truth: Truth, frames: Sequence[int], ways: dict[str, Sequence[Pixels]]
) -> None:
    """Write the bands one below the other, 1:1, a file a way and frame."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(0, len(frames), max(1, len(frames) // 3)):
        for label, found in ways.items():
            picture = (found[k].transpose(1, 2, 0)[..., ::-1] * 255).round().astype(np.uint8)
            file = f"{truth.name}-{frames[k]:04d}-{label.strip('+ ').replace(' ', '-')}.png"
            cv2.imwrite(str(folder / file), picture)


def cost(names: Sequence[str], frames: int) -> None:
    """Time whole strips, at the pairs' size and at 720x540."""
    print("| DVD | way | ms a frame | of SPAN |")
    print("|---|---|---|---|")
    truth = open_truth(names[0])
    lesson = learn_on(truth, truth.exact[:: len(truth.exact) // 10])
    with tempfile.TemporaryDirectory() as folder:
        ways = {"SPAN": lesson.network}
        for number, (label, part) in enumerate(parts(lesson.inputs).items()):
            path = Path(folder) / f"{number}.onnx"
            ways[label] = fitted(lesson, part, path)
        for layout in (truth.source.layout, full_size()):
            dvd = core.resize.Bicubic(truth.source.dvd, *layout.dvd_size)
            clips = {label: upscale_bands(dvd, layout, m) for label, m in ways.items()}
            taken: dict[str, list[float]] = {label: [] for label in ways}
            for n in range(frames):
                for label, clip in clips.items():
                    start = time.perf_counter()
                    clip.get_frame(n).close()
                    taken[label].append(time.perf_counter() - start)
            for label, values in taken.items():
                ratio = np.median(values) / np.median(taken["SPAN"])
                size = "{}x{}".format(*layout.dvd_size)
                print(f"| {size} | {label} | {1000 * np.median(values):.0f} | {ratio:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tables: dict[str, Callable[[Sequence[str], int], None]] = {
        "shift": shift,
        "shot": shot,
        "flicker": flicker,
        "cost": cost,
    }
    parser.add_argument("table", choices=["quality", *tables])
    parser.add_argument("--pairs", nargs="+", default=list(NAMES))
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    if arguments.table == "quality":
        quality(arguments.pairs, arguments.frames, arguments.pictures)
    else:
        tables[arguments.table](arguments.pairs, arguments.frames)


if __name__ == "__main__":
    main()
