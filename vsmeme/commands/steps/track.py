"""`vsmeme track`: where the face and the foreground are."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument


@click.command()
@project_argument
def main(project: Path) -> None:
    """Follow the face and the foreground; lay the picture on.

    Writes track.json.
    """
    from ...project import load_project
    from ...steps.track import run_track

    run_track(load_project(project))
