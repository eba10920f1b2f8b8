"""Write cuts, placement, colours and tracks for other programs into out/exchange/."""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.deliver.exchange.exchange import write_cubes, write_exchange
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Write the files of one project."""
    made = parser(__doc__)
    made.add_argument("--cubes", action="store_true", help="write the .cube files alone")
    arguments = made.parse_args(argv)
    project = load_project(arguments.project)
    if arguments.cubes:
        write_cubes(project, project.out / "exchange" / "cubes")
    else:
        write_exchange(project)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
