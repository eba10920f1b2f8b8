"""What a first look is made of: the film at half its canvas, and masks and poses made from that.

The composite is rendered once, into a file; everything after it reads the file. Nothing of it is an
artifact: the steps do not read it, and make their own from the whole canvas.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import vapoursynth as vs
from tqdm import tqdm

from .. import readers, stages
from ..artifact import json_sha256
from ..artifact_cache import cached_sha256
from ..deliver.draft import DraftFilm
from ..deliver.export.encode import EncodedTrack, Segment, encode_segment
from ..deliver.export.stage_pictures import StagePicture
from ..masks.mask import load_mask
from ..masks.prepare.canvas_frames import LARGEST_WORK_PX, CanvasFrames
from ..masks.prepare.make_masks import make_masks
from ..masks.prepare.mask_run import MaskRun
from ..memory import limit_cache, limit_memory
from ..progress import bar
from ..project import Project
from ..settings.subject_settings import FacePlacement
from ..source.files import open_stream
from ..step_table import DRAFT_STEPS
from ..subject.apply_look import Masks
from ..subject.prepare.face_picture import write_picture
from ..subject.prepare.follow_regions import measure_track
from ..subject.track import Track
from .track import chosen_picture

core = vs.core

BLACK = [16 << 8, 128 << 8, 128 << 8]
WORK_PX = (640, 360)  # of its masks: two fifths of the pixels that the step's have
VERSION = 1  # raised when the film's file would be written otherwise
# Intra often, so that single frames are quickly had; what it loses is under the sources' own grain.
CODEC = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-g", "12", "-pix_fmt", "yuv420p"),
    *("-vf", "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"),
)


def make_draft_film(project: Project) -> DraftFilm:
    """Reduce the film, segment and follow its subject there; what was made before is kept.

    The tables of `[track]` are for the whole canvas; face and subject are followed without them.

    Args:
        project: Matched.

    Raises:
        ArtifactError: The artifacts of `match` are missing or stale.
        MissingError: A checkpoint or network is missing; names the command.
        UsageError: A prompt cannot be used, or no shot shows a face and nothing was prompted.
    """
    return _DraftRun(project).made()


class _DraftRun:
    """The draft film of a project in the making."""

    def __init__(self, project: Project) -> None:
        canvas = stages.composite(project, bands="fast")
        least = (2 * px for px in LARGEST_WORK_PX)  # masks are solved at half of that anyway
        self._canvas = (canvas.width, canvas.height)
        halved = any(size >= px for size, px in zip(self._canvas, least, strict=True))
        self._project, self._scale = project, 0.5 if halved else 1.0
        self._folder, self._key = _kept_folder(project)
        path = self._folder / "film.mkv"
        if not path.exists():
            limit_memory()
            _write_film(_reduced(canvas, self._scale, vs.YUV420P8, BLACK), path)
            limit_cache()
        fps = readers.timeline(project).fps
        film = open_stream(path, cache=self._folder)
        film = core.std.AssumeFPS(film, fpsnum=fps.numerator, fpsden=fps.denominator)
        self._clip = core.resize.Bicubic(film, format=vs.YUV444P16)

    def made(self) -> DraftFilm:
        """Return it."""
        seen, keys = self._segmented()
        return DraftFilm(
            clip=self._clip,
            seen=seen,
            tracked=self._followed(seen, keys),
            scale=self._scale,
            folder=self._folder,
        )

    def _segmented(self) -> tuple[Masks, tuple[int, ...]]:
        """Return the masks, of the clip's size, and the key frames."""
        project, folder = self._project, self._folder
        stamp = {"film": self._key, **project.settings(("segment",))}
        empty = _reduced(stages.missing(project), self._scale, vs.GRAY8, [255])
        frames = CanvasFrames(
            self._clip,
            core.std.Expr(empty, "x 0 > 255 0 ?"),
            canvas=self._canvas,
            work_px=WORK_PX,
        )
        run = MaskRun(
            frames,
            readers.shots(project),
            project.config.segment,
            folder=project.folder,
            work=folder,
            stamp=stamp,
            reference=project.config.sources.reference,
        )
        record = make_masks(run, work=folder, stamp=stamp)
        files = (folder / "masks" / f"{name}.mkv" for name in Masks._fields)
        return Masks(*(load_mask(path, cache=folder) for path in files)), record.key_frames

    def _followed(self, seen: Masks, keys: tuple[int, ...]) -> Track:
        project, picture = self._project, chosen_picture(self._project)
        given = project.config.face.placements
        wanted = tuple(_scaled_placement(each, self._scale) for each in given)
        regions = measure_track(
            self._clip,
            seen._asdict(),
            readers.shots(project),
            keys,
            picture=picture,
            wanted=wanted,
            followed=("face",),  # nothing lies on the rest
        )
        files = {} if picture is None else write_picture(picture, self._folder / "face")
        return Track(regions=regions, picture=files)


def _kept_folder(project: Project) -> tuple[Path, str]:
    """Return the draft's folder, empty where the film is another, and what identifies the film."""
    names = (name for step in DRAFT_STEPS for name in step.outputs)
    made_from = {name: cached_sha256(project.work / name) for name in names}
    facts = [VERSION, made_from, project.settings(("seam", "colour", "time.gaps"))]
    folder, key = project.work / "cache" / "draft", json_sha256(facts)
    note = folder / "film.txt"
    if not note.exists() or note.read_text(encoding="ascii") != key:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        note.write_text(key, encoding="ascii")
    return folder, key


def _reduced(clip: vs.VideoNode, scale: float, form: int, beyond: Sequence[float]) -> vs.VideoNode:
    """Bring a clip to exactly this scale and an even size; beyond its edge lies what is given."""
    step = round(2 / scale)
    padded = core.std.AddBorders(
        clip, right=-clip.width % step, bottom=-clip.height % step, color=beyond
    )
    width, height = round(scale * padded.width), round(scale * padded.height)
    return core.resize.Bilinear(
        padded, width=width, height=height, format=form, dither_type="ordered"
    )


def _write_film(clip: vs.VideoNode, path: Path) -> None:
    rate = Fraction(24)  # its frames are counted
    track = EncodedTrack(
        key="film", picture=StagePicture(clip), fps=rate, arguments=CODEC, suffix=path.suffix
    )
    whole = Segment(first=0, end=clip.num_frames, folder=path.parent)
    progress: tqdm[None] = bar(label="draft film", total=clip.num_frames)
    with progress:
        encode_segment(whole, [track], each=lambda n: progress.update())
    whole.piece(track).replace(path)


def _scaled_placement(wanted: FacePlacement, scale: float) -> FacePlacement:
    x, y = wanted.centre
    return replace(  # type: ignore[type-var]  # a dataclass of pydantic's
        wanted, centre=(scale * x, scale * y), width=scale * wanted.width
    )
