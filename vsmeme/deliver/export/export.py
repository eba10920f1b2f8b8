"""The graph into files for people: whatever ``[output]`` asks for, in one pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import vapoursynth as vs
from tqdm import tqdm

from ... import readers, stages
from ...arrays.frames import to_array
from ...artifact import atomic_path, write_json
from ...config import Config
from ...errors import MissingError, UsageError, out_of_memory
from ...ffmpeg import find_ffmpeg
from ...media_identity import sampled_digest, stored_path
from ...progress import bar, log
from ...project import STEPS, Project
from ...source.files import Role
from ...source.formats import from_working
from ..lacking import lacking
from .animations import small_track, write_animation
from .company import film_company
from .encode import EncodedTrack, Segment, encode_segment, segment_folder, segments
from .export_note import ExportedFile, ExportNote
from .gif import GifPlan
from .intermediates import keep_stages
from .mux import Company, gather_pictures, write_whole
from .planned_files import PlannedFile, planned_files, require_space
from .stage_pictures import StagePicture, stage_picture

core = vs.core

SECTIONS = fields(Config)  # type: ignore[arg-type]
SMALLER = "memory ran out while rendering; run vsmeme learn again: it finds smaller tiles"
NOT_PICTURE = ("export.json", "timings.json")
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
    plans = planned_files(project)
    stamp, fps = project.stamp("export"), readers.timeline(project).fps
    graph = stages.StageGraph(project)
    shown = {plan.picture: stage_picture(graph, plan.picture) for plan in plans}
    first = shown[plans[0].picture].clip
    frames, size = first.num_frames, (first.width, first.height)
    require_space(plans, project.out, size=size, frames=frames)
    gif = GifPlan.of(project.config.output, canvas=size, frames=frames, fps=fps)
    tracks = [_track(plan, shown, graph, gif, fps) for plan in plans]
    pieces = segments(_folder(project, tracks, frames=frames), frames=frames, fps=fps)
    rendered = _render(pieces, {track.key: track for track in tracks})
    company, sound = film_company(project)
    sizes = [
        _write(plan, track, pieces, gif, company, project.config.output.gif_megabytes)
        for plan, track in zip(plans, tracks, strict=True)
    ]
    poster = plans[0].path.with_suffix(".png")
    _write_poster(shown[plans[0].picture], poster)
    if keep:
        keep_stages(project, project.out / "stages")
    made = Exported(files=tuple(plan.path for plan in plans), poster=poster, frames=frames,
                    rendered=rendered, fps=fps, sound=sound)  # fmt: skip
    _note(project, made, [_noted(project, *each) for each in zip(plans, sizes, strict=True)], stamp)
    return made


def _track(
    plan: PlannedFile,
    shown: dict[Any, StagePicture],
    graph: stages.StageGraph,
    gif: GifPlan,
    fps: Fraction,
) -> EncodedTrack:
    """Return what a file's frames go through."""
    if plan.form.kind != "animation":
        home = plan.path if plan.form.kind == "pictures" else None
        picture, form = shown[plan.picture], plan.form
        return EncodedTrack.of(plan.key, picture, form, plan.quality, fps=fps, home=home)
    ungrained = (
        "face" if plan.picture == "final" else plan.picture
    )  # grain costs much, shows little
    return small_track(stage_picture(graph, ungrained), ungrained, gif)


def _write(
    plan: PlannedFile,
    track: EncodedTrack,
    pieces: Sequence[Segment],
    gif: GifPlan,
    company: Company,
    megabytes: float | None,
) -> tuple[int, int]:
    """Make a file of its pieces; returns its width and height."""
    if plan.form.kind == "animation":
        return write_animation(plan, pieces, track, gif, megabytes=megabytes)
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


def _folder(project: Project, tracks: Sequence[EncodedTrack], *, frames: int) -> Path:
    """Where the segments of this graph, encoding and length lie."""
    facts = [
        [track.key, track.arguments, track.picture.clip.width, track.picture.clip.height,
         sorted(track.numbers or ())]
        for track in tracks
    ]  # fmt: skip
    frame = stages.frame_choice(project).rect.as_list()
    cache = project.work / "cache" / "export"
    return segment_folder(cache, graph=[_graph_facts(project), frame, facts], frames=frames)


def _graph_facts(project: Project) -> str:
    """Identify the picture: settings, artifacts, and everything else in the work folder."""
    digest = hashlib.sha256()
    settings = {field.name: repr(getattr(project.config, field.name)) for field in SECTIONS}
    text = json.dumps(settings | {"output": project.config.output.until}, sort_keys=True)
    digest.update(text.replace(str(project.folder), "").encode())  # a moved project is the same
    names = {name for step in STEPS if step.name != "export" for name in step.outputs}
    for path in sorted(project.work.rglob("*")):
        inside = path.relative_to(project.work)
        skip = inside.parts[0] == "cache" or inside.name in NOT_PICTURE or path.name.startswith(".")
        if path.is_file() and not skip:
            fact = path.read_text() if inside.name in names else sampled_digest(path)
            digest.update(repr((str(inside), fact)).encode())
    return digest.hexdigest()


def _render(pieces: tuple[Segment, ...], tracks: dict[str, EncodedTrack]) -> int:
    """Render what is not there yet; returns how many frames that took."""
    lacks = {piece: [track for track in tracks.values() if piece.lacks(track)] for piece in pieces}
    missing = [piece for piece in pieces if lacks[piece]]
    if len(missing) < len(pieces):
        log.info("going on: %d of %d segments are done", len(pieces) - len(missing), len(pieces))
    total = sum(piece.end - piece.first for piece in missing)
    progress: tqdm[Any] = bar(label="export", total=total)
    with progress:
        for piece in missing:
            try:
                encode_segment(piece, lacks[piece], each=lambda n: progress.update())
            except vs.Error as error:
                if out_of_memory(str(error)):
                    raise MissingError(SMALLER) from None
                raise
    return total


def _write_poster(picture: StagePicture, path: Path) -> None:
    """Write the middle frame, as it is delivered, as PNG."""
    clip = picture.clip
    if clip.format.color_family == vs.GRAY:
        clip = core.std.ShufflePlanes([clip] * 3, [0, 0, 0], vs.RGB)
    else:
        clip = core.resize.Bicubic(from_working(clip), format=vs.RGB24)
    with clip.get_frame(clip.num_frames // 2) as frame:
        shown = to_array(frame)
    with atomic_path(path) as part:
        if not cv2.imwrite(str(part), shown[..., ::-1]):
            raise OSError(f"{path}: cannot be written")
