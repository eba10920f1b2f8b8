"""Small pictures that lack some area, for tests of what is laid into it."""

from __future__ import annotations

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vsmeme.pixels.rect import Rect

core = vs.core
Picture = NDArray[np.uint16]
SIZE = 320, 180
WIDE = Rect(x=0, y=30, w=320, h=120)


def missing_beside(dvd: Rect, size: tuple[int, int] = SIZE) -> tuple[Rect, ...]:
    frame = Rect(x=0, y=0, w=size[0], h=size[1])
    return tuple(part for rest in frame.minus(WIDE) for part in rest.minus(dvd))


CASES = {
    "corners": Rect(x=40, y=0, w=240, h=180),
    "strip": Rect(x=40, y=8, w=240, h=180),
    "one side": Rect(x=0, y=0, w=240, h=180),
    "whole bands": Rect(x=400, y=400, w=1, h=1),
    "lower band": Rect(x=40, y=60, w=240, h=120),
}


def as_clip(pictures: list[Picture]) -> vs.VideoNode:
    _, height, width = pictures[0].shape
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=width, height=height, length=len(pictures), keep=True
    )

    def draw(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(3):
            np.asarray(out[plane])[:] = pictures[n][plane]
        return out

    return core.std.ModifyFrame(blank, blank, draw)


def smooth_picture(seed: int, *, blur: float = 9.0, mean: float = 30000.0) -> Picture:
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(SIZE[1], SIZE[0], 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), blur)
    return np.moveaxis(soft / soft.std() * 2500 + mean, -1, 0).astype(np.uint16)


def lack_mask(areas: tuple[Rect, ...], length: int) -> vs.VideoNode:
    mask = core.std.BlankClip(format=vs.GRAY8, width=SIZE[0], height=SIZE[1], length=length)
    inside = [f"X {a.x} >= X {a.right} < and Y {a.y} >= and Y {a.bottom} < and" for a in areas]
    mask = core.akarin.Expr(mask, " ".join([*inside, *["or"] * (len(areas) - 1), "255 0 ?"]))
    return core.std.SetFrameProps(mask, _Range=int(vs.RANGE_FULL))


def planes(clip: vs.VideoNode, n: int) -> Picture:
    with clip.get_frame(n) as frame:
        return np.stack([np.array(frame[plane]) for plane in range(3)])
