"""Render the meme: MP4, GIF and poster into out/; an interrupted export goes on where it was."""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.deliver.export.export import export
from vsmeme.memory import limit_memory
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Export one project."""
    made = parser(__doc__)
    made.add_argument(
        "--keep",
        action="store_true",
        help="also write masks, bands, cut-out face and plate to out/stages/",
    )
    arguments = made.parse_args(argv)
    limit_memory()
    export(load_project(arguments.project), keep=arguments.keep)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
