"""Edges of missing area in delivered video against the master: steps, and flicker.

    python tests/bench/canvas/edges.py PROJECT... [--every 5] [--video FILE | --graph]

A project is the folder of a finished one whose wide lies beside its `ground_truth.json`, as the
real pairs and the drawn films of `scenes.drawn_films` do. Step: the difference of 3-px means 2 px
off an edge on both sides, blurred along 9 px, mean absolute over Y, Cb and Cr; over the mean of the
same 12, 18 and 24 px further inside. Edges are those between missing area and picture; areas
thinner than 30 px (padding) have no room for it. Flicker: how much a frame of the missing area
differs from the mean of its two neighbours, blurred by 9 px, mean absolute in 8-bit codes;
neighbours across a cut are left out. With ``--graph`` the frames are those of the graph, as they go
to the encoder.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vsmeme import readers, stages
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Layout
from vsmeme.placement.placed_runs import run_at
from vsmeme.project import Project, load_project
from vsmeme.source.formats import from_working

core = vs.core
Picture = NDArray[np.float32]
Source = Callable[[Sequence[int]], Iterator[Picture]]
OFF, MEAN, ALONG = 2, 3, 9
INSIDE = (12, 18, 24)
LEAST_DEPTH_PX = 30
LEAST_LENGTH_PX = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An edge of missing area: upright or level, where, on which side the area lies, from, to."""

    upright: bool
    at: int
    inward: int
    first: int
    end: int

    def step(self, picture: Picture, inside: int = 0) -> float:
        """Mean absolute step across it, or across a line further inside."""
        turned = picture if self.upright else picture.transpose(0, 2, 1)
        part = turned[:, self.first : self.end]
        at = self.at + self.inward * inside
        before = part[:, :, at - OFF - MEAN : at - OFF].mean(2)
        after = part[:, :, at + OFF : at + OFF + MEAN].mean(2)
        soft = [cv2.blur(row, (1, ALONG)) for row in after - before]
        return float(np.abs(soft).mean())

    def ratio(self, picture: Picture) -> float:
        """Its step over the mean of those further inside."""
        return self.step(picture) / max(
            float(np.mean([self.step(picture, i) for i in INSIDE])), 1e-6
        )


def edges(layout: Layout) -> list[Edge]:
    """Edges between missing area and picture."""
    width, height = layout.canvas
    lack = np.zeros((height, width), np.bool_)
    for area in layout.missing():
        lack[area.y : area.bottom, area.x : area.right] = True
    found = []
    for area in layout.missing():
        for upright, at, inward in (
            (True, area.x, 1), (True, area.right, -1), (False, area.y, 1), (False, area.bottom, -1),
        ):  # fmt: skip
            limit, depth = (width, area.w) if upright else (height, area.h)
            if depth < LEAST_DEPTH_PX or not 0 < at < limit:
                continue
            beside = at - 1 if inward > 0 else at
            line = lack[:, beside] if upright else lack[beside]
            first, end = (area.y, area.bottom) if upright else (area.x, area.right)
            real = first + np.flatnonzero(~line[first:end])
            if real.size >= LEAST_LENGTH_PX:
                found.append(
                    Edge(upright=upright, at=at, inward=inward, first=real[0], end=real[-1] + 1)
                )
    return found


def film(path: Path) -> vs.VideoNode:
    """Open a video."""
    return core.bs.VideoSource(str(path), cachemode=0, showprogress=False)


def pictures(
    clip: vs.VideoNode, numbers: Sequence[int], on_canvas: Rect, part: Rect
) -> Iterator[Picture]:
    """Frames of a clip as Y, Cb and Cr in 8-bit codes, a part of them placed on the canvas."""
    clip = core.resize.Bicubic(clip, format=vs.YUV444P16)
    clip = core.std.CropAbs(clip, part.w, part.h, part.x, part.y)
    right, below = on_canvas.w - on_canvas.x - part.w, on_canvas.h - on_canvas.y - part.h
    clip = core.std.AddBorders(clip, on_canvas.x, max(0, right), on_canvas.y, max(0, below))
    for frame in core.std.Splice([clip[n] for n in numbers]).frames(close=True):
        yield np.stack([np.asarray(frame[p]) for p in range(3)]).astype(np.float32) / 256


def flicker(triples: Iterator[Picture], layouts: Sequence[Layout]) -> float:
    """Mean over triples of neighbours."""
    changes = []
    for layout in layouts:
        before, now, after = (next(triples) for _ in range(3))
        change = now - (before + after) / 2
        for area in layout.missing():
            if min(area.w, area.h) >= LEAST_DEPTH_PX:
                part = change[:, area.y : area.bottom, area.x : area.right]
                changes.append(np.abs([cv2.blur(p, (ALONG, ALONG)) for p in part]).mean())
    return float(np.mean(changes)) if changes else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Films:
    """The delivered video and the master of a project, and which frames to look at."""

    project: Project
    delivered: vs.VideoNode
    frame: Rect
    truth: dict[str, Any]
    every: int

    @classmethod
    def of(cls, folder: Path, every: int, video: Path | None, *, graph: bool) -> Films:
        """Open a finished project."""
        project = load_project(folder / "meme.toml")
        canvas = readers.layouts(project)[0].canvas
        whole = [0, 0, canvas[0] // 2 * 2, canvas[1] // 2 * 2]
        frame = whole
        if graph:
            clip = from_working(stages.stage(project, "final"))
        elif video:
            clip = film(video)
        else:
            note = json.loads((project.work / "export.json").read_text(encoding="utf-8"))
            frame, clip = note["frame"], film(project.out / str(project.config.output.mp4))
        beside = project.config.sources.wide.parent / "ground_truth.json"
        truth = json.loads(beside.read_text(encoding="utf-8"))
        return cls(project=project, delivered=clip, frame=Rect.from_list(frame), truth=truth,
                   every=every)  # fmt: skip

    def layout(self, n: int) -> Layout:
        """The layout of a pair."""
        return run_at(readers.placements(self.project), n).at(n)

    def ours(self, numbers: Sequence[int]) -> Iterator[Picture]:
        """Delivered frames, on the canvas."""
        canvas = self.layout(0).canvas
        part = Rect(x=0, y=0, w=self.frame.w, h=self.frame.h)
        place = Rect(x=self.frame.x, y=self.frame.y, w=canvas[0], h=canvas[1])
        return pictures(self.delivered, numbers, place, part)

    def master(self, numbers: Sequence[int]) -> Iterator[Picture]:
        """The master's frames, on the canvas."""
        partner = {row[0]: row[2] for row in self.truth["pairs"]}
        table = readers.timeline(self.project).pairs
        wanted = [partner[table[n].wide] for n in numbers]
        part = Rect.from_list(self.truth["master"]["canvas_in_master"])
        path = self.project.config.sources.wide.parent / self.truth["master"]["file"]
        return pictures(film(path), wanted, Rect(x=0, y=0, w=part.w, h=part.h), part)

    def row(self) -> str:
        """One row of the table."""
        numbers = range(len(readers.timeline(self.project).pairs))
        cells = [
            cell for source in (self.ours, self.master) for cell in self.cells(source, numbers)
        ]
        return f"| {self.truth['name']} | {' | '.join(cells)} |"

    def cells(self, source: Source, pairs: Sequence[int]) -> list[str]:
        """Median and ninth decile of the steps, and flicker, of every few of some pairs."""
        numbers = pairs[:: self.every]
        firsts = {shot.first for shot in readers.shots(self.project).shots}
        last = pairs[-1]
        middles = [n for n in numbers if pairs[0] < n < last and not firsts & {n, n + 1}]
        threes = [k for n in middles for k in (n - 1, n, n + 1)]
        ratios = [
            edge.ratio(picture)
            for n, picture in zip(numbers, source(numbers), strict=True)
            for edge in edges(self.layout(n))
        ]
        if not ratios:
            return ["", "", ""]
        shake = flicker(source(threes), [self.layout(n) for n in middles])
        return [f"{np.median(ratios):.2f}", f"{np.quantile(ratios, 0.9):.2f}", f"{shake:.2f}"]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--video", type=Path, help="another video of the whole canvas")
    parser.add_argument("--graph", action="store_true", help="before the encoder")
    args = parser.parse_args(argv)
    print("| pair | step, median | step, p90 | flicker | master: step, median | p90 | flicker |")
    print("|---|---|---|---|---|---|---|")
    for folder in args.projects:
        print(Films.of(folder, args.every, args.video, graph=args.graph).row(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
