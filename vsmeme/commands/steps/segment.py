"""`vsmeme segment`: masks of foreground and face."""

from __future__ import annotations

from pathlib import Path

import click

from ...errors import UsageError
from ..arguments import project_argument, scheduler_option


@click.command()
@project_argument
@scheduler_option
@click.option("--preview", is_flag=True, help="Only write work/preview/*.png: the key frames.")
@click.option("--pick", is_flag=True, help="Open a local page to point at the subject.")
def main(project: Path, preview: bool, pick: bool, scheduler: str | None) -> None:
    """Make the masks of foreground and face.

    Segments the key frames and carries the masks to every frame. Writes masks.json and masks/*.mkv.
    """
    from ...progress import log
    from ...project import load_project
    from ...steps import segment
    from ..cluster.distribute import distribute

    if preview and pick:
        raise UsageError("vsmeme segment: --preview and --pick exclude each other")
    opened = load_project(project)
    if pick:
        from ..editor.serve import edit

        edit(opened.file, view="subject")
        return
    if preview:
        for path in segment.preview(opened):
            log.info("%s", path)
        return
    distribute(opened, "segment", scheduler)
    masks = segment.run_segment(opened)
    log.info(
        "masks: %d key frames, %d alarms, %d calls of the segmenter",
        len(masks.keys), len(masks.alarms), masks.segmenter_calls,
    )  # fmt: skip
