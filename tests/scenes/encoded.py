"""Clips encoded as an export does it, in pieces that are joined, without a project."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import vapoursynth as vs

from vsmeme.deliver.export import animations, encode, gif_palette, mux
from vsmeme.deliver.export.formats.base import Quality
from vsmeme.deliver.export.formats.choose import FORMATS
from vsmeme.deliver.export.stage_pictures import StagePicture
from vsmeme.settings.output_settings import Output


def parts(folder: Path, length: int, count: int = 2) -> list[encode.Segment]:
    """Split a film into segments of unlike length."""
    folder.mkdir(parents=True, exist_ok=True)
    cuts = [0, *(length * (2 * k + 1) // (2 * count) for k in range(1, count)), length]
    return [encode.Segment(first=a, end=b, folder=folder) for a, b in pairwise(cuts)]


def track_of(
    picture: StagePicture, name: str, *, fps: Fraction, depth: int | None = None,
    crf: float | None = None, alpha: bool = False, home: Path | None = None,
) -> encode.EncodedTrack:  # fmt: skip
    """The track of a picture in the working format."""
    form = FORMATS[name]
    quality = Quality(
        crf=(form.crf or 0) if crf is None else crf, depth=depth or form.depths[0], alpha=alpha
    )
    return encode.EncodedTrack.of("film", picture, form, quality, fps=fps, home=home)


def encoded(
    picture: StagePicture, path: Path, name: str, *, fps: Fraction, wav: Path | None = None,
    depth: int | None = None, crf: float | None = None, alpha: bool = False, count: int = 2,
) -> Path:  # fmt: skip
    """Write a film, or a folder of pictures."""
    form = FORMATS[name]
    home = path if form.kind == "pictures" else None
    track = track_of(picture, name, fps=fps, depth=depth, crf=crf, alpha=alpha, home=home)
    pieces = parts(path.parent / f"{path.name}.pieces", picture.clip.num_frames, count)
    for piece in pieces:
        encode.encode_segment(piece, [track], each=lambda n: None)
    if home:
        mux.gather_pictures(pieces, track, home)
    else:
        codec = form.sound[path.suffix] if wav else ""
        mux.join(pieces, track, path, mux.Company(sound=wav), sound_codec=codec)
    return path


def small_frames(
    clip: vs.VideoNode, folder: Path, *, width: int, fps: Fraction, count: int = 2
) -> tuple[list[str], gif_palette.GifPlan, encode.EncodedTrack, list[encode.Segment]]:
    """Write the small frames of a clip; how ffmpeg reads them, and the plan that they follow."""
    output = Output(gif_width=width, gif_fps=min(50.0, float(fps)))
    size = (clip.width, clip.height)
    plan = gif_palette.GifPlan.of(output, canvas=size, frames=clip.num_frames, fps=fps)
    track = animations.small_track(StagePicture(clip), "film", plan)
    pieces = parts(folder, clip.num_frames, count)
    for piece in pieces:
        encode.encode_segment(piece, [track], each=lambda n: None)
    return mux.read_list(mux.listed(pieces, track)), plan, track, pieces
