"""Write out/report.html, one page about a project; --runbook prints the placement instead."""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.deliver.report.report import report
from vsmeme.deliver.runbook import runbook
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Report on one project."""
    made = parser(__doc__)
    made.add_argument(
        "--runbook", action="store_true", help="print how to redo the placement by hand"
    )
    arguments = made.parse_args(argv)
    project = load_project(arguments.project)
    if arguments.runbook:
        print(runbook(project))
    else:
        report(project)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
