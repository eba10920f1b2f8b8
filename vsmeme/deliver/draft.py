"""A look at the meme before it is done: half size, interpolated bands, corners still empty."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import vapoursynth as vs
from tqdm import tqdm

from .. import readers, stages
from ..ffmpeg import require_encoder
from ..progress import bar, log
from ..project import Project
from .export.company import film_company
from .export.encode import EncodedTrack, Segment, encode_segment
from .export.formats.base import Quality
from .export.formats.choose import FORMATS
from .export.mux import write_whole
from .export.stage_pictures import StagePicture

core = vs.core

DRAFT = "draft.mp4"
CRF = 23


def write_draft(project: Project) -> Path:
    """Write ``out/draft.mp4``: what the meme will look like, before anything is learned or filled.

    Args:
        project: Matched, segmented and tracked.

    Returns:
        The video, H.264 of 8 bit with its sound, half the delivered size, even.

    Raises:
        ArtifactError: An artifact is missing or stale.
        MissingError: No ffmpeg, or not the encoder.
        EncoderError: ffmpeg failed.
    """
    form = FORMATS["x264"]
    require_encoder(form.encoder)
    shown = stages.within_frame(project, stages.draft(project), "composite")
    shown = stages.without_dropped(project, shown)
    small = core.resize.Bicubic(shown, shown.width // 4 * 2, shown.height // 4 * 2)
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
