"""Make the masks of foreground and face: work/masks.json, work/masks/*.mkv."""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.progress import log
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Segment the key frames of a project and carry the masks to every frame."""
    args = parser(__doc__).parse_args(argv)
    project = load_project(args.project)
    from vsmeme.prepare.segment import segment

    made = segment(project)
    log.info(
        "masks: %d key frames, %d alarms, %d calls of the segmenter",
        len(made["keys"]), len(made["alarms"]), made["segmenter_calls"],
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
