"""`vsmeme export`: the files for people."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument, scheduler_option


@click.command()
@project_argument
@scheduler_option
@click.option(
    "--keep", is_flag=True, help="Also write masks, bands, cut-out face and plate to out/stages/."
)
def main(project: Path, keep: bool, scheduler: str | None) -> None:
    """Render the meme, or what [output] asks for.

    MP4, GIF and poster, unless told otherwise.

    They land in out/. An interrupted export goes on where it was.
    """
    from ...deliver.export.export import export
    from ...memory import limit_memory
    from ...project import load_project
    from ..cluster.distribute import distribute

    limit_memory()
    opened = load_project(project)
    distribute(opened, "export", scheduler)
    export(opened, keep=keep)
