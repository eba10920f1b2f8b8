"""Times: the warp against OpenCV in a callback, and the subject's part of the graph at 4K."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
import vapoursynth as vs

from bench.subject.subject_arrays import Array
from bench.whole import sized
from vsmeme import readers, stages
from vsmeme.demo.scene_art import to_index
from vsmeme.pixels.matrix import similarity
from vsmeme.pixels.warp import warp
from vsmeme.project import Project, load_project

core = vs.core
Row = Callable[[str, object, str], None]
WARP_FRAMES, FRAMES, TURNS = 120, 10, 4
DRAWN_FRAMES = 24  # matching asks for 12


def bench(row: Row, project: Path | None = None) -> None:
    """Print the times.

    Args:
        row: Takes a line.
        project: meme.toml of a finished project; one of 3840x2160 is drawn without it.
    """
    for kernel in ("bilinear", "bicubic"):
        ours, theirs = _warps(kernel)
        row(
            f"warp, {kernel}, 600x600 RGBS: {ours:.1f} ms, OpenCV in ModifyFrame {theirs:.1f} ms; "
            "times as fast",
            f"{theirs / ours:.2f}",
            "1.5",
        )
    if project:
        _stages(row, load_project(project))
        return
    with tempfile.TemporaryDirectory() as folder:
        _stages(row, sized.made(Path(folder), size="full", frames=DRAWN_FRAMES))


def _cost(build: Callable[[], vs.VideoNode], turns: int = 3) -> float:
    """Milliseconds of processor time a frame (all threads), after a first frame; the best turn.

    The graph is built anew each time, or its caches would answer.
    """
    costs = []
    for _ in range(turns):
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


def _held(clip: vs.VideoNode) -> vs.VideoNode:
    """The clip's first frames, rendered once and kept: what comes before costs nothing."""
    kept = [clip.get_frame(n).copy() for n in range(2)]
    blank = core.std.BlankClip(clip, length=2, keep=True)
    again = core.std.Loop(core.std.ModifyFrame(blank, blank, lambda n, f: kept[n]), clip.num_frames)
    return again[: clip.num_frames]


def _stages(row: Row, project: Project) -> None:
    """The subject's part as stages builds it, on a background that costs nothing, and the rest."""
    held = _held(stages.composite(project, bands="fast"))
    graphs: dict[str, Callable[[], vs.VideoNode]] = {
        "composite, bicubic bands": lambda: stages.composite(project, bands="fast"),
        "subject: masks, recolour, fringes, sharpening": lambda: stages.foreground(project),
        "the same and the inserted face": lambda: stages.face(project),
    }
    costs: dict[str, list[float]] = {name: [] for name in graphs}
    with mock.patch.object(stages, "background", return_value=held):
        for _ in range(TURNS):
            for name, build in graphs.items():
                costs[name].append(_cost(lambda b=build: b()[:FRAMES], turns=1))  # type: ignore[misc]
    extent = readers.track(project).regions["foreground"].extent
    where = f"subject within {extent.w}x{extent.h}" if extent else "subject anywhere"
    for name, found in costs.items():
        row(f"{held.width}x{held.height}, {where}: {name}", f"{min(found):.0f} ms", "")
    base, _, whole = (min(found) for found in costs.values())
    row("the subject's part over the composite's cost, bicubic bands", f"{whole / base:.2f}", "1")
    model = readers.upscale_plan(project).model
    if model:
        learned = _cost(lambda: stages.composite(project)[:FRAMES], turns=1)
        row(f"the same, {model.name} on the bands", f"{whole / learned:.2f}", "1")
