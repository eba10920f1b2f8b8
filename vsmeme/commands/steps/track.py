"""`vsmeme track`: where the face and the foreground are."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument, scheduler_option


@click.command()
@project_argument
@scheduler_option
def main(project: Path, scheduler: str | None) -> None:
    """Follow the face and the foreground; lay the picture on.

    Writes track.json.
    """
    from ...project import load_project
    from ...steps.track import run_track
    from ..cluster.distribute import distribute

    opened = load_project(project)
    distribute(opened, "track", scheduler)
    run_track(opened)
