"""The graph into files for people: MP4, GIF, poster."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import vapoursynth as vs
from tqdm import tqdm

from ... import readers, stages
from ...arrays.frames import to_array
from ...artifact import atomic_path, write_json
from ...config import Config
from ...errors import MissingError, UsageError, out_of_memory
from ...ffmpeg import find_ffmpeg
from ...media_identity import sampled_digest, stored_path
from ...memory import shared
from ...progress import bar, log
from ...project import STEPS, Project
from ...source.files import Role
from ...source.formats import from_working
from .encode import Encoding, Segment, encode_segment, join, segment_folder, segments
from .export_note import ExportedFile, ExportNote
from .gif import GifPlan, small_clip, write_gif
from .intermediates import keep_stages
from .sound import write_sound

core = vs.core

SECTIONS = fields(Config)  # type: ignore[arg-type]
SMALL_PROP = "VsmemeSmall"
SMALLER = "memory ran out while rendering; run vsmeme learn again: it finds smaller tiles"
NOT_PICTURE = ("export.json", "timings.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export made.

    Attributes:
        mp4: The video. gif: The GIF. poster: One frame as PNG.
        frames: Length of the video. rendered: How many of them were rendered this time.
        fps: Its rate.
        sound: Whose sound it has.
    """

    mp4: Path
    gif: Path
    poster: Path
    frames: int
    rendered: int
    fps: Fraction
    sound: Role | None


def export(project: Project, *, keep: bool = False) -> Exported:
    """Render a project into ``out/``; resumes an interrupted export.

    Args:
        project: All artifacts must be fresh.
        keep: Also write masks, bands, cut-out and plate to ``out/stages/``.

    Returns:
        The files; also noted in ``export.json``.

    Raises:
        ArtifactError: An artifact is missing or stale.
        MissingError: No ffmpeg, or not the encoder that was asked for.
        EncoderError: ffmpeg failed.
        OSError: The disk is full, or the output folder cannot be written.
    """
    output = project.config.output
    find_ffmpeg()
    encoding = Encoding.of(output)
    _room(project.out)
    stamp = project.stamp("export")
    timeline = readers.timeline(project)
    face = shared(stages.stage(project, "face"))
    finished, clip = (
        stages.without_dropped(project, stages.within_frame(project, each))
        for each in (stages.finished(project, face), face)
    )
    video, count = from_working(finished, depth=output.depth), clip.num_frames
    plan = GifPlan.of(canvas=(clip.width, clip.height), frames=count, fps=timeline.fps,
                      width=output.gif_width, gif_fps=output.gif_fps)  # fmt: skip
    both = core.std.ClipToProp(video, small_clip(clip, plan.size), prop=SMALL_PROP)
    folder = _folder(project, plan, encoding=encoding, frames=count)
    pieces = segments(folder, frames=count, fps=timeline.fps)
    rendered = _render(pieces, both, plan, encoding=encoding, fps=timeline.fps)
    made = Exported(
        mp4=project.out / output.mp4,
        gif=project.out / output.gif,
        poster=(project.out / output.mp4).with_suffix(".png"),
        frames=count,
        rendered=rendered,
        fps=timeline.fps,
        sound=_mux(project, pieces, project.out / output.mp4),
    )
    frames = np.concatenate([np.load(_small_file(p)) for p in pieces])
    size = write_gif(frames, made.gif, fps=plan.fps, megabytes=output.gif_megabytes)
    with atomic_path(made.poster) as part:
        shutil.copyfile(_poster_file(pieces), part)
    if keep:
        keep_stages(project, project.out / "stages")
    _note(project, made, size, stamp)
    return made


def _folder(project: Project, plan: GifPlan, *, encoding: Encoding, frames: int) -> Path:
    """Where the segments of this graph, encoding and length lie."""
    frame = stages.frame_choice(project).rect.as_list()
    return segment_folder(
        project.work / "cache" / "export",
        graph=[_graph_facts(project), frame, plan.size, plan.numbers],
        encoding=encoding,
        frames=frames,
    )


GAP_WORDS = {
    "plate": "filled without it",
    "cut": "cut out of the film and its sound",
    "hold": "the last DVD frame is held in the bands",
}


def _note(project: Project, made: Exported, size: tuple[int, int], stamp: dict[str, Any]) -> None:
    """Write ``export.json`` and tell what was made."""
    mp4, gif, poster = (
        ExportedFile(path=stored_path(path, folder=project.folder), bytes=path.stat().st_size)
        for path in (made.mp4, made.gif, made.poster)
    )
    choice = stages.frame_choice(project)
    note = ExportNote(mp4=mp4, frame=choice.rect, frames=made.frames, fps=made.fps,
                      sound=made.sound, gif=gif, gif_size=size, poster=poster)  # fmt: skip
    write_json(project.work / "export.json", {**note.to_json(), "made_from": stamp})
    sound = f"sound of the {made.sound}" if made.sound else "no sound"
    log.info("%s: %d frames, %.3f fps, %s, %.2f MB", made.mp4, made.frames, float(made.fps), sound,
             made.mp4.stat().st_size / 1e6)  # fmt: skip
    log.info("%s", choice.told())
    gaps = readers.timeline(project).gaps()
    if gaps:
        count, word = (
            sum(last - first + 1 for first, last in gaps),
            GAP_WORDS[project.config.time.gaps],
        )
        log.warning("%d frames have no partner on the DVD: %s", count, word)
    log.info("%s: %dx%d, %.2f MB", made.gif, *size, made.gif.stat().st_size / 1e6)


def _room(out: Path) -> None:
    """Make the output folder, or say what is in its way."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: expected a folder for the results, got a file")
    out.mkdir(parents=True, exist_ok=True)


def _graph_facts(project: Project) -> str:
    """Identify the picture: settings, artifacts, and everything else in the work folder."""
    digest = hashlib.sha256()
    settings = {field.name: repr(getattr(project.config, field.name)) for field in SECTIONS}
    text = json.dumps(settings | {"output": ""}, sort_keys=True)
    digest.update(text.replace(str(project.folder), "").encode())  # a moved project is the same
    names = {name for step in STEPS if step.name != "export" for name in step.outputs}
    for path in sorted(project.work.rglob("*")):
        inside = path.relative_to(project.work)
        skip = inside.parts[0] == "cache" or inside.name in NOT_PICTURE or path.name.startswith(".")
        if path.is_file() and not skip:
            fact = path.read_text() if inside.name in names else sampled_digest(path)
            digest.update(repr((str(inside), fact)).encode())
    return digest.hexdigest()


def _small_file(piece: Segment) -> Path:
    return piece.path.with_suffix(".npy")


def _poster_file(pieces: Sequence[Segment]) -> Path:
    return pieces[0].path.with_name("poster.png")


def _render(
    pieces: tuple[Segment, ...],
    clip: vs.VideoNode,
    plan: GifPlan,
    *,
    encoding: Encoding,
    fps: Fraction,
) -> int:
    """Render the segments that are not there yet; returns how many frames that took."""
    middle, poster = clip.num_frames // 2, _poster_file(pieces)
    missing = [
        p
        for p in pieces
        if not (p.done and _small_file(p).exists())
        or (p.first <= middle < p.end and not poster.exists())
    ]
    if len(missing) < len(pieces):
        log.info("going on: %d of %d segments are done", len(pieces) - len(missing), len(pieces))
    total = sum(p.end - p.first for p in missing)
    wanted = set(plan.numbers)
    empty = np.zeros((0, plan.size[1], plan.size[0], 3), np.uint8)
    progress: tqdm[Any] = bar(label="export", total=total)
    with progress:
        for piece in missing:
            kept: dict[int, np.ndarray] = {}

            def each(n: int, frame: vs.VideoFrame, kept: dict[int, np.ndarray] = kept) -> None:
                if n in wanted:
                    kept[n] = to_array(cast(vs.VideoFrame, frame.props[SMALL_PROP]))
                if n == middle:
                    _write_poster(frame, poster)
                progress.update()

            try:
                encode_segment(piece, clip, fps=fps, encoding=encoding, each=each)
            except vs.Error as error:
                if out_of_memory(str(error)):
                    raise MissingError(SMALLER) from None
                raise
            shown = [kept[n] for n in plan.numbers if n in kept]
            with atomic_path(_small_file(piece)) as part:
                np.save(part, np.stack(shown) if shown else empty)
    return total


def _mux(project: Project, pieces: tuple[Segment, ...], mp4: Path) -> Role | None:
    """Join the segments and the sound under the final name."""
    fps, sound = readers.timeline(project).fps, write_sound(project)
    with atomic_path(mp4) as part:
        join(pieces, part, fps=fps, sound=sound.wav if sound else None)
    return sound.side if sound else None


def _write_poster(frame: vs.VideoFrame, path: Path) -> None:
    """Write a frame of the delivery clip as PNG."""
    like = core.std.BlankClip(
        width=frame.width, height=frame.height, format=frame.format.id, length=1
    )
    alone = core.std.ModifyFrame(like, like, lambda n, f: frame)
    with core.resize.Bicubic(alone, format=vs.RGB24).get_frame(0) as rgb:
        picture = to_array(rgb)
    with atomic_path(path) as part:
        if not cv2.imwrite(str(part), picture[..., ::-1]):
            raise OSError(f"{path}: cannot be written")
