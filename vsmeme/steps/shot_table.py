"""Every shot of a matched project in a row: where it lies, what was found, how sure it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from .. import readers
from ..artifact import atomic_path
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..project import Project
from ..sync.shots import Shot
from ..sync.timeline import Pair

COLUMNS = (
    "shot", "from", "to", "frames", "placed", "layout", "scale x", "scale y", "x", "y",
    "wide picture", "dvd picture", "correlation", "moves x", "moves y", "partners", "confident",
)  # fmt: skip
"""Scales: px of the wide a px of the decoded DVD. x, y: the DVD's corner on the canvas, px. Moves:
how far it goes within the shot, canvas px. Partners, confident: shares of the frames."""


def shot_rows(project: Project) -> list[tuple[str, ...]]:
    """Return one row a shot, in the order of `COLUMNS`; a shot without placement has gaps.

    Args:
        project: A matched project.
    """
    table, layouts = readers.timeline(project), readers.layouts(project)
    film = readers.match_record(project).wide.facts.active
    rows = []
    for number, shot in enumerate(readers.shots(project).shots):
        times = table.clock(shot.first), table.clock(shot.last)
        placement = _placement(shot, layouts[shot.layout], film)
        pairs = table.pairs[shot.first : shot.last + 1]
        rows.append((str(number), *times, str(len(shot)), *placement, *_shares(pairs)))
    return rows


def _placement(shot: Shot, layout: Layout, film: Rect) -> tuple[str, ...]:
    if not shot.placed:
        return ("no", *("",) * 10)
    left, top, width, height = layout.window or (0.0, 0.0, layout.active.w, layout.active.h)
    scales = [
        layout.fit.matrix[0][0] * layout.dvd_size[0] / width,
        layout.fit.matrix[1][1] * layout.dvd_size[1] / height,
    ]
    corner = [
        layout.fit.matrix[0][2] - scales[0] * (layout.active.x + left),
        layout.fit.matrix[1][2] - scales[1] * (layout.active.y + top),
    ]
    pictures = [_size(layout.wide_active or film), _size(layout.active)]
    reach = [f"{max(v) - min(v):.1f}" for v in zip(*shot.drift, strict=True)] or ["0", "0"]
    return (
        "yes",
        str(shot.layout),
        *(f"{scale:.4f}" for scale in scales),
        *(f"{round(value, 1) + 0.0:.1f}" for value in corner),
        *pictures,
        f"{layout.fit.correlation:.3f}",
        *reach,
    )


def _size(rect: Rect) -> str:
    return f"{rect.w}x{rect.h}+{rect.x}+{rect.y}"


def _shares(pairs: Sequence[Pair]) -> tuple[str, str]:
    partners = sum(pair.partner for pair in pairs) / len(pairs)
    return f"{partners:.2f}", f"{sum(pair.confident for pair in pairs) / len(pairs):.2f}"


def shots_as_text(rows: Sequence[Sequence[str]]) -> str:
    """Lay rows out in columns for people."""
    lines = [COLUMNS, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )


def write_shots_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write rows as comma-separated values, the names of the columns first."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *rows])
    with atomic_path(path) as part:
        part.write_text(text.getvalue(), encoding="utf-8", newline="")
