"""Follow the face and the foreground, and lay the face picture on: writes work/track.json."""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Track the project's regions."""
    from vsmeme.steps.track import run_track

    arguments = parser(__doc__).parse_args(argv)
    run_track(load_project(arguments.project))
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
