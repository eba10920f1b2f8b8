"""`vsmeme match`: pairs of frames, shots, placement, colour."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..arguments import FILE, project_argument


@click.command()
@project_argument
@click.option("--accept", is_flag=True, help="Take the best candidate of an ambiguous reference.")
@click.option("--plot", type=FILE, metavar="PNG", help="Draw path, score, confidence and cuts.")
@click.option("--shots", is_flag=True, help="Print a table of all shots.")
@click.option("--shots-csv", type=FILE, metavar="CSV", help="Write that table to a file.")
def main(
    project: Path, accept: bool, plot: Path | None, shots: bool, shots_csv: Path | None
) -> None:
    """Match the wide and the DVD: pairs, shots, placement, colour.

    Writes match.json, shots.json, geometry.json and colour.json, and the picture that proves them.
    """
    from ... import readers
    from ...deliver.export.sound import write_sound
    from ...deliver.proof import proof
    from ...project import load_project
    from ...steps import match, shot_table

    opened = load_project(project)
    table = match.run_match(opened, accept=accept)
    if plot:
        from ...deliver.report.plots import write_match_plot

        write_match_plot(plot, table, readers.shots(opened))
    rows = shot_table.shot_rows(opened)
    if shots:
        sys.stdout.write(shot_table.shots_as_text(rows) + "\n")
    if shots_csv:
        shot_table.write_shots_csv(shots_csv, rows)
    proof(opened)
    write_sound(opened)
