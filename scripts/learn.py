"""Learn an upscaler from the film's own overlap, and decide what upscales the bands."""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.progress import log
from vsmeme.project import load_project
from vsmeme.steps.learn import run_learn


def main(argv: list[str]) -> int:
    """Write upscale.json and return the exit code."""
    arguments = parser(__doc__).parse_args(argv)
    path = run_learn(load_project(arguments.project))
    log.info("%s", path)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
