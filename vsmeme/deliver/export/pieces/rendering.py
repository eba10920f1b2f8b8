"""What an export renders, cut into pieces of which each stands alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import vapoursynth as vs

from .... import readers, stages
from ....artifact_cache import cached_sha256
from ....config import Config
from ....errors import ArtifactError, MissingError, out_of_memory
from ....media_identity import sampled_digest
from ....project import STEPS, Project
from ....settings.stage_names import PictureName
from ..animations import small_track
from ..encode import EncodedTrack, Segment, encode_segment, segment_folder, segments
from ..gif_palette import GifPlan
from ..planned_files import PlannedFile, planned_files
from ..stage_pictures import StagePicture, stage_picture
from .poster import poster_track

SECTIONS = tuple(
    field.name
    for field in fields(Config)  # type: ignore[arg-type]
    if field.name not in ("cluster", "sources")  # the match names what the sources hold
)
NOT_PICTURE = ("export.json", "timings.json")
_opened: list[Rendering] = []
SMALLER = "memory ran out while rendering; run vsmeme learn again: it finds smaller tiles"


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendering:
    """Files, what is encoded for them, and the graph that it comes from.

    Attributes:
        project: All artifacts that the files need are fresh.
        plans: The files.
        fps: Rate of the film.
        gif: Of the small frames.
        shown: What the files show.
        tracks: What is encoded for each file.
        poster: What is encoded for the poster.
    """

    project: Project
    plans: Sequence[PlannedFile]
    fps: Fraction
    gif: GifPlan
    shown: Mapping[PictureName, StagePicture]
    tracks: Sequence[EncodedTrack]
    poster: EncodedTrack

    @classmethod
    def of(cls, project: Project) -> Rendering:
        """Build the graph of what ``[output]`` asks for; nothing is rendered.

        Raises:
            ArtifactError: An artifact is missing or stale.
            UsageError: A file that is asked for cannot be.
            MissingError: This ffmpeg lacks an encoder.
        """
        plans, fps = planned_files(project), readers.timeline(project).fps
        graph = stages.StageGraph(project)
        shown = {plan.picture: stage_picture(graph, plan.picture) for plan in plans}
        first = shown[plans[0].picture].clip
        size = (first.width, first.height)
        gif = GifPlan.of(project.config.output, canvas=size, frames=first.num_frames, fps=fps)
        tracks = [_track(plan, shown, graph, gif, fps) for plan in plans]
        poster = poster_track(shown[plans[0].picture], fps=fps)
        return cls(project=project, plans=plans, fps=fps, gif=gif, shown=shown, tracks=tracks,
                   poster=poster)  # fmt: skip

    @property
    def first(self) -> vs.VideoNode:
        """The clip of the first file."""
        return self.shown[self.plans[0].picture].clip

    @cached_property
    def state(self) -> str:
        """Identifies the picture: that of the project when it is first asked for."""
        return _graph_facts(self.project)

    @cached_property
    def pieces(self) -> tuple[Segment, ...]:
        """The film in pieces of ten seconds; their folder belongs to this very graph."""
        facts = [
            [track.key, track.arguments, track.picture.clip.width, track.picture.clip.height,
             sorted(track.numbers or ())]
            for track in self.tracks
        ]  # fmt: skip
        frame = stages.frame_choice(self.project).rect.as_list()
        folder = segment_folder(
            self.project.work / "cache" / "export",
            graph=[self.state, frame, facts],
            frames=self.first.num_frames,
        )
        return segments(folder, frames=self.first.num_frames, fps=self.fps)

    @property
    def every(self) -> tuple[EncodedTrack, ...]:
        """Whatever is encoded, once: files may share a track."""
        return tuple({track.key: track for track in (*self.tracks, self.poster)}.values())

    def lacks(self, piece: Segment) -> list[EncodedTrack]:
        """Return the tracks whose frames of a piece are not there."""
        return [track for track in self.every if piece.lacks(track)]

    def render(self, piece: Segment, *, each: Callable[[int], object]) -> None:
        """Render what a piece lacks.

        Args:
            piece: One of `pieces`.
            each: Called with its number after each frame.

        Raises:
            MissingError: Memory ran out.
            EncoderError: ffmpeg failed.
        """
        try:
            encode_segment(piece, self.lacks(piece), each=each)
        except vs.Error as error:
            if out_of_memory(str(error)):
                raise MissingError(SMALLER) from None
            raise


def missing_pieces(project: Project) -> dict[str, int]:
    """Name the pieces of an export that are not there, each with its number of frames."""
    made = Rendering.of(project)
    _opened[:] = [made]
    return {
        _piece_name(piece): piece.end - piece.first for piece in made.pieces if made.lacks(piece)
    }


def opened_rendering(project: Project) -> Rendering:
    """Return what the pieces were named by, where nothing has changed since; else `Rendering.of`.

    It is kept until it is asked for: workers have made the pieces meanwhile, and to build the
    graph again takes seconds.
    """
    kept = _opened.pop() if _opened else None
    if kept and kept.project == project and kept.state == _graph_facts(project):
        return kept
    return Rendering.of(project)


def render_piece(made: Rendering, name: str) -> list[Path]:
    """Render one piece of an export.

    Args:
        made: What is rendered.
        name: The piece, as `missing_pieces` names it.

    Returns:
        Its files, and folders of pictures.

    Raises:
        ArtifactError: The project is not in the state in which the piece was named.
    """
    piece = next((piece for piece in made.pieces if _piece_name(piece) == name), None)
    if piece is None:
        raise ArtifactError(
            f"{made.project.file}: its artifacts or settings are others here than where the "
            "export was started; wait for the shared folder to settle, or start it again"
        )
    tracks = made.lacks(piece)
    if tracks:
        made.render(piece, each=lambda _: None)
    return [piece.piece(track) for track in made.every if track.count(piece)]


def _piece_name(piece: Segment) -> str:
    return f"{piece.folder.name}/{piece.first}-{piece.end}"


def _track(
    plan: PlannedFile,
    shown: Mapping[PictureName, StagePicture],
    graph: stages.StageGraph,
    gif: GifPlan,
    fps: Fraction,
) -> EncodedTrack:
    """Return what a file's frames go through."""
    if plan.form.kind != "animation":
        home = plan.path if plan.form.kind == "pictures" else None
        picture, form = shown[plan.picture], plan.form
        return EncodedTrack.of(plan.key, picture, form, plan.quality, fps=fps, home=home)
    ungrained: PictureName = (
        "face" if plan.picture == "final" else plan.picture
    )  # grain costs much, shows little
    return small_track(stage_picture(graph, ungrained), ungrained, gif)


def _graph_facts(project: Project) -> str:
    """Identify the picture: settings, artifacts, and everything else in the work folder."""
    digest = hashlib.sha256()
    settings: dict[str, Any] = project.settings(SECTIONS)
    text = json.dumps(settings | {"output": project.config.output.until}, sort_keys=True)
    digest.update(text.encode())
    names = {name for step in STEPS if step.name != "export" for name in step.outputs}
    for path in sorted(project.work.rglob("*")):
        inside = path.relative_to(project.work)
        skip = inside.parts[0] == "cache" or inside.name in NOT_PICTURE or path.name.startswith(".")
        if path.is_file() and not skip:
            fact = cached_sha256(path) if inside.name in names else sampled_digest(path)
            digest.update(repr((inside.as_posix(), fact)).encode())
    return digest.hexdigest()
