"""`vsmeme cube`: the colour transforms for grading programs."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument


@click.command()
@project_argument
def main(project: Path) -> None:
    """Write the colours as .cube files.

    They bring the DVD's colours to the wide's. They land in out/exchange/cubes/, one a transform.
    """
    from ...deliver.exchange.exchange import EXCHANGE, write_cubes
    from ...project import load_project

    opened = load_project(project)
    for path in write_cubes(opened, opened.out / EXCHANGE / "cubes"):
        click.echo(path)
