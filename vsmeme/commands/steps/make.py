"""`vsmeme make`: every step whose artifacts don't hold, each in a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..arguments import project_argument, scheduler_option
from ..step_command import step_command

if TYPE_CHECKING:
    from ...project import Project
    from ...step_table import Step

LONGEST_LOOK_S, LEAST_LOOK_PX = 60, 1920
"""Films for which `make` first shows a draft: so short, with a canvas of so many px."""


@click.command()
@project_argument
@scheduler_option
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why.")
@click.option(
    "--draft", is_flag=True, help="Stop at a first look, out/draft.mp4: half size, corners black."
)
def main(project: Path, dry_run: bool, draft: bool, scheduler: str | None) -> int:
    """Make whatever is missing or stale, in order.

    Stop it at any time and run it again: it goes on where it was. After a new match of a large
    canvas and up to a minute, out/draft.mp4 comes first. Steps that do not wait for each other run
    side by side where the machine has two cores and 6 GiB of free memory.
    """
    return run_steps(project, dry_run=dry_run, draft=draft, scheduler=scheduler)


def run_steps(
    path: Path, *, dry_run: bool = False, draft: bool = False, scheduler: str | None = None
) -> int:
    """Run what is missing or stale of a project.

    Args:
        path: The ``meme.toml``.
        dry_run: Only say it.
        draft: Run only what a first look at the meme takes, and write that.
        scheduler: Who shares the work; by default what ``[cluster]`` says.

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
        if name == "match" and not draft and _worth_a_look(project):
            subprocess.run([*step_command("make", path), "--draft"], check=False)

    if dry_run:
        for number, step in enumerate(steps, 1):
            log.info("[%d/%d] %s: %s", number, len(steps), step.name, reason(step) or "fresh")
        return 0
    with _scheduler(scheduler or project.config.cluster.scheduler) as place:
        runner = StepRunner(
            steps,
            reason=reason,
            command=lambda name: step_command(name, project.file, scheduler=place),
            finished=finished,
        )
        code = runner.run()
    if draft and not code:
        from ...deliver.draft import write_draft
        from ...memory import limit_memory
        from ...steps.draft_film import make_draft_film

        film = make_draft_film(project)
        limit_memory()
        write_draft(project, film)
    elif not code and not runner.ran:
        log.info("nothing to do: %s holds", project.out)
    return code


def _worth_a_look(project: Project) -> bool:
    """Whether a draft is soon there, and all the rest much later: short, large, with a subject."""
    from ...readers import layouts, timeline

    if all(step.name != "segment" for step in project.steps):
        return False
    table, canvas = timeline(project), layouts(project)[0].canvas
    return len(table) <= LONGEST_LOOK_S * table.fps and max(canvas) >= LEAST_LOOK_PX


@contextmanager
def _scheduler(address: str | None) -> Iterator[str | None]:
    """Yield the address of the scheduler for all steps; without one, nothing of it is loaded."""
    if address is None:
        yield None
        return
    from ..cluster.distribute import scheduler_at

    with scheduler_at(address) as place:
        yield place
