"""The graph into files for people: whatever ``[output]`` asks for, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ... import readers, stages
from ...artifact import write_json
from ...errors import UsageError
from ...ffmpeg import find_ffmpeg
from ...media_identity import stored_path
from ...progress import bar, log
from ...project import Project
from ...source.files import Role
from ..lacking import lacking
from .animations import write_animation
from .company import film_company
from .encode import EncodedTrack, sweep_segments
from .export_note import ExportedFile, ExportNote
from .intermediates import keep_stages
from .mux import Company, gather_pictures, write_whole
from .pieces.poster import write_poster
from .pieces.rendering import Rendering, opened_rendering
from .planned_files import PlannedFile, require_space

GAP_WORDS = {
    "plate": "filled without it",
    "cut": "cut out of the film and its sound",
    "hold": "the last DVD frame is held in the bands",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export made.

    Attributes:
        files: The files, and the folders of pictures, in the order in which they were asked for.
        poster: One frame as PNG.
        frames: Length of the film. rendered: How many of them were rendered this time.
        fps: Its rate.
        sound: Whose sound it has.
    """

    files: tuple[Path, ...]
    poster: Path
    frames: int
    rendered: int
    fps: Fraction
    sound: Role | None

    @property
    def mp4(self) -> Path:
        """The first file: the video, where there is one."""
        return self.files[0]


def export(project: Project, *, keep: bool = False) -> Exported:
    """Render a project into ``out/``; resumes an interrupted export.

    Args:
        project: All artifacts that the files need must be fresh.
        keep: Also write masks, bands, cut-out and plate to ``out/stages/``.

    Returns:
        The files; also noted in ``export.json``.

    Raises:
        ArtifactError: An artifact is missing or stale.
        UsageError: A file that is asked for cannot be, or the disk has no room for it.
        MissingError: No ffmpeg, or not the encoder that was asked for.
        EncoderError: ffmpeg failed.
        OSError: The disk is full, or the output folder cannot be written.
    """
    find_ffmpeg()
    _room(project.out)
    made, stamp = opened_rendering(project), project.stamp("export")
    frames, size = made.first.num_frames, (made.first.width, made.first.height)
    require_space(made.plans, project.out, size=size, frames=frames)
    sweep_segments(made.pieces[0].folder)
    rendered = _render(made)
    company, sound = film_company(project)
    sizes = [
        _write(plan, track, made, company, project.config.output.gif_megabytes)
        for plan, track in zip(made.plans, made.tracks, strict=True)
    ]
    poster = made.plans[0].path.with_suffix(".png")
    write_poster(made.pieces, made.poster, poster)
    if keep:
        keep_stages(project, project.out / "stages")
    done = Exported(files=tuple(plan.path for plan in made.plans), poster=poster, frames=frames,
                    rendered=rendered, fps=made.fps, sound=sound)  # fmt: skip
    notes = [_noted(project, *each) for each in zip(made.plans, sizes, strict=True)]
    _note(project, done, notes, stamp)
    return done


def _write(
    plan: PlannedFile,
    track: EncodedTrack,
    made: Rendering,
    company: Company,
    megabytes: float | None,
) -> tuple[int, int]:
    """Make a file of its pieces; returns its width and height."""
    pieces = made.pieces
    if plan.form.kind == "animation":
        return write_animation(plan, pieces, track, made.gif, megabytes=megabytes)
    if plan.form.kind == "pictures":
        gather_pictures(pieces, track, plan.path)
    else:
        codec = plan.form.sound[plan.path.suffix.lower()]
        write_whole(plan.path, pieces, track, company, sound_codec=codec)
        if plan.form.bits:  # large: not twice on the disk for longer than it takes
            for piece in pieces:
                piece.piece(track).unlink(missing_ok=True)
    return track.picture.clip.width, track.picture.clip.height


def _noted(project: Project, plan: PlannedFile, size: tuple[int, int]) -> ExportedFile:
    """Say what a file is, in ``export.json`` and in the log."""
    parts = plan.path.iterdir() if plan.path.is_dir() else [plan.path]
    count = sum(part.stat().st_size for part in parts)
    log.info("%s: %s, %s, %dx%d, %.2f MB", plan.path, plan.form.name, plan.picture, *size,
             count / 1e6)  # fmt: skip
    sound = plan.form.kind == "video" and bool(plan.form.sound[plan.path.suffix.lower()])
    return ExportedFile(
        path=stored_path(plan.path, folder=project.folder),
        bytes=count,
        format=plan.form.name,
        stage=plan.picture,
        size=size,
        depth=plan.quality.depth,
        sound=sound,
    )


def _note(
    project: Project, made: Exported, files: Sequence[ExportedFile], stamp: dict[str, Any]
) -> None:
    """Write ``export.json`` and tell what was made."""
    choice = stages.frame_choice(project)
    poster = stored_path(made.poster, folder=project.folder)
    note = ExportNote(frame=choice.rect, frames=made.frames, fps=made.fps, sound=made.sound,
                      files=tuple(files), poster=poster)  # fmt: skip
    write_json(project.work / "export.json", {**note.to_json(), "made_from": stamp})
    sound = f"sound of the {made.sound}" if made.sound else "no sound"
    log.info("%s: %d frames, %.3f fps, %s", project.out, made.frames, float(made.fps), sound)
    log.info("%s", choice.told())
    for line in lacking(project):
        log.warning("%s", line)
    gaps = readers.timeline(project).gaps()
    if gaps:
        count = sum(last - first + 1 for first, last in gaps)
        word = GAP_WORDS[project.config.time.gaps]
        log.warning("%d frames have no partner on the DVD: %s", count, word)


def _room(out: Path) -> None:
    """Make the output folder, or say what is in its way."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: expected a folder for the results, got a file")
    out.mkdir(parents=True, exist_ok=True)


def _render(made: Rendering) -> int:
    """Render what is not there yet; returns how many frames that took."""
    missing = [piece for piece in made.pieces if made.lacks(piece)]
    if len(missing) < len(made.pieces):
        count = len(made.pieces)
        log.info("going on: %d of %d segments are done", count - len(missing), count)
    total = sum(piece.end - piece.first for piece in missing)
    progress: tqdm[Any] = bar(label="export", total=total)
    with progress:
        for piece in missing:
            made.render(piece, each=lambda n: progress.update())
    return total
