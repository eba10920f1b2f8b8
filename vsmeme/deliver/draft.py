"""A look at the meme before it is done: half size, interpolated bands, corners still empty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import vapoursynth as vs
from tqdm import tqdm

from .. import readers, stages
from ..ffmpeg import require_encoder
from ..progress import bar, log
from ..project import Project
from ..stage_parts.subject_stage import asked_look
from ..subject.apply_look import Masks, apply_look
from ..subject.insert_face import load_picture
from ..subject.track import Track
from .export.company import film_company
from .export.encode import EncodedTrack, Segment, encode_segment
from .export.formats.base import Quality
from .export.formats.choose import FORMATS
from .export.mux import write_whole
from .export.stage_pictures import StagePicture

core = vs.core

DRAFT = "draft.mp4"
CRF = 23


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFilm:
    """A film whose canvas may be half the project's.

    Attributes:
        clip: The composite with interpolated bands, YUV444P16, BT.709 limited, one frame a pair;
            black where neither source reaches.
        seen: The masks, of the clip's size.
        tracked: Where face and subject are, px of the clip.
        scale: Px of the clip a canvas px, 1 or a half.
        folder: What the paths of the face picture count from.
    """

    clip: vs.VideoNode
    seen: Masks
    tracked: Track
    scale: float
    folder: Path


def write_draft(project: Project, film: DraftFilm) -> Path:
    """Write ``out/draft.mp4``: what the meme will look like, before anything is learned or filled.

    Args:
        project: Matched.
        film: Its draft.

    Returns:
        The video, H.264 of 8 bit with its sound, half the delivered size, even.

    Raises:
        MissingError: No ffmpeg, or not the encoder.
        EncoderError: ffmpeg failed.
    """
    form = replace(FORMATS["x264"], arguments=_quick)
    require_encoder(form.encoder)
    small = stages.without_dropped(project, _shown(project, film))
    quality = Quality(crf=CRF, depth=8, alpha=False)
    fps, path = readers.timeline(project).fps, project.out / DRAFT
    track = EncodedTrack.of("draft", StagePicture(small), form, quality, fps=fps)
    company, _ = film_company(project)
    cache = project.work / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="draft-", dir=cache) as folder:
        whole = Segment(first=0, end=small.num_frames, folder=Path(folder))
        progress: tqdm[None] = bar(label="draft", total=small.num_frames)
        with progress:
            encode_segment(whole, [track], each=lambda n: progress.update())
        write_whole(path, [whole], track, company, sound_codec=form.sound[path.suffix])
    log.info(
        "%s: %dx%d, %d frames; its bands are interpolated and its corners black: `vsmeme make` "
        "learns and fills them",
        *(path, small.width, small.height, small.num_frames),
    )
    return path


def _quick(quality: Quality) -> tuple[str, ...]:
    own = ("-preset", "veryfast", "-x264-params", "log-level=error:chromaloc=0")
    return (*own, "-crf", f"{quality.crf:g}")


def _shown(project: Project, film: DraftFilm) -> vs.VideoNode:
    """The subject's new look on real samples alone, half the delivered size, even."""
    files = film.tracked.picture
    picture = (
        load_picture(*(film.folder / files[name] for name in ("picture", "alpha")))
        if files
        else None
    )
    look = asked_look(project.config, scale=film.scale)
    clip = apply_look(film.clip, film.seen, film.tracked, look, picture=picture)
    rect = stages.frame_choice(project, "composite").rect
    left, top, width, height = (value * film.scale for value in rect.as_list())
    return core.resize.Bicubic(
        clip,
        width=rect.w // 4 * 2,
        height=rect.h // 4 * 2,
        src_left=left,
        src_top=top,
        src_width=width,
        src_height=height,
    )
