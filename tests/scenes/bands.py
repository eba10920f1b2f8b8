"""Clips and layouts that the tests of upscaling share."""

from __future__ import annotations

import numpy as np
import vapoursynth as vs

from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Fit, Layout

core = vs.core


def noise(width: int, height: int, *, length: int = 2, planes: int = 3) -> vs.VideoNode:
    """Seeded noise, RGBS or GRAYS, the same whatever the size."""
    rng = np.random.default_rng(7)
    data = rng.random((length, planes, height, width), dtype=np.float32)
    blank = core.std.BlankClip(
        None, width, height, vs.RGBS if planes == 3 else vs.GRAYS, length=length, keep=True
    )

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        frame = f.copy()
        for plane in range(planes):
            np.asarray(frame[plane])[:] = data[n, plane]
        return frame

    return core.std.ModifyFrame(blank, blank, fill)


def pixels(clip: vs.VideoNode, n: int = 0) -> np.ndarray:
    with clip.get_frame(n) as frame:
        return np.stack([np.array(frame[p], np.float64) for p in range(frame.format.num_planes)])


def dvd_clip(width: int = 48, height: int = 36, *, length: int = 2) -> vs.VideoNode:
    clip = core.resize.Point(noise(width, height, length=length), format=vs.YUV420P8, matrix=6)
    return core.std.SetFrameProps(clip, _Matrix=6, _Primaries=6, _Transfer=6, _ChromaLocation=0)


def layout(scale: int = 4, band: int = 17, dvd: tuple[int, int] = (48, 36)) -> Layout:
    """A canvas whose wide is a little broader than the DVD; bands of ``band`` canvas rows."""
    width, height = dvd[0] * scale + 32, dvd[1] * scale
    return Layout(
        canvas=(width, height),
        scale=scale,
        wide=Rect(x=0, y=band, w=width, h=height - 2 * band),
        wide_crop=Rect(x=0, y=0, w=width, h=height - 2 * band),
        dvd=Rect(x=16, y=0, w=dvd[0] * scale, h=height),
        dvd_size=dvd,
        active=Rect(x=0, y=0, w=dvd[0], h=dvd[1]),
        centre_dvd=(dvd[0] / 2, dvd[1] / 2),
        fit=Fit(matrix=((scale, 0.0, 16.0), (0.0, scale, 0.0))),
    )
