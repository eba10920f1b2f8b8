"""`vsmeme make`: every step whose artifacts don't hold, each in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..arguments import project_argument

if TYPE_CHECKING:
    from ...step_table import Step


@click.command()
@project_argument
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why.")
@click.option(
    "--draft", is_flag=True, help="Stop at a first look, out/draft.mp4: half size, corners black."
)
def main(project: Path, dry_run: bool, draft: bool) -> int:
    """Make whatever is missing or stale, in order.

    Stop it at any time and run it again: it goes on where it was. Steps that do not wait for each
    other run side by side where the machine has two cores and 6 GiB of free memory.
    """
    return run_steps(project, dry_run=dry_run, draft=draft)


def run_steps(path: Path, *, dry_run: bool = False, draft: bool = False) -> int:
    """Run what is missing or stale of a project.

    Args:
        path: The ``meme.toml``.
        dry_run: Only say it.
        draft: Run only what a first look at the meme takes, and write that.

    Returns:
        The exit code of the step that failed; 0 where none did.
    """
    from ...progress import log
    from ...project import load_project
    from ...step_table import DRAFT_STEPS
    from ...timings import note_time
    from .step_runner import StepRunner

    project = load_project(path)
    steps = DRAFT_STEPS if draft else project.steps

    def reason(step: Step) -> str | None:
        return project.stale(step.name) or project.undrawn(step.name)

    def finished(name: str, seconds: float) -> None:
        note_time(project.work, name, seconds)
        log.info("      %s: %.1f s", name, seconds)

    if dry_run:
        for number, step in enumerate(steps, 1):
            log.info("[%d/%d] %s: %s", number, len(steps), step.name, reason(step) or "fresh")
        return 0
    runner = StepRunner(
        steps,
        reason=reason,
        command=lambda name: step_command(name, project.file),
        finished=finished,
    )
    code = runner.run()
    if draft and not code:
        from ...deliver.draft import write_draft
        from ...memory import limit_memory

        limit_memory()
        write_draft(project)
    elif not code and not runner.ran:
        log.info("nothing to do: %s holds", project.out)
    return code


def step_command(step: str, project: Path) -> list[str]:
    """Return the command line that runs a step with this Python, whatever the folder holds."""
    return [sys.executable, "-P", "-m", "vsmeme", step, str(project)]
