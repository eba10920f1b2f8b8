"""Between arrays and clips, for the subject's table."""

from __future__ import annotations

import numpy as np
import vapoursynth as vs

from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_files import clip as scene_clip
from vsmeme.source.formats import to_working

core = vs.core
Array = np.ndarray


def working(scene: Scene) -> vs.VideoNode:
    """The scene's ideal composite in the working format."""
    return to_working(scene_clip(scene, "master"))


def arrays(clip: vs.VideoNode, n: int) -> Array:
    """Frame n, planes x h x w."""
    return np.stack(planes_of(clip, n))


def planes_of(clip: vs.VideoNode, n: int) -> list[Array]:
    """Frame n, plane by plane."""
    with clip.get_frame(n) as frame:
        return [np.asarray(plane).copy() for plane in frame]


def rgb_of(clip: vs.VideoNode, n: int) -> Array:
    """Frame n as h x w x 3, 0..1, gamma-encoded."""
    rgb = clip.resize.Point(format=vs.RGBS, matrix_in=1)
    return arrays(rgb, n).transpose(1, 2, 0)


def clip_from(pictures: list[Array], *, rgb: bool = False) -> vs.VideoNode:
    """Pictures as a clip: masks h x w uint8 as GRAY8; RGB float as YUV444P16, uint8 as RGB24."""
    first = pictures[0]
    kind = vs.GRAY8 if first.ndim == 2 else vs.RGB24 if first.dtype == np.uint8 else vs.RGBS
    base = core.std.BlankClip(
        format=kind, width=first.shape[1], height=first.shape[0], length=len(pictures), keep=True
    )

    def put(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(out.format.num_planes):
            data = pictures[n] if first.ndim == 2 else pictures[n][..., plane]
            np.asarray(out[plane])[...] = data
        return out

    clip = core.std.ModifyFrame(base, base, put)
    if first.ndim == 2 or rgb:
        return clip.std.SetFrameProps(_Range=int(vs.RANGE_FULL))
    return clip.resize.Point(
        format=vs.YUV444P16, matrix=1, transfer=1, primaries=1, transfer_in=1, primaries_in=1,
        range=vs.RANGE_LIMITED,
    )  # fmt: skip
