"""What a user would pick instead of the graph's parts: composite, bands, the face's warp.

The composite starts from the two files on all sides and has bicubic bands; all sides decode.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import imageio_ffmpeg
import vapoursynth as vs

from bench.whole.peers import row
from bench.whole.rendered import consume, in_child
from vsmeme import (
    readers,
    stages,
)
from vsmeme.memory import limit_memory
from vsmeme.placement.layout import Layout
from vsmeme.project import Project, load_project
from vsmeme.stage_parts import source_stage
from vsmeme.sync.apply_match import apply_match

core = vs.core
Row = dict[str, Any]
FFMPEG = {"ffmpeg, 10-bit 4:4:4": "yuv444p10le", "ffmpeg, 8-bit 4:2:0": "yuv420p"}


def composite(project: Project, frames: int) -> Iterator[Row]:
    """Ours with feather and membrane; the peers paste with a hard edge or a linear ramp."""
    me = [Path(__file__), project.file]
    ours = in_child([*me, "ours", str(frames)])["cpu"]
    layout = readers.layouts(project)[0]
    for name, kind in FFMPEG.items():
        spent = _ffmpeg(project, layout, kind, frames)
        yield row("composite", name, ("16 bit, seam joined", ours), ("hard seam", spent))
    for name, note in (("havsfunc.overlay", "hard seam"), ("numpy", "8 bit, linear ramp")):
        spent = in_child([*me, name, str(frames)])["cpu"]
        yield row("composite", name, ("16 bit, seam joined", ours), (note, spent))


def _ffmpeg(project: Project, layout: Layout, kind: str, frames: int) -> float:
    """Processor seconds of one filter graph that scales, pads and overlays."""
    width, height = layout.canvas
    odd = layout.wide.y if kind != "yuv420p" else layout.wide.y // 2 * 2
    graph = (
        f"[1:v]format={kind},scale={layout.dvd.w}:{layout.dvd.h}:flags=bicubic,"
        f"pad={width}:{height}:{layout.dvd.x}:{layout.dvd.y}[d];[0:v]format={kind}[w];"
        f"[d][w]overlay={layout.wide.x}:{odd}:format={'yuv420' if kind == 'yuv420p' else 'auto'}"
    )
    sources = project.config.sources
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(sources.wide), "-i",
               str(sources.dvd), "-filter_complex", graph, "-frames:v", str(frames), "-f", "null",
               "-pix_fmt", kind, "-"]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def overlaid(project: Project) -> vs.VideoNode:
    """The composite with havsfunc: the DVD scaled whole, the wide laid over it."""
    import havsfunc

    layout = readers.layouts(project)[0]
    pair = source_stage.sources(project)
    dvd = core.resize.Bicubic(pair.dvd, layout.dvd.w, layout.dvd.h, format=vs.YUV444P16, matrix=1)
    left, right = layout.dvd.x, layout.canvas[0] - layout.dvd.right
    base = core.std.AddBorders(dvd, left, right, color=[4096, 32768, 32768])
    out: vs.VideoNode = havsfunc.overlay(base, pair.wide, x=layout.wide.x, y=layout.wide.y)
    return out


def numpy(project: Project, frames: int) -> None:
    """The composite as the plain script makes it."""
    from bench.whole.naive import Meme
    from bench.whole.naive_parts import composed

    meme = Meme(project, "bicubic")
    for n in range(frames):
        pair = meme.table.pairs[n]
        wide, dvd = meme.wide.read(pair.wide), meme.dvd.read(pair.dvd)
        composed(wide, dvd, meme.layout, meme.up, None, meme.config.seam.width)


def bands(project: Project, frames: int = 2) -> Iterator[Row]:
    """The network on the bands against the network on the whole DVD."""
    me = [Path(__file__), project.file]
    one, two = (in_child([*me, part, str(frames)])["cpu"] for part in ("strips", "full"))
    yield row("bands, the network", "the whole DVD through the plugin", ("", one), ("", two))


def whole_dvd(project: Project) -> vs.VideoNode:
    """Every DVD frame through the network, whole."""
    from vsmeme.networks.upscale import upscale
    from vsmeme.source.formats import to_rgb

    record = readers.match_record(project).dvd
    dvd = apply_match(
        source_stage.open_matched_source(project, "dvd", record),
        readers.timeline(project),
        side="dvd",
    )
    plan = readers.upscale_plan(project)
    if plan.model is None:
        raise ValueError("the project has no network")
    rgb = core.akarin.Expr(to_rgb(dvd), "x 0 1 clamp")
    return upscale(rgb, plan.model, backend=plan.backend)


def warp() -> Iterator[Row]:
    """The face's warp against OpenCV in a callback."""
    from bench.subject.subject_speed import _warps

    for kernel in ("bilinear", "bicubic"):
        ours, theirs = (ms / 1000 for ms in _warps(kernel))
        name = f"warp of 600x600 RGBS, {kernel}, a frame"
        yield row(name, "OpenCV in ModifyFrame", ("", ours), ("", theirs))


def main(argv: list[str]) -> int:
    """Render one way in this process and print what it took."""
    project, way, frames = load_project(argv[0]), argv[1], int(argv[2])
    limit_memory()
    if way == "numpy":
        start = time.process_time()
        numpy(project, frames)
    else:
        from bench.whole.rendered import strips

        build = {
            "ours": lambda: stages.composite(project, "fast"),
            "havsfunc.overlay": lambda: overlaid(project),
            "strips": lambda: strips(project)[0],
            "full": lambda: whole_dvd(project),
        }
        clip = build[way]()
        start = time.process_time()
        consume([clip], frames)
    print(json.dumps({"cpu": time.process_time() - start}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
