"""The command line that runs a step in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path


def step_command(step: str, project: Path, *, scheduler: str | None = None) -> list[str]:
    """Return the command line that runs a step with this Python, whatever the folder holds.

    Args:
        step: Its name.
        project: The ``meme.toml``.
        scheduler: Address of the scheduler that shares the work, if one does.
    """
    shared = []
    if scheduler:
        from .cluster.rounds import SHARED_STEPS

        shared = ["--scheduler", scheduler] if step in SHARED_STEPS else []
    return [sys.executable, "-P", "-m", "vsmeme", step, str(project), *shared]
