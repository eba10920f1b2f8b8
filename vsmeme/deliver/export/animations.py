"""What plays by itself: GIF, animated WebP and AVIF, all from the same small frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import vapoursynth as vs

from ...artifact import atomic_path
from ...ffmpeg import call
from .encode import EncodedTrack, Segment
from .gif_palette import GifPlan, small_clip, write_gif
from .mux import listed, read_list
from .planned_files import PlannedFile
from .samples import RGB_TAGS, TAGS
from .stage_pictures import StagePicture
from .webp_chunks import join_webp

core = vs.core

SMALL = "small"
_TO_YUV = "scale=trunc(iw/2)*2:trunc(ih/2)*2:out_range=tv:out_color_matrix=bt709:flags=accurate_rnd"


def small_track(picture: StagePicture, name: str, plan: GifPlan) -> EncodedTrack:
    """Return the track of the small frames, without loss.

    Args:
        picture: In the working format, or a mask.
        name: Of what it shows.
        plan: Which frames, and how large.
    """
    return EncodedTrack(
        key=f"{name}-{SMALL}",
        picture=StagePicture(small_clip(picture.clip, plan.size)),
        fps=plan.fps,
        arguments=(
            *("-vf", RGB_TAGS.format("bt709"), "-c:v", "ffv1", "-level", "3", "-g", "1"),
            *("-pix_fmt", "bgr0"),
        ),
        suffix=".nut",
        numbers=frozenset(plan.numbers),
    )


def write_animation(
    file: PlannedFile,
    pieces: Sequence[Segment],
    track: EncodedTrack,
    plan: GifPlan,
    *,
    megabytes: float | None,
) -> tuple[int, int]:
    """Write a GIF, an animated WebP or an AVIF.

    Args:
        file: Which, and where.
        pieces: Finished segments in order.
        track: What `small_track` returned.
        plan: Size and rate.
        megabytes: Largest size of a GIF.

    Returns:
        Width and height of what was written.
    """
    frames = read_list(listed(pieces, track))
    if file.form.name == "gif":
        return write_gif(frames, file.path, plan, megabytes=megabytes)
    with atomic_path(file.path) as part:
        if file.form.name == "webp":
            _webp(file, pieces, track, part)
        else:
            encoder = ["-c:v", file.form.encoder, *file.form.arguments(file.quality)]
            filters = f"setpts=N/({plan.fps}*TB),{_TO_YUV},{TAGS}"
            call([*frames, "-vf", filters, "-r", str(plan.fps), *encoder, "-pix_fmt", "yuv420p",
                  "-loop", "0", "-f", "avif", str(part)])  # fmt: skip
            return plan.size[0] // 2 * 2, plan.size[1] // 2 * 2
    return plan.size


def _webp(file: PlannedFile, pieces: Sequence[Segment], track: EncodedTrack, path: Path) -> None:
    """Encode piece by piece: the encoder holds all that it is given until its end."""
    parts, counts = [], []
    encoder = ["-c:v", file.form.encoder, *file.form.arguments(file.quality)]
    try:
        for piece in pieces:
            count = track.count(piece)
            if not count:
                continue
            small = piece.piece(track)
            made = small.with_suffix(".webp")
            call(["-i", str(small), *encoder, "-pix_fmt", "bgra", "-loop", "0", "-f", "webp",
                  str(made)])  # fmt: skip
            parts.append(made)
            counts.append(count)
        join_webp(parts, counts, path, fps=track.fps)
    finally:
        for made in parts:
            made.unlink(missing_ok=True)
