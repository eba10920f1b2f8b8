"""A strip of every shot: its seam at 1:1, where it lies, and whether the DVD is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import readers, stages
from ...placement.layout import Layout
from ...placement.placed_runs import run_at
from ...project import Project
from ...sync.shots import Shot
from . import pictures

MOST_SHOTS = 60


def shots_section(project: Project) -> dict[str, Any]:
    """Show one frame's seam of every shot; of many shots those that are not placed come first."""
    table, cuts = readers.timeline(project), readers.shots(project)
    runs, layouts = readers.placements(project), readers.layouts(project)
    clip = stages.composite(project)
    chosen = shown_shots(cuts.shots)
    figures = []
    for number in chosen:
        shot = cuts.shots[number]
        n = (shot.first + shot.last) // 2
        layout = run_at(runs, n).at(n)
        state = "the DVD is absent" if not layout.bands() else _state(shot)
        caption = f"shot {number}, {table.clock(n)}, layout {shot.layout}, {state}"
        zoom = _seam(pictures.rgb(clip, n), layout, layouts[shot.layout])
        figures.append((caption, pictures.url(zoom), not shot.placed))
    absent = sum(not shot.placed for shot in cuts.shots)
    gaps = [f"{table.clock(first)} to {table.clock(last)}" for first, last in table.gaps()]
    rows = (
        ("shots", f"{len(cuts)}, {len(chosen)} of them shown"),
        ("layouts in use", str(len({shot.layout for shot in cuts.shots if shot.placed}))),
        ("not placed", f"{absent} shots" if absent else "none"),
        ("without partner", ", ".join(gaps) or "no long run"),
        ("drifting", f"{sum(bool(shot.drift) for shot in cuts.shots)} shots"),
        ("light that changes", f"{sum(bool(shot.light) for shot in cuts.shots)} shots"),
    )
    return {"figures": tuple(figures), "exact": True, "rows": rows}


def shown_shots(cuts: Sequence[Shot]) -> tuple[int, ...]:
    """Choose the shots that are shown: all, or those not placed and others spread evenly.

    Returns:
        Their numbers, ascending, at most 60; half of them at most are shots not placed.
    """
    if len(cuts) <= MOST_SHOTS:
        return tuple(range(len(cuts)))
    absent = [i for i, shot in enumerate(cuts) if not shot.placed][: MOST_SHOTS // 2]
    others = [i for i in range(len(cuts)) if i not in set(absent)]
    picks = np.linspace(0, len(others) - 1, MOST_SHOTS - len(absent)).astype(int)
    return tuple(sorted({*absent, *(others[int(i)] for i in picks)}))


def _state(shot: Shot) -> str:
    facts = ["placed" if shot.placed else "not placed"]
    if shot.drift:
        far = max(max(abs(x), abs(y)) for x, y in shot.drift)
        facts.append(f"drift up to {far:.1f} px")
    return ", ".join(facts)


def _seam(picture: pictures.Picture, layout: Layout, usual: Layout) -> pictures.Picture:
    """A crop across a seam; of a shot without bands, where its layout would have one."""
    zooms = pictures.seam_zooms(picture, layout) or pictures.seam_zooms(picture, usual)
    if zooms:
        return zooms[len(zooms) // 4][1]
    return picture[: pictures.ZOOM[1], : pictures.ZOOM[0]]
