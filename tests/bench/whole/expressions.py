"""The heaviest expressions of the graph, by akarin and by cranexpr, which also exists for macOS.

    uv run --with vapoursynth-cranexpr tests/bench/whole/expressions.py [--frames 6] [--rows 6]

The filters are built at reference size (3840x2160, 4:4:4, 16 bit); each different expression then
runs alone on noise of its own formats. CPU milliseconds a frame, the better of two runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np
import vapoursynth as vs

import vsmeme
from bench.whole.pairs import full_size
from vsmeme.colour.transform import Colour

core = vs.core
Call = tuple[tuple[tuple[int, int, int], ...], tuple[str, ...], int | None]


class Recorder:
    """The core, with every call of akarin's Expr written down."""

    def __init__(self) -> None:
        self.calls: dict[Call, None] = {}
        names = (function.name for function in core.akarin.functions())
        real = {name: getattr(core.akarin, name) for name in names}
        self.akarin = SimpleNamespace(**{**real, "Expr": self._expr})

    def _expr(self, clips: Any, expr: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401
        many = list(clips) if isinstance(clips, Sequence) else [clips]
        texts = (expr,) if isinstance(expr, str) else tuple(expr)
        kinds = tuple((int(c.format.id), c.width, c.height) for c in many)
        target = named.get("format", more[0] if more else None)
        self.calls[kinds, texts, None if target is None else int(target)] = None
        return core.akarin.Expr(clips, expr, *more, **named)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(core, name)


def recorded(build: Callable[[], object]) -> list[Call]:
    """Every expression that building a graph makes."""
    recorder = Recorder()
    modules = [m for name, m in sys.modules.items() if name.startswith("vsmeme.")]
    users = [module for module in modules if getattr(module, "core", None) is core]
    for module in users:
        module.core = recorder  # type: ignore[attr-defined]
    try:
        build()
    finally:
        for module in users:
            module.core = core  # type: ignore[attr-defined]
    return list(recorder.calls)


def graph() -> object:
    """Build what a shot takes, frame by frame."""
    layout = full_size()
    canvas = layout.canvas

    def blank(kind: int, size: tuple[int, int]) -> vs.VideoNode:
        clip = core.std.BlankClip(None, *size, kind, length=8)
        return clip.std.SetFrameProps(_Matrix=1, _Range=0, _Primaries=1, _Transfer=1)

    wide = blank(vs.YUV444P16, (layout.wide.w, layout.wide.h))
    strips = vsmeme.upscale_fast(blank(vs.YUV444P16, layout.dvd_size), layout, overlap_px=16)
    whole = vsmeme.composite(wide, strips, layout)
    mask = vsmeme.feather(blank(vs.GRAY8, canvas).std.SetFrameProps(_Range=1))
    pink = vsmeme.recolour(whole, mask, "#ff2fa0")
    fringed = vsmeme.chromatic_aberration(vsmeme.sharpen(pink, mask), mask)
    vsmeme.apply_colour(whole, [Colour.identity()])
    vsmeme.warp(
        core.std.ShufflePlanes(whole, 0, vs.GRAY).resize.Point(format=vs.GRAYS),
        [((1.0, 0.0, 0.4 + 0.01 * n), (0.0, 1.0, 0.2), (0.0, 0.0, 1.0)) for n in range(8)],
    )
    plate = blank(vs.YUV444P16, canvas)[:1]
    missing = vsmeme.missing_mask(layout, like=whole)
    return vsmeme.background(fringed, plate, missing, mode="live")


def noise(kind: tuple[int, int, int], frames: int, seed: int) -> vs.VideoNode:
    """Frames of noise in a format, kept in memory so that only the expression costs."""
    form, width, height = kind
    clip = core.std.BlankClip(None, width, height, form, length=frames, keep=True)
    return core.noise.Add(clip, var=900, seed=seed, constant=True) if width > 4 else clip


def cost(plugin: str, call: Call, frames: int) -> float:
    """CPU milliseconds a frame, without those of the noise."""
    kinds, texts, target = call
    clips = [noise(kind, frames, n) for n, kind in enumerate(kinds)]
    named = {} if target is None else {"format": target}
    out = getattr(core, plugin).Expr(clips, list(texts), **named)
    core.std.SetVideoCache(out, mode=0)
    best = np.inf
    for clip in clips:  # once, into the core's memory
        core.std.SetVideoCache(clip, mode=1, maxsize=frames)
        for frame in clip.frames(close=True):
            del frame
    for _ in range(2):
        started = time.process_time()
        for frame in out.frames(close=True):
            del frame
        best = min(best, time.process_time() - started)
    return 1000 * float(best) / frames


def difference(call: Call) -> float:
    """Largest difference of the two results on one frame, as a share of the format's range."""
    kinds, texts, target = call
    clips = [noise(kind, 1, n) for n, kind in enumerate(kinds)]
    named = {} if target is None else {"format": target}
    results = [getattr(core, p).Expr(clips, list(texts), **named) for p in ("akarin", "cranexpr")]
    worst = 0.0
    with results[0].get_frame(0) as one, results[1].get_frame(0) as other:
        for plane in range(one.format.num_planes):
            arrays = [np.asarray(frame[plane], np.float64) for frame in (one, other)]
            worst = max(worst, float(np.abs(arrays[0] - arrays[1]).max()))
    is_whole = results[0].format.sample_type == vs.INTEGER
    return worst / ((1 << results[0].format.bits_per_sample) - 1) if is_whole else worst


def main() -> int:
    """Print the table."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--frames", type=int, default=6)
    made.add_argument("--rows", type=int, default=6)
    given = made.parse_args()
    graph()  # loads every room that it takes
    calls = recorded(graph)
    akarin = sorted(((cost("akarin", call, given.frames), call) for call in calls), reverse=True,
                    key=lambda row: row[0])  # fmt: skip
    print(f"{len(calls)} different expressions\n")
    print(
        "expression | size | akarin, ms | cranexpr, ms | ratio | largest difference\n"
        "---|---|---|---|---|---"
    )
    for ms, call in akarin[: given.rows]:
        try:
            other = cost("cranexpr", call, given.frames)
            told = f"{other:.1f} | {other / ms:.2f} | {difference(call):.1e}"
        except vs.Error as error:
            told = f"{str(error).splitlines()[0][:70]} | - | -"
        kind = call[0][0]
        text = max(call[1], key=len)
        print(f"`{text[:48]}` ({len(text)} characters) | {kind[1]}x{kind[2]} | {ms:.1f} | {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
