"""Make the masks of a project."""

from __future__ import annotations

from pathlib import Path

from .. import readers
from ..masks.mask_record import MaskRecord
from ..masks.prepare.canvas_frames import CanvasFrames
from ..masks.prepare.key_preview import write_previews
from ..masks.prepare.make_masks import find_keys, make_masks
from ..masks.prepare.segmenters.base import Segmenter
from ..masks.prepare.segmenters.choose import choose_segmenter
from ..project import Project
from ..stages import composite, missing
from ..sync.shots import Shots


def run_segment(project: Project) -> MaskRecord:
    """Write `masks.json`, `masks/foreground.mkv` and `masks/face.mkv` of a project.

    Args:
        project: With fresh artifacts of `match`.

    Returns:
        The contents of `masks.json`.

    Raises:
        ArtifactError: The artifacts of `match` are missing or stale.
        MissingError: A checkpoint or network is missing; names the command.
        UsageError: A prompt cannot be used, or no shot shows a face and nothing was prompted.
    """
    shots = readers.shots(project)
    clip = composite(project, bands="fast")
    empty = missing(project)
    settings, stamp = project.config.segment, project.stamp("segment")
    return make_masks(
        clip, empty, shots, settings, folder=project.folder, work=project.work, stamp=stamp,
        reference=project.config.sources.reference,
    )  # fmt: skip


def preview(project: Project) -> list[Path]:
    """Write overlays of the key frames into `work/preview`; returns the files."""
    frames, shots, segmenter = open_frames(project)
    settings, reference = project.config.segment, project.config.sources.reference
    subjects = find_keys(settings, frames, shots, segmenter, reference=reference)
    return write_previews(project.work / "preview", frames, subjects)


def open_frames(project: Project) -> tuple[CanvasFrames, Shots, Segmenter]:
    """Open what a subject is looked for in: the composite, its shots, and what segments it."""
    shots = readers.shots(project)
    frames = CanvasFrames(composite(project, bands="fast"), missing(project))
    return frames, shots, choose_segmenter(project.config.segment, project.folder, frames.size)
