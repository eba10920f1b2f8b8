"""What `make` costs against the film's length: a line for every step, and how far it is off.

    uv run tests/bench/whole/make_length.py FOLDER [--seconds 2 10 60]

The film is drawn (512x288 canvas, photographs, a moving camera, 24 frames a second, a shot every
two seconds, its subject painted in each). Each step runs alone and from nothing. A step's line goes
through its CPU seconds with the least squares.
"""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bench.whole.make_times import STEPS, run
from vsmeme.demo.scene import Grade, Scene
from vsmeme.demo.scene_face import write_face_picture
from vsmeme.demo.scene_project import PROMPTS, write_film

FPS, SHOT = 24, 48


def film(folder: Path, frames: int) -> Path:
    """Write a pair with its settings; returns the meme.toml."""
    scene = Scene(
        size="small", art="photo", frames=frames, fps=Fraction(FPS), pan=(1.2, 0.2),
        cuts=tuple(range(SHOT, frames, SHOT)), grade=Grade(), wide_noise=1.5, dvd_noise=1.2,
    )  # fmt: skip
    folder.mkdir(parents=True)
    prompts = []
    for frame in range(0, frames, SHOT):
        painted, face = folder / f"{frame}.png", list(scene.face_box(frame))
        write_face_picture(str(painted), scene.mask(frame))
        prompts.append(PROMPTS.format(frame=frame, painted=painted.name, face=face))
    return write_film(scene, folder, settings="".join(prompts), prompts=False)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=int, nargs="+", default=[2, 10, 60])
    args = parser.parse_args()
    lengths = [FPS * seconds for seconds in args.seconds]
    cpu: dict[str, list[float]] = {step: [] for step in STEPS}
    peaks: dict[str, list[float]] = {step: [] for step in STEPS}
    for frames in lengths:
        file = film(args.folder.resolve() / str(frames), frames)
        for step in STEPS:
            spent, _ = run(step, file)
            cpu[step].append(spent.cpu)
            peaks[step].append(spent.peak)
            print(f"{frames} frames, {step}: {spent.cpu:.1f} s, {spent.peak:.0f} MiB", flush=True)
    cpu["all"] = np.sum([cpu[step] for step in STEPS], axis=0).tolist()
    names = " | ".join(f"{seconds} s" for seconds in args.seconds)
    print(f"| step | CPU s: {names} | a frame, ms | start, s | off the line | MiB: {names} |")
    print("|" + "---|" * (4 + 2 * len(lengths)))
    for step, spent in cpu.items():
        slope, start = np.polyfit(lengths, spent, 1)
        off = max(abs(np.polyval((slope, start), lengths) / spent - 1.0))
        cells = [f"{each:.1f}" for each in spent]
        cells += [f"{1000 * slope:.1f}", f"{start:.1f}", f"{100 * off:.1f} %"]
        cells += [f"{each:.0f}" for each in peaks[step]] if step in peaks else [""] * len(lengths)
        print(f"| {step} |", " | ".join(cells), "|")
    return 0


if __name__ == "__main__":
    sys.exit(main())
