"""One log and one kind of progress bar, both on stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from io import StringIO

from tqdm import tqdm

log = logging.getLogger("vsmeme")
QUIET_S = 2.0  # what takes less is no news in a log file


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
