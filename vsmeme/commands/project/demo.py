"""`vsmeme demo`: a pair with known truth, everything run on it, and how close it came."""

from __future__ import annotations

import time
from pathlib import Path

import click

from ...errors import UsageError
from ..arguments import FILE, verbose_option
from ..steps.make import run_steps


@click.command()
@click.argument("folder", default="demo", type=click.Path(path_type=Path))
@verbose_option
@click.option("--picture", type=FILE, metavar="JPEG", help="Before and after, px for px.")
def main(folder: Path, picture: Path | None) -> int:
    """Make a pair with known truth, and the whole meme of it.

    The pair is made of photographs: Eileen Collins (NASA, public domain) before the launch of
    DSCOVR (SpaceX, CC0). The silly face is drawn here. What comes out is compared with the truth.
    """
    from ...deliver.before_after import before_after
    from ...demo import scene_truth
    from ...demo.demo_film import SCENE, write_demo
    from ...project import load_project

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: expected a folder for the demo, got a file")
    started = time.monotonic()
    path = write_demo(folder)
    code = run_steps(path)
    if code:
        return code
    project = load_project(path)
    if picture:
        before_after(project, picture)
    click.echo(scene_truth.compare_with_truth(SCENE, project))
    click.echo(f"\n{folder / 'out'}: made in {time.monotonic() - started:.0f} s")
    return 0
