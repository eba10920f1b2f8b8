"""One log and one kind of progress bar, both on stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

from tqdm import tqdm

log = logging.getLogger("vsmeme")


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
    return tqdm(
        items, desc=label, total=total, unit=unit, file=sys.stderr, mininterval=0.25, leave=False
    )
