"""One log and one kind of progress bar, both on stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable
from io import StringIO
from typing import Any

from tqdm import tqdm

log = logging.getLogger("vsmeme")
QUIET_S = 2.0  # what takes less is no news in a log file
PROGRESS_LINES = "VSMEME_PROGRESS_LINES"
"""Environment variable: where it is set, bars are lines that a program reads."""
_MARK = "\x1eprogress "
_drawn = True


def hide_bars() -> None:
    """Draw no bar in this process from now on: somebody else tells how far the work is."""
    global _drawn
    _drawn = False


def start_log(*, verbose: bool = False) -> None:
    """Send the package's log to stderr, one plain line a message."""
    logging.basicConfig(
        format="%(message)s",
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        force=True,
    )
    for noisy in ("matplotlib", "PIL", "filelock", "diffusers", "transformers"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def bar[T](
    items: Iterable[T] = (), *, label: str, total: int | None = None, unit: str = "frame"
) -> tqdm[T]:
    """Return a progress bar with speed and time left.

    Args:
        items: What to iterate over; nothing for a bar that is advanced with ``update``.
        label: Text before the bar.
        total: Number of items where ``items`` has no length.
        unit: What is counted.
    """
    if not _drawn:
        return tqdm(items, total=total, disable=True)
    if os.environ.get(PROGRESS_LINES):
        return _Told(items, desc=label, total=total, unit=unit, file=StringIO(), mininterval=0.5)
    if sys.stderr.isatty():
        return tqdm(
            items,
            desc=label,
            total=total,
            unit=unit,
            file=sys.stderr,
            mininterval=0.25,
            leave=False,
        )
    return _Line(items, desc=label, total=total, unit=unit, file=StringIO())


class _Line(tqdm):  # type: ignore[type-arg]  # its class takes no argument when it runs
    """A bar for log files and pipes: one line at its end, if there was something to wait for."""

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Draw nothing."""

    def close(self) -> None:
        """Say what was done and how long it took."""
        if not self.disable:
            seconds = self.format_dict["elapsed"]
            if seconds > QUIET_S:
                log.info("%s: %d %ss in %.0f s", self.desc, self.n, self.unit, seconds)
        super().close()


class _Told(_Line):
    """A bar for a program that shows it to people: a line of JSON each half second."""

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Write label, number done, number in all and seconds left."""
        facts, total = self.format_dict, self.total
        rate = facts["rate"] or (self.n / facts["elapsed"] if facts["elapsed"] else 0)
        left = round((total - self.n) / rate, 1) if total and rate else None
        data = {"label": self.desc, "done": self.n, "total": total, "left": left}
        sys.stderr.write(f"{_MARK}{json.dumps(data)}\n")
        sys.stderr.flush()


def progress_facts(line: str) -> dict[str, Any] | None:
    """Read a line that a bar wrote for a program; None for any other."""
    if not line.startswith(_MARK):
        return None
    try:
        facts: dict[str, Any] = json.loads(line.removeprefix(_MARK))
    except ValueError:
        return None
    return facts
