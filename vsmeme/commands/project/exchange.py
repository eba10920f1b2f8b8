"""`vsmeme exchange`: cuts, placement, colours and tracks for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import project_argument


@click.command()
@project_argument
def main(project: Path) -> None:
    """Write cuts, placement and tracks for other programs.

    They land in out/exchange/: EDL, OTIO, CSV, qpfile, chapters, corner pins, .cube files, and
    lines for VapourSynth, AviSynth+ and ffmpeg.
    """
    from ...deliver.exchange.exchange import write_exchange
    from ...project import load_project

    write_exchange(load_project(project))
