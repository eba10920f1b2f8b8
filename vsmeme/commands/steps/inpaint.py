"""`vsmeme inpaint`: the plate of every shot."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument, scheduler_option


@click.command()
@project_argument
@scheduler_option
@click.option("--again", is_flag=True, help="Archive the plates that are there; make new ones.")
def main(project: Path, again: bool, scheduler: str | None) -> None:
    """Make the plate of every shot: one generation at most.

    Real pixels of other frames come first. Writes plate/*.png and background.json.
    """
    from ...project import load_project
    from ...steps.inpaint import archive_plates, run_inpaint
    from ..cluster.distribute import distribute

    opened = load_project(project)
    if again:
        archive_plates(opened)
    distribute(opened, "inpaint", scheduler)
    run_inpaint(opened)
