"""Make the masks of a project."""

from __future__ import annotations

from pathlib import Path

from .. import readers
from ..masks.mask_record import MaskRecord
from ..masks.prepare.canvas_frames import CanvasFrames
from ..masks.prepare.key_preview import write_previews
from ..masks.prepare.make_masks import find_keys, make_masks
from ..masks.prepare.mask_run import MaskRun
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
    return make_masks(mask_run(project), work=project.work, stamp=project.stamp("segment"))


def mask_run(project: Project) -> MaskRun:
    """Open a project's masks, to be made shot by shot."""
    return MaskRun(
        CanvasFrames(composite(project, bands="fast"), missing(project)),
        readers.shots(project),
        project.config.segment,
        folder=project.folder,
        work=project.work,
        stamp=project.stamp("segment"),
        reference=project.config.sources.reference,
    )


def unseen_shots(project: Project) -> dict[str, int]:
    """Name the shots in which nobody was looked for yet, each with the frames that takes."""
    run = mask_run(project)
    return {str(i): len(run.shots.shots[i]) for i in run.unseen()}


def see_shot(run: MaskRun, name: str) -> list[Path]:
    """Look for the people of a shot; returns the file."""
    run.see(int(name))
    return [run.people_file(int(name))]


def unmasked_shots(project: Project) -> dict[str, int]:
    """Name the shots whose masks are not there, each with its number of frames."""
    run = mask_run(project)
    ways = enumerate(run.ways)
    return {str(i): len(run.shots.shots[i]) for i, way in ways if run.record(i, way) is None}


def mask_shot(run: MaskRun, name: str) -> list[Path]:
    """Make the masks of a shot; returns the files."""
    run.make(int(name), run.decided_way(int(name)))
    return run.results(int(name))


def mask_needs(project: Project, name: str) -> list[Path]:
    """Return what the masks of a shot are made from, beside the artifacts."""
    cache = project.work / "cache" / "masks"
    return [path for path in (cache / "ways.json", cache / f"{name}.people.npz") if path.exists()]


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
