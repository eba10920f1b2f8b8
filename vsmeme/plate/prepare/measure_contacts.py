"""Where, and in how many frames, the subject meets missing area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.images import Mask
from ...memory import in_order
from ...pixels.rect import Rect
from ...placement.layout import Layout
from ...placement.placed_runs import PlacedRun
from ...progress import bar
from ..contact_record import Contact, ContactRecord
from ..delivered_frame import filled_part
from .shot_frames import HALF

core = vs.core
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """Pairs of px on both sides of the missing area's border, along one direction.

    Attributes:
        line: Row or column of the second px of each pair.
        along: Its column or row.
        real: Row and column of the px that is picture.
        shown: Whether both lie in what some source fills.
    """

    line: Numbers
    along: Numbers
    real: tuple[Numbers, Numbers]
    shown: Mask


def measure_contacts(runs: Sequence[PlacedRun], subjects: Sequence[vs.VideoNode]) -> ContactRecord:
    """Look at the border of the missing area in every frame.

    Args:
        runs: Which layout holds in which frames; they cover the clips.
        subjects: Foreground and face masks, GRAY8 full range, canvas size.

    Returns:
        Every place where a px of the subject has a missing neighbour, and how many frames hold one.
    """
    both = core.std.Expr(list(subjects), "x y max") if len(subjects) > 1 else subjects[0]
    filled = filled_part(runs)
    pairs: dict[Layout, tuple[_Lines, _Lines]] = {}
    hits: tuple[set[tuple[int, int]], set[tuple[int, int]]] = (set(), set())
    frames, shown = 0, 0
    layouts = (run.at(n) for run in runs for n in run.frames)
    stream = bar(in_order(both), label="subject at missing area", total=both.num_frames)
    for layout, frame in zip(layouts, stream, strict=True):
        if layout not in pairs:
            pairs[layout] = _border(layout, filled)
        subject = np.asarray(frame[0])
        met = False
        met_shown = False
        for lines, found in zip(pairs[layout], hits, strict=True):
            touched = subject[lines.real] >= HALF
            met |= bool(touched.any())
            met_shown |= bool((touched & lines.shown).any())
            found.update(
                zip(lines.line[touched].tolist(), lines.along[touched].tolist(), strict=True)
            )
        frames, shown = frames + met, shown + met_shown
    level, upright = (_joined(found) for found in hits)
    return ContactRecord(level=level, upright=upright, frames=frames, frames_filled=shown)


def _border(layout: Layout, filled: Rect) -> tuple[_Lines, _Lines]:
    """Level and upright pairs of a layout."""
    lack = np.zeros(layout.canvas[::-1], np.bool_)
    for area in layout.missing():
        lack[area.y : area.bottom, area.x : area.right] = True
    y, x = np.nonzero(lack[1:] != lack[:-1])
    above = lack[y, x]
    level = _Lines(
        line=y + 1,
        along=x,
        real=(y + above, x),
        shown=(y >= filled.y) & (y + 1 < filled.bottom) & (x >= filled.x) & (x < filled.right),
    )
    y, x = np.nonzero(lack[:, 1:] != lack[:, :-1])
    before = lack[y, x]
    upright = _Lines(
        line=x + 1,
        along=y,
        real=(y, x + before),
        shown=(x >= filled.x) & (x + 1 < filled.right) & (y >= filled.y) & (y < filled.bottom),
    )
    return level, upright


def _joined(found: set[tuple[int, int]]) -> tuple[Contact, ...]:
    """Neighbours along a line as one contact."""
    contacts: list[Contact] = []
    for line, along in sorted(found):
        last = contacts[-1] if contacts else None
        if last and last.line == line and last.end == along:
            contacts[-1] = Contact(line=line, first=last.first, count=last.count + 1)
        else:
            contacts.append(Contact(line=line, first=along, count=1))
    return tuple(contacts)
