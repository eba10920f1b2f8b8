"""The poster: the film's middle frame as PNG, made in the pass that makes everything else."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import vapoursynth as vs

from ....artifact import atomic_path
from ....pixels.region import spliced
from ....source.formats import from_working
from ..encode import EncodedTrack, Segment
from ..samples import RGB_TAGS
from ..stage_pictures import StagePicture

core = vs.core


def poster_track(picture: StagePicture, *, fps: Fraction) -> EncodedTrack:
    """Return the track that takes the middle frame alone.

    Args:
        picture: In the working format, or a mask; of any length.
        fps: Its rate.
    """
    clip = picture.clip
    if clip.format.color_family == vs.GRAY:
        clip = core.std.ShufflePlanes([clip] * 3, [0, 0, 0], vs.RGB)
    else:
        clip = core.resize.Bicubic(from_working(clip), format=vs.RGB24)
    middle = clip.num_frames // 2
    return EncodedTrack(
        key="poster",
        picture=StagePicture(_alone(clip, middle)),
        fps=fps,
        arguments=(
            *("-vf", RGB_TAGS.format("bt709"), "-c:v", "png", "-pix_fmt", "rgb24"),
            *("-f", "image2", "-update", "1"),
        ),
        suffix=".png",
        numbers=frozenset((middle,)),
    )


def write_poster(pieces: Sequence[Segment], track: EncodedTrack, path: Path) -> None:
    """Put the poster where it belongs.

    Args:
        pieces: Finished segments.
        track: What `poster_track` returned.
        path: The picture's place.
    """
    (piece,) = (piece for piece in pieces if track.count(piece))
    with atomic_path(path) as part:
        shutil.copyfile(piece.piece(track), part)


def _alone(clip: vs.VideoNode, n: int) -> vs.VideoNode:
    """Show one frame of a clip and nothing elsewhere: the others are never asked for."""
    nothing = core.std.BlankClip(clip, keep=True)
    parts = (nothing[:n] if n else None, clip[n], nothing[n + 1 :] if n + 1 < len(clip) else None)
    return spliced([part for part in parts if part is not None])
