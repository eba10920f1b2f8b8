"""Make the plate of every shot: real pixels of other frames first, then one generation.

Writes work/plate/*.png and work/background.json beside the meme.toml.
"""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.project import load_project
from vsmeme.steps.inpaint import run_inpaint


def main(argv: list[str]) -> int:
    """Take the arguments and make what is missing."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "--again", action="store_true", help="archive the plates that are there and make new ones"
    )
    options = arguments.parse_args(argv)
    run_inpaint(load_project(options.project), again=options.again)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
