"""Tables of the learned upscaler on the real pairs, with their true geometry and time.

uv run tests/bench/learn.py quality  [--pairs d1_tos …] [--frames 12] [--pictures FOLDER]
uv run tests/bench/learn.py shift    placed a quarter DVD px beside where it belongs, both ways
uv run tests/bench/learn.py shot     fitted without the shot that is measured
uv run tests/bench/learn.py flicker  change from frame to frame where the master is still
uv run tests/bench/learn.py cost     seconds a frame beside SPAN on the same strips
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import vapoursynth as vs
from pairs import FOOTAGE, NAMES, _layout, full_size
from skimage.metrics import structural_similarity

from vsmeme import Pair, Shot, Shots, Timeline, apply_colour, apply_match, open_video
from vsmeme.model import Model
from vsmeme.prepare.grade import measure_colour
from vsmeme.prepare.learn import Film, Source, gather, spread
from vsmeme.prepare.learn_choose import fit, refit, write
from vsmeme.prepare.learn_fit import Measured, Normal, sound_frames
from vsmeme.prepare.learn_graph import Inputs
from vsmeme.prepare.models import bring
from vsmeme.source import to_working
from vsmeme.upscale import upscale_bands, upscale_fast

core = vs.core
KR = np.array([0.2126, 0.7152, 0.0722])
Pixels = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A real pair, every frame, matched by its truth; master is cut to the canvas."""

    name: str
    source: Source
    master: vs.VideoNode
    exact: tuple[int, ...]
    shots: Shots

    @property
    def film(self) -> Film:
        return Film(sources=(self.source,), frames=(self.exact,), shots=self.shots)


def open_truth(name: str, *, beside_px: int = 0) -> Truth:
    """Open a pair; ``beside_px`` places its DVD that many canvas px off, both ways."""
    folder = FOOTAGE / name
    truth: dict[str, Any] = json.loads((folder / "ground_truth.json").read_text())
    near = {wide: dvd for wide, dvd, _ in truth["no_exact_pair_nearest"]}
    pairs, reached = [], 0
    for wide, dvd, _ in truth["pairs"]:
        reached = max(reached, near.get(wide, reached) if dvd is None else dvd)
        pairs.append(Pair(wide=wide, dvd=reached, score=1.0, confident=dvd is not None))
    table = Timeline(pairs=tuple(pairs), fps=Fraction(24000, 1001))
    dvd = apply_match(open_video(folder / truth["dvd"]["file"], role="dvd"), table, side="dvd")
    wide = to_working(open_video(folder / truth["widescreen"]["file"], role="wide"))
    wide = apply_match(wide, table, side="wide")
    layout = _layout(truth)
    layout = replace(layout, dvd=layout.dvd.shifted(beside_px, beside_px))
    cuts = {*truth["cuts"], *truth["cuts_detected_in_source"], 0} - {len(pairs)}
    starts = sorted(cuts)
    ends = [*(n - 1 for n in starts[1:]), len(pairs) - 1]
    shots = Shots(shots=tuple(Shot(first=a, last=b) for a, b in zip(starts, ends, strict=True)))
    colours, shots = measure_colour(wide, dvd, [layout], shots)
    x, y, w, h = truth["master"]["canvas_in_master"]
    numbers = [master for _, _, master in truth["pairs"]]
    master = open_video(folder / truth["master"]["file"], role="wide")
    master = master[numbers[0] :][: len(numbers)].resize.Bicubic(format=vs.YUV444P16)
    return Truth(
        name=name,
        source=Source(
            wide=wide,
            dvd=dvd,
            layout=layout,
            grade=lambda clip: apply_colour(clip, colours, shots=shots),
        ),
        master=core.std.CropAbs(master, w, h, x, y),
        exact=tuple(pair.wide for pair in table.pairs if pair.confident),
        shots=shots,
    )


def strips(truth: Truth, model: Model | None) -> vs.VideoNode:
    source = truth.source
    if model is None:
        return source.grade(upscale_fast(source.dvd, source.layout))
    return source.grade(upscale_bands(source.dvd, source.layout, model))


def rgb(clip: vs.VideoNode, n: int) -> Pixels:
    with core.resize.Point(clip, format=vs.RGBS).get_frame(n) as frame:
        return np.stack([np.asarray(frame[p]) for p in range(3)]).astype(np.float64).clip(0, 1)


def true_bands(truth: Truth) -> vs.VideoNode:
    bands = truth.source.layout.bands()
    return core.std.StackVertical(
        [core.std.CropAbs(truth.master, b.w, b.h, b.x, b.y) for b in bands]
    )


def score(got: Sequence[Pixels], true: Sequence[Pixels]) -> tuple[float, float, float]:
    """PSNR of RGB and of luma over all frames, and SSIM of luma."""
    rgb_error, luma_error, likeness = [], [], []
    for a, b in zip(got, true, strict=True):
        luma = [np.tensordot(KR, each, 1) for each in (a, b)]
        rgb_error.append(((a - b) ** 2).mean())
        luma_error.append(((luma[0] - luma[1]) ** 2).mean())
        likeness.append(
            structural_similarity(*luma, data_range=1.0, gaussian_weights=True, sigma=1.5)
        )
    psnr = [float(-10 * np.log10(np.mean(each))) for each in (rgb_error, luma_error)]
    return psnr[0], psnr[1], float(np.mean(likeness))


def oracle(got: Sequence[Pixels], true: Sequence[Pixels], *, mixed: bool = True) -> list[Pixels]:
    """Fit interpolation to the master by one affine map of RGB, 3 x 4 numbers or 2 a channel."""
    if not mixed:
        alone = [
            oracle([g[k : k + 1] for g in got], [t[k : k + 1] for t in true]) for k in range(3)
        ]
        return [np.concatenate(each) for each in zip(*alone, strict=True)]
    x = np.concatenate([each.reshape(len(each), -1) for each in got], 1)
    x = np.concatenate([x, np.ones((1, x.shape[1]))])
    y = np.concatenate([each.reshape(len(each), -1) for each in true], 1)
    matrix = np.linalg.lstsq(x.T, y.T, rcond=None)[0].T
    return [np.tensordot(matrix[:, :-1], each, 1) + matrix[:, -1, None, None] for each in got]


def learn_on(
    truth: Truth, frames: Sequence[int], network: Model | None
) -> tuple[list[Measured], Inputs]:
    film = replace(truth.film, frames=(tuple(frames),))
    measured, inputs = gather(film, network)
    return list(sound_frames(measured)), inputs


def fitted(
    measured: Sequence[Measured], inputs: Inputs, part: Inputs, path: Path, network: Model
) -> Model:
    """Fit some ingredients as `vsmeme.prepare.learn` does, without choosing among them."""
    inner = Normal.total(m.inner for m in measured)
    outer = Normal.total(m.outer for m in measured)
    whole = refit(Normal.total([inner, outer]), fit(inner, outer, inputs, part))
    return write(whole, inputs, path, network=network)


def parts(inputs: Inputs) -> dict[str, Inputs]:
    alone = replace(inputs, reach=0, network=None, deep=0)
    return {
        "filters": alone,
        "+ neighbours": replace(alone, reach=inputs.reach),
        "+ SPAN's features": inputs,
    }


def split(truth: Truth, count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Frames to measure, and the others."""
    tested = spread(truth.exact, count)
    return tested, tuple(n for n in truth.exact if n not in tested)


def quality(names: Sequence[str], frames: int, pictures: Path | None) -> None:
    rows: list[list[tuple[float, float, float]]] = []
    for name in names:
        truth = open_truth(name)
        tested, others = split(truth, frames)
        bands = true_bands(truth)
        true = [rgb(bands, n) for n in tested]
        network = bring("span")
        start = time.perf_counter()
        measured, inputs = learn_on(truth, others, network)
        seconds = time.perf_counter() - start
        ways: dict[str, Model | None] = {
            "bicubic": None,
            "SPAN": network,
            "animevideov3": bring("animevideov3"),
        }
        with tempfile.TemporaryDirectory() as folder:
            for number, (label, part) in enumerate(parts(inputs).items()):
                path = Path(folder) / f"{number}.onnx"
                ways[label] = fitted(measured, inputs, part, path, network)
            got = {
                label: [rgb(clip, n) for n in tested]
                for label, clip in ((label, strips(truth, m)) for label, m in ways.items())
            }
        plain = oracle(got["bicubic"], true, mixed=False)
        found = {"oracle, by channel": score(plain, true)}
        found["oracle, 3x4"] = score(oracle(got["bicubic"], true), true)
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


def shift(names: Sequence[str], frames: int) -> None:
    print("| pair | learned | a quarter DVD px beside | bicubic | a quarter beside |")
    print("|---|---|---|---|---|")
    for name in names:
        row = []
        for amount in (0, 1):
            truth = open_truth(name, beside_px=amount)
            tested, others = split(truth, frames)
            network = bring("span")
            measured, inputs = learn_on(truth, others, network)
            true = [rgb(true_bands(truth), n) for n in tested]
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "a.onnx"
                model = fitted(measured, inputs, inputs, path, network)
                for each in (model, None):
                    clip = strips(truth, each)
                    row.append(score([rgb(clip, n) for n in tested], true)[1])
        print(f"| {name} | {row[0]:.2f} | {row[2]:.2f} | {row[1]:.2f} | {row[3]:.2f} |", flush=True)


def shot(names: Sequence[str], frames: int) -> None:
    print("| pair | shot | frames | gain, fitted on all | gain, fitted on the others |")
    print("|---|---|---|---|---|")
    for name in names:
        truth = open_truth(name)
        if len(truth.shots) < 2:
            continue
        network = bring("span")
        tested, others = split(truth, 3 * frames)
        measured, inputs = learn_on(truth, others, network)
        bands = true_bands(truth)
        for number in range(len(truth.shots)):
            own = [n for n in tested if truth.shots.index(n) == number]
            rest = [m for m in measured if truth.shots.index(m.frame) != number]
            if len(own) < 2:
                continue
            true = [rgb(bands, n) for n in own]
            gains = []
            with tempfile.TemporaryDirectory() as folder:
                for k, some in enumerate((None, measured, rest)):
                    path = Path(folder) / f"{k}.onnx"
                    model = some and fitted(some, inputs, inputs, path, network)
                    clip = strips(truth, model or None)
                    gains.append(score([rgb(clip, n) for n in own], true)[1])
            print(
                f"| {name} | {number} | {len(own)} | {gains[1] - gains[0]:+.2f} "
                f"| {gains[2] - gains[0]:+.2f} |",
                flush=True,
            )


def flicker(names: Sequence[str], frames: int) -> None:
    print("| pair | still px | master | bicubic | SPAN | learned |")
    print("|---|---|---|---|---|---|")
    for name in names:
        truth = open_truth(name)
        network = bring("span")
        measured, inputs = learn_on(truth, truth.exact, network)
        bands = true_bands(truth)
        with tempfile.TemporaryDirectory() as folder:
            model = fitted(measured, inputs, inputs, Path(folder) / "a.onnx", network)
            clips = [bands, *(strips(truth, each) for each in (None, network, model))]
            changes, still = [], []
            for n in spread(truth.exact[:-1], frames):
                pairs = [[np.tensordot(KR, rgb(c, k), 1) for k in (n, n + 1)] for c in clips]
                calm = cv2.blur(np.abs(pairs[0][1] - pairs[0][0]), (9, 9)) < 0.5 / 255
                if calm.mean() > 0.02:
                    changes.append([((b - a)[calm] ** 2).mean() for a, b in pairs])
                    still.append(calm.mean())
        if not changes:
            print(f"| {name} | none |")
            continue
        rms = 255 * np.sqrt(np.mean(changes, 0))
        print(f"| {name} | {np.mean(still):.0%} | " + " | ".join(f"{r:.2f}" for r in rms) + " |")


def cost(names: Sequence[str], frames: int) -> None:
    """Time whole strips, at the pairs' size and at 720x540."""
    print("| DVD | way | ms a frame | of SPAN |")
    print("|---|---|---|---|")
    truth = open_truth(names[0])
    network = bring("span")
    measured, inputs = learn_on(truth, truth.exact[:: len(truth.exact) // 10], network)
    with tempfile.TemporaryDirectory() as folder:
        ways = {"SPAN": network}
        for number, (label, part) in enumerate(parts(inputs).items()):
            path = Path(folder) / f"{number}.onnx"
            ways[label] = fitted(measured, inputs, part, path, network)
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
