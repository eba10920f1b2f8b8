"""`vsmeme report`: one page about a project."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument


@click.command()
@project_argument
@click.option("--runbook", is_flag=True, help="Print how to redo the placement by hand instead.")
def main(project: Path, runbook: bool) -> None:
    """Write one page about a project.

    It is out/report.html: warnings first, and it needs no network.
    """
    from ...deliver.report.report import report
    from ...deliver.runbook import runbook as steps_by_hand
    from ...project import load_project

    opened = load_project(project)
    if runbook:
        click.echo(steps_by_hand(opened))
    else:
        report(opened)
