"""`vsmeme learn`: what upscales the bands."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument


@click.command()
@project_argument
def main(project: Path) -> None:
    """Decide what upscales the bands; learn it from the film.

    The film teaches where both releases overlap. Writes upscale.json.
    """
    from ...progress import log
    from ...project import load_project
    from ...steps.learn import run_learn

    log.info("%s", run_learn(load_project(project)))
