"""Make the masks of foreground and face: work/masks.json, work/masks/*.mkv."""

from __future__ import annotations

import sys

from vsmeme.cli import parser, run
from vsmeme.progress import log
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Segment the key frames of a project and carry the masks to every frame."""
    arguments = parser(__doc__)
    ways = arguments.add_mutually_exclusive_group()
    ways.add_argument(
        "--preview", action="store_true", help="only write work/preview/*.png: the key frames"
    )
    ways.add_argument(
        "--pick", action="store_true", help="open a local page to point at the subject"
    )
    args = arguments.parse_args(argv)
    project = load_project(args.project)
    from vsmeme.steps.segment import pick_prompts, preview, run_segment

    if args.pick:
        pick_prompts(project)
        return 0
    if args.preview:
        for path in preview(project):
            log.info("%s", path)
        return 0
    made = run_segment(project)
    log.info(
        "masks: %d key frames, %d alarms, %d calls of the segmenter",
        len(made.keys), len(made.alarms), made.segmenter_calls,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
