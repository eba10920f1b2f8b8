"""What deserves a look, on a timeline: shots, lost and unsure pairs, alarms of the masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, Protocol

from .. import readers
from ..errors import UserError
from ..project import Project
from ..sync.timeline import Pair, Timeline

NoteKind = Literal["shot", "not placed", "no partner", "unsure", "alarm"]
COLOURS: dict[NoteKind, str] = {
    "shot": "#7f9cff", "not placed": "#ff5c5c", "no partner": "#ff9f43", "unsure": "#ffd43b",
    "alarm": "#ff6bd0",
}  # fmt: skip
GROUP = "vsmeme"
type Notch = int | list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineNote:
    """One mark.

    Attributes:
        kind: What it is about.
        first: First pair.
        last: Last pair, included; the same for a single frame.
        label: For people.
    """

    kind: NoteKind
    first: int
    last: int
    label: str


def timeline_notes(project: Project) -> tuple[TimelineNote, ...]:
    """Return the marks of a matched project, shots first.

    Args:
        project: Its match has to be fresh; alarms come with fresh masks.
    """
    table, cuts = readers.timeline(project), readers.shots(project)
    notes = []
    for number, shot in enumerate(cuts.shots):
        label = f"shot {number}, {table.clock(shot.first)}"
        notes.append(TimelineNote(kind="shot", first=shot.first, last=shot.first, label=label))
        if not shot.placed:
            label = f"shot {number}: not placed, no bands"
            lost = TimelineNote(kind="not placed", first=shot.first, last=shot.last, label=label)
            notes.append(lost)
    notes += _runs(table, "no partner", lambda pair: not pair.partner)
    notes += _runs(table, "unsure", lambda pair: pair.partner and not pair.confident)
    try:
        alarms = readers.mask_record(project).alarms
    except UserError:
        alarms = ()
    notes += [TimelineNote(kind="alarm", first=n, last=n, label="masks drifted") for n in alarms]
    return tuple(notes)


def _runs(
    table: Timeline, kind: NoteKind, chosen: Callable[[Pair], bool]
) -> Iterator[TimelineNote]:
    """Mark runs of pairs, each with its lowest score."""
    for wanted, run in groupby(enumerate(table.pairs), key=lambda row: chosen(row[1])):
        rows = list(run)
        if wanted:
            score = min(pair.score for _, pair in rows)
            label = f"{kind}, correlation {score:.3f} at least"
            yield TimelineNote(kind=kind, first=rows[0][0], last=rows[-1][0], label=label)


class MarkedTimeline(Protocol):
    """What a previewer's timeline offers."""

    def add_notch(
        self,
        identifier: str,
        data: Notch,
        color: str,
        label: str,
        *,
        update: bool,
    ) -> None:
        """Add a mark: a frame, or a list of first and last frames."""
        ...

    def clear_notches(self, identifier: str, *, update: bool) -> None:
        """Remove the marks of a group."""
        ...


def mark(timeline: MarkedTimeline, notes: Sequence[TimelineNote]) -> None:
    """Put marks on a timeline, in the place of those that were there."""
    for kind in COLOURS:
        timeline.clear_notches(f"{GROUP}.{kind}", update=False)
    for note in notes:
        data: Notch = note.first if note.first == note.last else [(note.first, note.last)]
        timeline.add_notch(
            f"{GROUP}.{note.kind}", data, COLOURS[note.kind], note.label, update=False
        )
    timeline.clear_notches(f"{GROUP}.none", update=True)
