"""Times: the warp against OpenCV in a callback, and the subject's part of the graph at 4K."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
import vapoursynth as vs
from scene_art import to_index
from subject_arrays import Array, clip_from

from vsmeme.composite import composite
from vsmeme.face import insert_face
from vsmeme.foreground import chromatic_aberration, recolour, sharpen
from vsmeme.geometry import Fit, Layout, Rect
from vsmeme.mask import feather, subtract
from vsmeme.matrix import similarity
from vsmeme.warp import warp

core = vs.core
Row = Callable[[str, object, str], None]
W, H = 3840, 2160
WARP_FRAMES, FRAMES = 120, 10
NAMES = ("masks and recolour", "aberration", "sharpening", "inserted face")
BODY, FACE = Rect(x=1200, y=260, w=1400, h=1900), Rect(x=1650, y=330, w=420, h=520)


def bench(row: Row) -> None:
    """Print the times."""
    for kernel in ("bilinear", "bicubic"):
        ours, theirs = _warps(kernel)
        row(
            f"warp, {kernel}, 600x600 RGBS: {ours:.1f} ms, OpenCV in ModifyFrame {theirs:.1f} ms; "
            "times as fast",
            f"{theirs / ours:.2f}",
            "1.5",
        )
    base, parts = _stages()
    row("composite of 3840x2160 (fast bands, feather)", f"{base:.0f} ms", "")
    row("composite of 3840x2160 (fast bands, membrane)", f"{_composite('poisson'):.0f} ms", "")
    for name, cost in parts.items():
        row(f"{name}, added", f"{cost:.0f} ms", "")
    total = sum(parts.values())
    row("the subject's part over the composite's cost", f"{total / base:.2f}", "1")


def _cost(build: Callable[[], vs.VideoNode]) -> float:
    """Milliseconds of processor time a frame (all threads), after a first frame; the best of 3.

    The graph is built anew each time, or its caches would answer.
    """
    costs = []
    for _ in range(3):
        clip = build()
        clip.get_frame(0).close()
        start = time.process_time()
        for frame in clip[1:].frames(close=True):
            del frame
        costs.append(1000 * (time.process_time() - start) / (clip.num_frames - 1))
    return min(costs)


def _warps(kernel: str) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.random((600, 600, 3), np.float32), (0, 0), 2)
    matrices = [
        similarity(scale=1 + 0.001 * n, degrees=0.1 * n, from_point=(300, 300), to_point=(301, 299))
        for n in range(WARP_FRAMES)
    ]
    source = core.std.Loop(_float_clip(picture), WARP_FRAMES)
    flags = cv2.INTER_CUBIC if kernel == "bicubic" else cv2.INTER_LINEAR

    def callback(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        index = np.vstack([to_index(np.array(matrices[n])), [0, 0, 1]])
        for plane in range(3):
            target = np.asarray(out[plane])
            cv2.warpPerspective(
                np.asarray(f[plane]), index, (600, 600), target, flags, cv2.BORDER_REPLICATE
            )
        return out

    ours = _cost(lambda: warp(source, matrices, kernel=kernel))  # type: ignore[arg-type]
    return ours, _cost(lambda: core.std.ModifyFrame(source, source, callback))


def _float_clip(picture: Array) -> vs.VideoNode:
    base = core.std.BlankClip(format=vs.RGBS, width=600, height=600, length=1, keep=True)

    def put(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        del n
        out = f.copy()
        for plane in range(3):
            np.asarray(out[plane])[...] = picture[..., plane]
        return out

    return core.std.ModifyFrame(base, base, put)


def _composite(blend: str) -> float:
    return _cost(lambda: _film(blend))


def _film(blend: str) -> vs.VideoNode:
    layout = Layout(
        canvas=(W, H), scale=4, wide=Rect(x=0, y=275, w=W, h=1610),
        wide_crop=Rect(x=0, y=0, w=W, h=1610), dvd=Rect(x=480, y=0, w=2880, h=H),
        dvd_size=(720, 540), active=Rect(x=0, y=0, w=720, h=540), centre_dvd=(360.0, 270.0),
        fit=Fit(matrix=((4.0, 0.0, 480.0), (0.0, 4.0, 0.0)), max_misfit_px=0.0, correlation=1.0),
    )  # fmt: skip
    props = {"_Matrix": 1, "_Range": int(vs.RANGE_LIMITED), "_Primaries": 1, "_Transfer": 1}
    kind = {"format": vs.YUV444P16, "color": [30000, 34000, 31000], "length": FRAMES, "keep": True}
    wide = core.std.BlankClip(width=W, height=1610, **kind).std.SetFrameProps(**props)
    rows = sum(strip.h for strip in layout.strips(16))
    strips = core.std.BlankClip(width=2880, height=rows, **kind).std.SetFrameProps(**props)
    return composite(wide, strips, layout, blend=blend, width=16)  # type: ignore[arg-type]


def _oval(rect: Rect) -> vs.VideoNode:
    mask = np.zeros((H, W), np.uint8)
    centre = (rect.x + rect.w // 2, rect.y + rect.h // 2)
    cv2.ellipse(mask, centre, (rect.w // 2, rect.h // 2), 0, 0, 360, 255, -1)
    return core.std.Loop(clip_from([mask]), FRAMES)


def _stages() -> tuple[float, dict[str, float]]:
    image = clip_from([np.full((480, 400, 3), 180, np.uint8)], rgb=True)
    centre = (FACE.x + FACE.w / 2, FACE.y + FACE.h / 2)
    matrices = [
        similarity(scale=1.05, degrees=n, from_point=(200, 240), to_point=centre)
        for n in range(FRAMES)
    ]

    def build(count: int) -> vs.VideoNode:
        clip = _film("feather")
        soft = feather(_oval(FACE), px=12)
        wardrobe = subtract(feather(_oval(BODY), px=4), soft)
        chain: list[Callable[[vs.VideoNode], vs.VideoNode]] = [
            lambda c: recolour(c, wardrobe),
            lambda c: chromatic_aberration(c, wardrobe, region=BODY),
            lambda c: sharpen(c, soft, region=FACE),
            lambda c: insert_face(c, soft, image, matrices),
        ]
        for step in chain[:count]:
            clip = step(clip)
        return clip

    costs = [_cost(lambda n=count: build(n)) for count in range(len(NAMES) + 1)]  # type: ignore[misc]
    steps = zip(NAMES, costs[:-1], costs[1:], strict=True)
    return costs[0], {name: max(0.0, after - before) for name, before, after in steps}
