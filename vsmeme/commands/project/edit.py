"""`vsmeme edit`: one project on a local page."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument


@click.command()
@project_argument
@click.option("--host", default="127.0.0.1", help="Device to serve; by default this machine alone.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Its port; 0 is any.")
def main(project: Path, host: str, port: int) -> None:
    """Look at a project and change it on a local page.

    Prints an address to open in a browser. With --host whoever knows the address sees and changes
    the project, over a connection that is not encrypted.
    """
    from ..editor.serve import edit

    edit(project, host=host, port=port)
