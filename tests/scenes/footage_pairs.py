"""The real pairs of ../shared/footage, as clips and arrays with their truth."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vsmeme import Shot, Shots, open_video, to_working

core = vs.core
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "footage"
NAMES = ("d1_tos", "d2_meeting", "d3_signs", "d4_bunny", "d5_dancer")
HERE = FOLDER.is_dir()


@dataclass(frozen=True, slots=True, kw_only=True)
class FootagePair:
    """One pair; frames of `wide`, `dvd` and `master` with one number belong together.

    Attributes:
        wide, dvd: native formats. master: the ideal composite, working format, canvas size.
        shots: runs between the cuts that the truth lists.
        to_canvas: 2x3, DVD edge coordinates to canvas edge coordinates.
    """

    name: str
    wide: vs.VideoNode
    dvd: vs.VideoNode
    master: vs.VideoNode
    shots: Shots
    to_canvas: NDArray[np.float64]
    top: int
    dvd_size: tuple[int, int]

    def luma(self, count: int) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        """Luma of `count` pairs spread over the clip, decoded in order."""
        length = self.wide.num_frames
        picks = sorted({int(n) for n in np.linspace(1, length - 2, count).round()})
        clips = [core.std.Splice([clip[n] for n in picks]) for clip in (self.wide, self.dvd)]
        frames = zip(clips[0].frames(close=True), clips[1].frames(close=True), strict=True)
        return [(np.array(a[0]), np.array(b[0])) for a, b in frames]


def footage(name: str, *, step: int = 1) -> FootagePair:
    """Open a pair, every `step`-th of its exact matches."""
    folder = FOLDER / name
    truth: dict[str, Any] = json.loads((folder / "ground_truth.json").read_text())
    rows = [row for row in truth["pairs"] if row[1] is not None][::step]

    def opened(side: str, role: Any, column: int) -> vs.VideoNode:  # noqa: ANN401
        clip = open_video(folder / truth[side]["file"], role=role)
        return core.std.Splice([clip[row[column]] for row in rows])

    x, y, w, h = truth["master"]["canvas_in_master"]
    cuts = [*truth["cuts"], *truth.get("cuts_detected_in_source", [])]
    edges = [0]
    for n in range(1, len(rows)):
        if any(rows[n - 1][2] < cut <= rows[n][2] for cut in cuts):
            edges.append(n)
    edges.append(len(rows))
    t = truth["dvd"]["to_canvas"]
    return FootagePair(
        name=name,
        wide=opened("widescreen", "wide", 0),
        dvd=opened("dvd", "dvd", 1),
        master=core.std.CropAbs(to_working(opened("master", "wide", 2)), w, h, x, y),
        shots=Shots(shots=tuple(Shot(first=a, last=b - 1) for a, b in itertools.pairwise(edges))),
        to_canvas=np.array([[t["sx"], 0, t["tx"]], [0, t["sy"], t["ty"]]]),
        top=truth["widescreen"]["place"]["y"],
        dvd_size=(truth["dvd"]["width"], truth["dvd"]["height"]),
    )
