"""`vsmeme make`: every step whose artifacts don't hold, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import click

from ..arguments import project_argument


@click.command()
@project_argument
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why.")
def main(project: Path, dry_run: bool) -> int:
    """Make whatever is missing or stale, in order.

    Stop it at any time and run it again: it goes on where it was.
    """
    return run_steps(project, dry_run=dry_run)


def run_steps(path: Path, *, dry_run: bool = False) -> int:
    """Run what is missing or stale of a project.

    Args:
        path: The ``meme.toml``.
        dry_run: Only say it.

    Returns:
        The exit code of the step that failed; 0 where none did.
    """
    from ...progress import log
    from ...project import load_project
    from ...timings import note_time

    project = load_project(path)
    ran = False
    for number, step in enumerate(project.steps, 1):
        reason = project.stale(step.name) or project.undrawn(step.name)
        title = f"[{number}/{len(project.steps)}] {step.name}"
        if reason is None:
            log.info("%s: fresh", title)
            continue
        ran = True
        log.info("%s: %s", title, reason)
        if dry_run:
            continue
        started = time.monotonic()
        code = subprocess.run(step_command(step.name, project.file)).returncode
        if code:
            return code
        seconds = time.monotonic() - started
        note_time(project.work, step.name, seconds)
        log.info("      %s: %.1f s", step.name, seconds)
    if not ran:
        log.info("nothing to do: %s holds", project.out)
    return 0


def step_command(step: str, project: Path) -> list[str]:
    """Return the command line that runs a step with this Python, whatever the folder holds."""
    return [sys.executable, "-P", "-m", "vsmeme", step, str(project)]
