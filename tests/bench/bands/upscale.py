"""Tables of the upscaler: quality on the real pairs, seams, cost.

uv run tests/bench/bands/upscale.py quality [--frames 16] [--models span x4plus …]
uv run tests/bench/bands/upscale.py seams
uv run tests/bench/bands/upscale.py cost [--models span animevideov3]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from bench.whole.pairs import NAMES, RealPair, full_size, open_pair
from vsmeme import Layout, Rect, apply_colour, upscale_bands, upscale_fast
from vsmeme.bands.prepare.trial_render import run_trial
from vsmeme.bands.strips import network_windows
from vsmeme.bands.upscale_plan import Plan
from vsmeme.colour.prepare.chroma_siting import measure_siting
from vsmeme.colour.prepare.fit_colours import measure_colour
from vsmeme.networks.backend import BACKENDS, infer
from vsmeme.networks.prepare.convert_models import bring
from vsmeme.networks.prepare.inspect_models import CODE
from vsmeme.networks.upscale import upscale
from vsmeme.source.files import with_siting
from vsmeme.source.formats import to_rgb, to_working

core = vs.core
MODELS = ("span", "animevideov3", "x4plus")
Pixels = NDArray[np.float64]


def quality(names: Sequence[str], *, frames: int) -> None:
    """Print PSNR (RGB, dB) and SSIM (luma) of the bands against the master."""
    ways = ["bicubic", *names]
    print("| pair | " + " | ".join(ways) + " |")
    print("|---" * (len(ways) + 1) + "|")
    scores = []
    for name in NAMES:
        pair = open_pair(name, frames=frames)
        siting = measure_siting(to_working(pair.wide), pair.dvd, [pair.layout], pair.shots)
        dvd = with_siting(pair.dvd, siting)
        colours, shots = measure_colour(pair.wide, dvd, [pair.layout], pair.shots)
        row = []
        for way in ways:
            strips = (
                upscale_fast(dvd, pair.layout)
                if way == "bicubic"
                else upscale_bands(dvd, pair.layout, bring(way))
            )
            row.append(_score(apply_colour(strips, colours, shots=shots), pair))
        scores.append(row)
        print(f"| {name} | " + " | ".join(f"{p:.2f} / {s:.4f}" for p, s in row) + " |", flush=True)
    mean = np.mean(scores, axis=0)
    print("| mean | " + " | ".join(f"{p:.2f} / {s:.4f}" for p, s in mean) + " |")


def _score(strips: vs.VideoNode, pair: RealPair) -> tuple[float, float]:
    truth = core.std.StackVertical([_cut(pair.master, band) for band in pair.layout.bands()])
    values = []
    for n in range(len(strips)):
        got, true = _rgb(strips, n), _rgb(truth, n)
        psnr = 10 * np.log10(1 / np.mean((got - true) ** 2))
        weights = np.array([0.2126, 0.7152, 0.0722])[:, None, None]
        luma = [(weights * each).sum(0) for each in (got, true)]
        ssim = structural_similarity(*luma, data_range=1.0, gaussian_weights=True, sigma=1.5)
        values.append((psnr, ssim))
    mean = np.mean(values, axis=0)
    return float(mean[0]), float(mean[1])


def _rgb(clip: vs.VideoNode, n: int) -> Pixels:
    return pixels(core.resize.Point(clip[n], format=vs.RGBS)).clip(0, 1)


def _cut(clip: vs.VideoNode, part: Rect) -> vs.VideoNode:
    return core.std.CropAbs(clip, part.w, part.h, part.x, part.y)


def pixels(clip: vs.VideoNode, n: int = 0) -> Pixels:
    """Return a frame as an array, planes first."""
    with clip.get_frame(n) as frame:
        return np.stack([np.array(frame[p], np.float64) for p in range(frame.format.num_planes)])


def seams(names: Sequence[str]) -> None:
    """Print the worst difference between tiled and untiled, ours and the plugin's tiler."""
    print("| model | radius | pair | tiles | ours, codes | plugin's tiler, overlap 8, codes |")
    print("|---|---|---|---|---|---|")
    for name in MODELS:
        model = bring(name)
        for pair in (open_pair(each, frames=1) for each in ("d1_tos", "d4_bunny")):
            clip = core.akarin.Expr(to_rgb(pair.dvd), "x 0 1 clamp")
            whole = pixels(upscale(clip, model, backend="ort-cpu"))
            sides = ((128, 128), (96, 80)) if model.radius < 40 else ((160, 144),)
            for side in sides:
                ours = pixels(upscale(clip, model, backend="ort-cpu", tile=side))
                theirs = core.ort.Model(
                    clip, str(model.path), overlap=[8, 8], tilesize=list(side), provider="CPU"
                )
                cells = " | ".join(
                    f"{np.abs(whole - each).max() / CODE:.4f}" for each in (ours, pixels(theirs))
                )
                print(
                    f"| {name} | {model.radius} | {pair.name} | {side[0]}x{side[1]} | {cells} |",
                    flush=True,
                )


def full_frame(layout: Layout) -> Layout:
    """Return a layout whose upper band is the whole DVD, for comparing costs."""
    sliver = Rect(x=0, y=layout.dvd.h - 1, w=layout.dvd.w, h=1)
    return replace(
        layout,
        canvas=(layout.dvd.w, layout.dvd.h),
        dvd=Rect(x=0, y=0, w=layout.dvd.w, h=layout.dvd.h),
        wide=sliver,
        wide_crop=sliver,
    )


def cost(names: Sequence[str]) -> None:
    """Print share, time and memory of the bands against the full frame, at full size.

    Both are timed in turns, on the wall and as CPU time of all threads: on a busy machine the first
    says more about the neighbours.
    """
    layout = full_size()
    full = full_frame(layout)
    print("| model | backend | share | wall | CPU | speed-up x share, wall / CPU | memory |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        model = bring(name)
        window = network_windows(layout, model, overlap_px=16)[0]
        share = 2 * window[0] * window[1] / (layout.dvd_size[0] * layout.dvd_size[1])
        for backend in ("ort-cpu", "ov-cpu"):
            plan = Plan(model=model, backend=backend)
            idle = run_trial(plan, full_size(dvd=(64, 48), band=8)).peak_bytes
            memory = [
                (run_trial(plan, each, overlap_px=16).peak_bytes - idle) / 1e6
                for each in (layout, full)
            ]
            bands = upscale_bands(flat_dvd(layout), layout, model, overlap_px=16, backend=backend)
            whole = upscale_bands(flat_dvd(full), full, model, backend=backend)
            wall, cpu = alternate(bands, whole, counts=(2, 1))
            print(
                f"| {name} | {backend} | {share:.1%} | {wall[0]:.2f} / {wall[1]:.2f} s"
                f" | {cpu[0]:.2f} / {cpu[1]:.2f} s"
                f" | {wall[1] / wall[0] * share:.2f} / {cpu[1] / cpu[0] * share:.2f}"
                f" | {memory[0]:.0f} / {memory[1]:.0f} MB |",
                flush=True,
            )


def speed(names: Sequence[str]) -> None:
    """Print seconds a frame of the whole graph against the plugin on bare strips."""
    layout = full_size()
    print("| model | backend | plugin / graph, wall | plugin / graph, CPU | ratio, wall / CPU |")
    print("|---|---|---|---|---|")
    for name in names:
        model = bring(name)
        window = network_windows(layout, model, overlap_px=16)[0]
        for where in ("ort-cpu", "ov-cpu"):
            bare = core.std.BlankClip(None, *window, vs.RGBS, length=1000, color=[0.4] * 3)
            plugin = infer([bare], BACKENDS[where], network=model.path)
            graph = upscale_bands(flat_dvd(layout), layout, model, overlap_px=16, backend=where)
            wall, cpu = alternate(plugin, graph, counts=(4, 2))
            wall, cpu = (wall[0] * 2, wall[1]), (cpu[0] * 2, cpu[1])  # two strips a frame
            print(
                f"| {name} | {where} | {wall[0]:.2f} / {wall[1]:.2f} s"
                f" | {cpu[0]:.2f} / {cpu[1]:.2f} s"
                f" | {wall[0] / wall[1]:.2f} / {cpu[0] / cpu[1]:.2f} |",
                flush=True,
            )


def flat_dvd(layout: Layout) -> vs.VideoNode:
    """Return a DVD of one colour."""
    flat = core.std.BlankClip(
        None, *layout.dvd_size, vs.YUV420P8, length=1000, color=[90, 120, 130]
    )
    return flat.std.SetFrameProps(_Matrix=6, _Primaries=6, _Transfer=6, _Range=0)


def alternate(
    one: vs.VideoNode, two: vs.VideoNode, *, counts: tuple[int, int], rounds: int = 5
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Time two clips in turns.

    Returns:
        Least wall seconds and median CPU seconds a frame, each of the first and the second.
    """
    times = []
    for n in range(rounds + 1):
        row = []
        for clip, count in zip((one, two), counts, strict=True):
            start = time.perf_counter(), time.process_time()
            for _ in clip[n * count : (n + 1) * count].frames(close=True):
                pass
            row.append(
                ((time.perf_counter() - start[0]) / count, (time.process_time() - start[1]) / count)
            )
        times.append(row)
    values = np.array(times[1:])  # the first round warms up
    wall, cpu = values[..., 0].min(0), np.median(values[..., 1], axis=0)
    return (float(wall[0]), float(wall[1])), (float(cpu[0]), float(cpu[1]))


def agree(names: Sequence[str]) -> None:
    """Print the worst difference between ONNX Runtime and OpenVINO on real frames."""
    for name in names:
        worst = 0.0
        for pair in (open_pair(each, frames=2) for each in NAMES):
            clip = to_rgb(pair.dvd)
            for n in range(2):
                one, two = (
                    pixels(upscale(clip, bring(name), backend=where), n)
                    for where in ("ort-cpu", "ov-cpu")
                )
                worst = max(worst, float(np.abs(one - two).max()))
        print(f"| {name} | {worst:.1e} |", flush=True)


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=("quality", "seams", "cost", "speed", "agree"))
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    arguments = parser.parse_args()
    core.max_cache_size = 1000
    tables: dict[str, Callable[[], None]] = {
        "quality": lambda: quality(arguments.models, frames=arguments.frames),
        "seams": lambda: seams(arguments.models),
        "cost": lambda: cost(arguments.models),
        "speed": lambda: speed(arguments.models),
        "agree": lambda: agree(arguments.models),
    }
    tables[arguments.table]()


if __name__ == "__main__":
    main()
