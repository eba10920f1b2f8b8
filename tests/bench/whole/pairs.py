"""The real pairs as clips with their true geometry and time, for benchmarks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs

from vsmeme import Fit, Layout, Rect, Shot, Shots, open_video

FOOTAGE = Path(__file__).resolve().parents[4] / "shared" / "footage"
NAMES = ("d1_tos", "d2_meeting", "d3_signs", "d4_bunny", "d5_dancer")
core = vs.core


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPair:
    """A few frames of one pair, spread over its length; master is cut to the canvas."""

    name: str
    wide: vs.VideoNode
    dvd: vs.VideoNode
    master: vs.VideoNode
    layout: Layout
    shots: Shots


def open_pair(name: str, *, frames: int) -> RealPair:
    """Open a pair.

    Args:
        name: Its folder.
        frames: How many frames to take, only such as have a true partner.
    """
    folder = FOOTAGE / name
    truth: dict[str, Any] = json.loads((folder / "ground_truth.json").read_text())
    triples = [each for each in truth["pairs"] if each[1] is not None]
    at = np.linspace(0, len(triples) - 1, frames + 2)[1:-1].round().astype(int)
    picked = [triples[int(n)] for n in at]
    clips = [
        _pick(folder / truth[side]["file"], "dvd" if side == "dvd" else "wide", column, picked)
        for column, side in enumerate(("widescreen", "dvd", "master"))
    ]
    master = clips[2].resize.Bicubic(format=vs.YUV444P16)
    x, y, w, h = truth["master"]["canvas_in_master"]
    return RealPair(
        name=name,
        wide=clips[0],
        dvd=clips[1],
        master=core.std.CropAbs(master, w, h, x, y),
        layout=_layout(truth),
        shots=_shots(truth, [each[2] for each in picked]),
    )


def full_size(*, dvd: tuple[int, int] = (720, 540), band: int = 275) -> Layout:
    """The reference layout: a 720x540 DVD on a 3840x2160 canvas, or a smaller one alike."""
    height, width = dvd[1] * 4, dvd[1] * 64 // 9
    wide = Rect(x=0, y=band, w=width, h=height - 2 * band)
    left = (width - dvd[0] * 4) // 2
    return Layout(
        canvas=(width, height),
        scale=4,
        wide=wide,
        wide_crop=Rect(x=0, y=0, w=wide.w, h=wide.h),
        dvd=Rect(x=left, y=0, w=dvd[0] * 4, h=height),
        dvd_size=dvd,
        active=Rect(x=0, y=0, w=dvd[0], h=dvd[1]),
        centre_dvd=(dvd[0] / 2, dvd[1] / 2),
        fit=Fit(matrix=((4.0, 0.0, float(left)), (0.0, 4.0, 0.0))),
    )


def _pick(path: Path, role: str, column: int, picked: list[Any]) -> vs.VideoNode:
    clip = open_video(path, role="dvd" if role == "dvd" else "wide")
    return core.std.Splice([clip[int(each[column])] for each in picked])


def _layout(truth: dict[str, Any]) -> Layout:
    canvas = truth["canvas"]["width"], truth["canvas"]["height"]
    wide, place = truth["widescreen"], truth["widescreen"]["place"]
    to = truth["dvd"]["to_canvas"]
    size = truth["dvd"]["width"], truth["dvd"]["height"]
    x, y = round(to["tx"]), round(to["ty"])
    return Layout(
        canvas=canvas,
        scale=4,
        wide=Rect(x=place["x"], y=place["y"], w=wide["width"], h=wide["height"]),
        wide_crop=Rect(x=0, y=0, w=wide["width"], h=wide["height"]),
        dvd=Rect(x=x, y=y, w=size[0] * 4, h=size[1] * 4),
        dvd_size=size,
        active=Rect(x=0, y=0, w=size[0], h=size[1]),
        centre_dvd=((canvas[0] / 2 - x) / 4, (canvas[1] / 2 - y) / 4),
        fit=Fit(matrix=((to["sx"], 0.0, to["tx"]), (0.0, to["sy"], to["ty"]))),
    )


def _shots(truth: dict[str, Any], masters: list[int]) -> Shots:
    cuts = sorted({*truth["cuts"], *truth["cuts_detected_in_source"]})
    numbers = np.searchsorted(cuts, masters, side="right")
    starts = [n for n in range(len(masters)) if n == 0 or numbers[n] != numbers[n - 1]]
    ends = [*(n - 1 for n in starts[1:]), len(masters) - 1]
    return Shots(shots=tuple(Shot(first=a, last=b) for a, b in zip(starts, ends, strict=True)))
