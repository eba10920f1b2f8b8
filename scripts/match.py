"""Match the wide and the DVD: pairs of frames, shots, placement, colour."""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.prepare import sync
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Match and write the artifacts."""
    arguments = parser(__doc__).parse_args(argv)
    sync.match(load_project(arguments.project))
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
