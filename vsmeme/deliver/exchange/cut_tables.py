"""The cuts for encoders, spreadsheets and players."""

from __future__ import annotations

import csv
import io

from .takes import TakeList

TAKE_COLUMNS = (
    "take", "shot", "first", "last", "wide first", "wide last", "dvd first", "dvd last",
    "dvd frames", "colour", "canvas w", "canvas h", "wide x", "wide y", "dvd x", "dvd y", "dvd w",
    "dvd h",
)  # fmt: skip
"""Frames: of the result, and of each release's film. Places: canvas px. ``dvd frames``: how many
different ones are shown; empty where the DVD is absent."""


def takes_csv(takes: TakeList) -> str:
    """Return one row a take, the names of the columns first."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(TAKE_COLUMNS)
    for number, take in enumerate(takes.takes):
        layout = take.layout
        dvd: tuple[int | str, ...] = ("",) * 3
        place: tuple[int | str, ...] = ("",) * 4
        if take.dvd:
            count = len({n for first, last in take.dvd for n in range(first, last + 1)})
            dvd = (take.dvd[0][0], take.dvd[-1][1], count)
            place = tuple(layout.dvd.as_list())
        rows.writerow(
            (number, take.shot, take.first, take.last, *take.wide, *dvd, take.colour,
             *layout.canvas, layout.wide.x, layout.wide.y, *place)
        )  # fmt: skip
    return text.getvalue()


def qpfile(takes: TakeList) -> str:
    """Return a file that makes x264 and x265 begin every shot with a key frame."""
    return "".join(f"{first} K\n" for _, first in takes.starts)


def chapters(takes: TakeList) -> str:
    """Return a chapter a shot as ffmpeg's metadata, exact to the frame."""
    lines = [";FFMETADATA1"]
    starts = takes.starts
    ends = [*(first for _, first in starts[1:]), takes.frames]
    for (number, first), end in zip(starts, ends, strict=True):
        base = f"{takes.fps.denominator}/{takes.fps.numerator}"
        lines += ["[CHAPTER]", f"TIMEBASE={base}", f"START={first}", f"END={end}"]
        lines += [f"title=Shot {number}"]
    return "\n".join(lines) + "\n"
