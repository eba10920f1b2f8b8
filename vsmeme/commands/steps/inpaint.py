"""`vsmeme inpaint`: the plate of every shot."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument


@click.command()
@project_argument
@click.option("--again", is_flag=True, help="Archive the plates that are there; make new ones.")
def main(project: Path, again: bool) -> None:
    """Make the plate of every shot: one generation at most.

    Real pixels of other frames come first. Writes plate/*.png and background.json.
    """
    from ...project import load_project
    from ...steps.inpaint import run_inpaint

    run_inpaint(load_project(project), again=again)
