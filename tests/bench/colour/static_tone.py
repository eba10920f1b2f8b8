"""The static tone map beside libplacebo's BT.2390, on HDR frames of the real pairs.

    uv sync --group peers && python tests/bench/colour/static_tone.py [--frames 3]

Frames as `hdr.py` makes them, in PQ; libplacebo without peak detection, once towards a display
without black level, as the map assumes, once towards its own default of 1000:1. Mean and 95th
percentile of CIEDE2000 after a Gaussian of 2 px. It needs a Vulkan driver; a CPU's will do, and
without any the process ends.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs
from skimage.color import deltaE_ciede2000, rgb2lab

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.footage_pairs import FOLDER

from bench.colour.hdr import GRADES, Array, coded, expanded, frames_of
from vsmeme.colour.prepare.static_tone import WHITE_NITS, sdr_colours
from vsmeme.source.tone_plan import Light

core = vs.core
BLACKS = {"none": 1e-6, "1000:1": WHITE_NITS / 1000}
BT709, BT2020_PQ, BT2390, PERCEPTUAL = 0, 1, "bt2390", 1


def clip_of(picture: Array) -> vs.VideoNode:
    """One frame of RGB48 from R'G'B' 0..1."""
    height, width = picture.shape[:2]
    blank = core.std.BlankClip(width=width, height=height, format=vs.RGB48, length=1)

    def filled(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        made = f.copy()
        for p in range(3):
            np.asarray(made[p])[:] = np.rint(picture[..., p] * 65535)
        return made

    return core.std.ModifyFrame(blank, blank, filled)


def mapped(picture: Array, peak: float, black: float) -> Array:
    made = core.placebo.Tonemap(
        clip_of(picture), src_csp=BT2020_PQ, dst_csp=BT709, src_max=peak, src_min=0,
        dst_max=WHITE_NITS, dst_min=black, dynamic_peak_detection=0,
        tone_mapping_function_s=BT2390, gamut_mapping=PERCEPTUAL,
    )  # fmt: skip
    with made.get_frame(0) as frame:
        return np.stack([np.asarray(frame[p]) for p in range(3)], axis=-1) / 65535


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=3)
    options = parser.parse_args()
    print("| pair | black of the display | mean, CIEDE2000 | 95 % below |")
    print("|---|---|---|---|")
    for name, grade in GRADES.items():
        film = next((FOLDER / name).glob("widescreen.*"))
        found = list(frames_of(film, options.frames))
        for label, black in BLACKS.items():
            offs = []
            for picture in found:
                code = coded(expanded(picture, grade), "pq")
                own = sdr_colours(code, Light(transfer="pq", peak_nits=grade.peak))
                labs = [
                    rgb2lab(cv2.GaussianBlur(p, (0, 0), 2)[::2, ::2])
                    for p in (own, mapped(code, grade.peak, black))
                ]
                offs.append(deltaE_ciede2000(*labs))
            worst = np.percentile(offs, 95)
            print(f"| {name} | {label} | {np.mean(offs):.2f} | {worst:.2f} |", flush=True)


if __name__ == "__main__":
    main()
