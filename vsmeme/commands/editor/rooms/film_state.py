"""What the page shows of a film: its shots with their badges, and where everything lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .... import readers
from ....errors import UserError
from ....pixels.rect import Rect
from ....placement.layout import Layout
from ....placement.placed_runs import PlacedRun, run_at
from ....project import Project
from ....sync.shots import Shot
from ....sync.timeline import Timeline

SURE_SHARE = 0.9
MOST_ROWS = 480


def film_state(project: Project) -> dict[str, Any]:
    """Return what does not change from frame to frame.

    Args:
        project: A matched project.

    Returns:
        Canvas and sources in px, frame rate, and one entry a shot: first and last pair, time,
        badges.
    """
    table, record = readers.timeline(project), readers.match_record(project)
    cuts, layouts = readers.shots(project), readers.layouts(project)
    sources = {
        role: {"width": source.facts.width, "height": source.facts.height,
               "frames": source.facts.frames, "aspect": float(source.facts.sar)}
        for role, source in (("wide", record.wide), ("dvd", record.dvd))
    }  # fmt: skip
    return {
        "length": len(table),
        "fps": float(table.fps),
        "canvas": list(layouts[0].canvas),
        "sources": sources,
        "start": record.start.to_json(),
        "shots": [
            {"first": shot.first, "last": shot.last, "time": table.clock(shot.first),
             "badges": list(_badges(project, table, number, shot)), "placed": shot.placed,
             "wide": table.pairs[shot.first].wide}
            for number, shot in enumerate(cuts.cut(len(table)).shots)
        ],
    }  # fmt: skip


def _badges(project: Project, table: Timeline, number: int, shot: Shot) -> Iterator[str]:
    """Name what is wrong with a shot, worst first."""
    pairs = table.pairs[shot.first : shot.last + 1]
    partners = [pair for pair in pairs if pair.partner]
    if not shot.placed:
        yield "not placed"
    if len(partners) < len(pairs):
        yield "no partner" if not partners else f"{len(pairs) - len(partners)} without partner"
    if partners and sum(pair.confident for pair in partners) < SURE_SHARE * len(partners):
        yield "low confidence"
    try:
        record = readers.mask_record(project)
    except UserError:
        return
    alarms = sum(shot.first <= alarm <= shot.last for alarm in record.alarms)
    if alarms:
        yield f"{alarms} alarm{'s' if alarms > 1 else ''}"
    if not any(shot.first <= key.frame <= shot.last for key in record.keys):
        yield "no subject"


def frame_rows(project: Project, first: int, count: int) -> list[dict[str, Any]]:
    """Return what belongs to single frames: its pair, time, and where both sources lie.

    Args:
        project: A matched project.
        first: First pair.
        count: How many; fewer come at the end, and never more than 480.

    Returns:
        One entry a frame. ``wide``: where the corner of the decoded wide lies on the canvas;
        ``window``: the rectangle of the canvas that it fills. ``dvd``: scales and corner of the
        decoded DVD on the canvas, null where it is absent. ``missing``: rectangles. Canvas px.
    """
    table, runs = readers.timeline(project), readers.placements(project)
    film = readers.match_record(project).wide.facts.active
    last = min(len(table), first + min(count, MOST_ROWS))
    return [_row(table, run_at(runs, n), film, n) for n in range(max(0, first), last)]


def _row(table: Timeline, run: PlacedRun, film: Rect, n: int) -> dict[str, Any]:
    pair, layout = table.pairs[n], run.at(n)
    corner = layout.wide_active or film
    left = layout.wide.x - layout.wide_crop.x - corner.x
    top = layout.wide.y - layout.wide_crop.y - corner.y
    return {
        "n": n,
        "time": table.clock(n),
        "pair": [pair.wide, pair.dvd, pair.score, pair.confident, pair.partner],
        "wide": [left, top],
        "window": layout.wide.as_list(),
        "dvd": dvd_map(layout),
        "missing": [part.as_list() for part in layout.missing()],
    }


def dvd_map(layout: Layout) -> list[float] | None:
    """Return scales and corner of the decoded DVD's frame on the canvas; None where it is absent.

    Args:
        layout: The layout, its drift in it.
    """
    if not layout.bands() and layout.dvd.intersect(layout.frame) is None:
        return None
    area, place = layout.active, layout.dvd
    left, top, width, height = layout.window or (0.0, 0.0, float(area.w), float(area.h))
    across, down = place.w / width, place.h / height
    return [across, down, place.x - across * (area.x + left), place.y - down * (area.y + top)]
