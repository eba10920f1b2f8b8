"""Which layout holds in which frames, and in which of them the DVD is absent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import wrong
from ..pixels.rect import Rect
from ..sync.shots import Drift, Shots
from ..sync.timeline import Timeline
from .layout import Layout

Gaps = Literal["plate", "cut", "hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRun:
    """Frames that lie next to each other and are composed alike.

    Attributes:
        first: First pair.
        last: Last pair, included.
        layout: Where everything lies; without the DVD where it is absent.
        drift: For each frame, where the DVD lies relative to the layout, canvas px; empty where
            it stands still.
    """

    first: int
    last: int
    layout: Layout
    drift: tuple[Drift, ...] = ()

    def __len__(self) -> int:
        return self.last - self.first + 1

    @property
    def frames(self) -> range:
        """Its pairs."""
        return range(self.first, self.last + 1)

    def at(self, n: int) -> Layout:
        """Return the layout of a pair to the whole px, its drift in it."""
        if not self.drift:
            return self.layout
        dx, dy = self.drift[n - self.first]
        return self.layout.moved(round(dx), round(dy))

    def missing(self) -> tuple[Rect, ...]:
        """Return rectangles that hold whatever neither source reaches in a frame of the run."""
        if not self.drift:
            return self.layout.missing()
        x, y = ((round(min(v)), round(max(v))) for v in zip(*self.drift, strict=True))
        dvd = self.layout.dvd
        size = max(0, dvd.w - x[1] + x[0]), max(0, dvd.h - y[1] + y[0])
        always = Rect(x=dvd.x + x[1], y=dvd.y + y[1], w=size[0], h=size[1])
        beyond = self.layout.frame.minus(self.layout.wide)
        return tuple(part for rest in beyond for part in rest.minus(always))


def placed_runs(
    shots: Shots, layouts: Sequence[Layout], timeline: Timeline, *, gaps: Gaps = "plate"
) -> tuple[PlacedRun, ...]:
    """Say where everything lies in every frame.

    The DVD is absent in shots whose placement was not found, and in gaps of the match.

    Args:
        shots: The shots; they cover the timeline.
        layouts: The layouts that they index.
        timeline: The match table.
        gaps: ``hold`` shows the DVD frame that a gap holds; otherwise it is absent there.

    Returns:
        Runs in order that cover every pair once, neighbours that are composed alike made one.

    Raises:
        UsageError: A shot names a layout that is not there.
    """
    bare = {index: layout.without_dvd() for index, layout in enumerate(layouts)}
    holes = () if gaps == "hold" else timeline.gaps()
    runs: list[PlacedRun] = []
    for shot in shots.cut(len(timeline)).shots:
        if not 0 <= shot.layout < len(layouts):
            raise wrong("placed_runs", "shots", f"layouts below {len(layouts)}", shot.layout)
        for first, last, absent in _parts(shot.first, shot.last, holes):
            hidden = absent or not shot.placed
            drift = () if hidden else shot.drift[first - shot.first : last + 1 - shot.first]
            layout = bare[shot.layout] if hidden else layouts[shot.layout]
            runs.append(PlacedRun(first=first, last=last, layout=layout, drift=drift))
    return tuple(_merged(runs))


def run_at(runs: Sequence[PlacedRun], n: int) -> PlacedRun:
    """Return the run that holds a pair."""
    return next(run for run in runs if run.first <= n <= run.last)


def _parts(
    first: int, last: int, holes: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, bool]]:
    """Split a shot at the gaps: first, last, and whether it is one."""
    at = first
    for begin, end in holes:
        if end < at or begin > last:
            continue
        if begin > at:
            yield at, begin - 1, False
        yield max(at, begin), min(end, last), True
        at = min(end, last) + 1
    if at <= last:
        yield at, last, False


def _merged(runs: Sequence[PlacedRun]) -> Iterator[PlacedRun]:
    """Join neighbouring runs with the same layout if both drift or neither does."""
    group: list[PlacedRun] = []
    for run in runs:
        if group and (run.layout, bool(run.drift)) != (group[0].layout, bool(group[0].drift)):
            yield _joined(group)
            group = []
        group.append(run)
    yield _joined(group)


def _joined(group: Sequence[PlacedRun]) -> PlacedRun:
    drift = tuple(step for run in group for step in run.drift)
    first, last = group[0].first, group[-1].last
    return PlacedRun(first=first, last=last, layout=group[0].layout, drift=drift)
