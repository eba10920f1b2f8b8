"""Match the wide and the DVD: pairs of frames, shots, placement, colour."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# many small matrix products: more threads would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from vsmeme import readers
from vsmeme.cli import parser, run
from vsmeme.deliver.export.sound import write_sound
from vsmeme.deliver.proof import proof
from vsmeme.deliver.report.plots import write_match_plot
from vsmeme.project import load_project
from vsmeme.steps import match, shot_table


def main(argv: list[str]) -> int:
    """Match, write the artifacts, and draw the picture that proves them."""
    made = parser(__doc__)
    made.add_argument(
        "--accept", action="store_true", help="take the best candidate of an ambiguous reference"
    )
    made.add_argument(
        "--plot", type=Path, metavar="PNG", help="draw path, score, confidence and cuts"
    )
    made.add_argument("--shots", action="store_true", help="print a table of all shots")
    made.add_argument("--shots-csv", type=Path, metavar="CSV", help="write that table to a file")
    arguments = made.parse_args(argv)
    project = load_project(arguments.project)
    table = match.run_match(project, accept=arguments.accept)
    if arguments.plot:
        write_match_plot(arguments.plot, table, readers.shots(project))
    rows = shot_table.shot_rows(project)
    if arguments.shots:
        sys.stdout.write(shot_table.shots_as_text(rows) + "\n")
    if arguments.shots_csv:
        shot_table.write_shots_csv(arguments.shots_csv, rows)
    proof(project)
    write_sound(project)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
