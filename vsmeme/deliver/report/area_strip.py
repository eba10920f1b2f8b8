"""Missing area through time: how it joins the picture beside it, all over the film."""

from __future__ import annotations

from collections import Counter
from typing import Any

import cv2
import numpy as np

from ... import readers, stages
from ...pixels.rect import Rect
from ...placement.placed_runs import run_at
from ...project import Project
from . import pictures

MOMENTS = 8
MOST_AREAS = 6
AROUND_SHARE = 1 / 20
"""Picture shown around an area, of the canvas width."""
HEIGHT_PX = 160


def areas_section(project: Project) -> dict[str, Any]:
    """One strip an area: the largest rectangles that are missing, each at the same moments."""
    runs = readers.placements(project)
    counts: Counter[Rect] = Counter()
    for run in runs:
        for area in run.missing():
            counts[area] += len(run)
    if not counts:
        return {"absent": "no area is missing"}
    chosen = sorted(counts, key=lambda area: area.area * counts[area], reverse=True)[:MOST_AREAS]
    count = len(readers.timeline(project))
    moments = np.unique(np.linspace(0, count - 1, MOMENTS).astype(int)).tolist()
    until = project.config.output.until
    ungrained = "face" if until == "final" else until
    clip = stages.stage(project, ungrained, base=stages.composite(project, bands="fast"))
    shown: dict[Rect, list[tuple[int, pictures.Picture]]] = {area: [] for area in chosen}
    for n in moments:
        run = run_at(runs, n)
        wanted = [area for area in chosen if area in run.missing()]
        picture = pictures.rgb(clip, n) if wanted else None
        for area in wanted:
            if picture is not None:
                shown[area].append((n, _part(picture, area)))
    figures = []
    for area in chosen:
        if shown[area]:
            pairs = ", ".join(str(n) for n, _ in shown[area])
            strip = np.hstack([part for _, part in shown[area]])
            name = f"{area.w}x{area.h} at ({area.x}, {area.y}), pairs {pairs}"
            figures.append((name, pictures.url(strip), False))
    return {"figures": tuple(figures), "exact": True}


def _part(picture: pictures.Picture, area: Rect) -> pictures.Picture:
    """An area with the picture around it, at a common height."""
    height, width = picture.shape[:2]
    around = round(width * AROUND_SHARE)
    y, bottom = max(0, area.y - around), min(height, area.bottom + around)
    x, right = max(0, area.x - around), min(width, area.right + around)
    part = picture[y:bottom, x:right]
    size = max(1, round((right - x) * HEIGHT_PX / (bottom - y))), HEIGHT_PX
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
