"""The GIF: one palette for all frames, ordered dither, only what changes is stored."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs

from ...arrays.frames import Frames
from ...artifact import atomic_path
from ...ffmpeg import Raw, pipe
from ...progress import log

core = vs.core

TRIES = 5
SMALLEST_PX = 64
BAYER_SCALE = 4  # 0 coarse and visible to 5 fine


@dataclass(frozen=True, slots=True, kw_only=True)
class GifPlan:
    """Which frames the GIF shows and how large.

    Attributes:
        size: Width and height.
        numbers: Frame numbers of the video, one for each GIF frame.
        fps: Rate of the GIF.
    """

    size: tuple[int, int]
    numbers: tuple[int, ...]
    fps: Fraction

    @classmethod
    def of(
        cls, *, canvas: tuple[int, int], frames: int, fps: Fraction, width: int, gif_fps: float
    ) -> GifPlan:
        """Plan a GIF that is no larger and no faster than the video."""
        rate = min(Fraction(gif_fps).limit_denominator(1000), fps)
        count = max(1, round(frames / fps * rate))
        numbers = tuple(min(frames - 1, round(k * fps / rate)) for k in range(count))
        w = min(width, canvas[0])
        return cls(size=(w, max(1, round(w * canvas[1] / canvas[0]))), numbers=numbers, fps=rate)


def small_clip(clip: vs.VideoNode, size: tuple[int, int]) -> vs.VideoNode:
    """Scale the picture down for the GIF.

    Args:
        clip: YUV444P16, BT.709 limited, before the grain.
        size: Width and height, px.

    Returns:
        RGB24, ordered dither: what stands still stays still.
    """
    return core.resize.Bicubic(
        clip, width=size[0], height=size[1], format=vs.RGB24, dither_type="ordered"
    )


def write_gif(
    frames: Frames, path: Path, *, fps: Fraction, megabytes: float | None = None
) -> tuple[int, int]:
    """Write a GIF; shrinks it until it fits where a size is asked for.

    Args:
        frames: All frames, RGB.
        path: The file; appears when it is whole.
        fps: Frames per second; a GIF counts in hundredths of a second.
        megabytes: Largest size, 1 MB = 10^6 bytes.

    Returns:
        Width and height of what was written.
    """
    size = (frames.shape[2], frames.shape[1])
    for _ in range(TRIES):
        with atomic_path(path) as part:
            _encode(_scaled(frames, size), part, fps=fps)
            got = part.stat().st_size / 1e6
        if megabytes is None or got <= megabytes or size[0] <= SMALLEST_PX:
            break
        shrink = max(0.5, min(0.95, (megabytes / got) ** 0.5 * 0.97))
        width = max(SMALLEST_PX, int(size[0] * shrink))
        size = (width, max(1, round(width * frames.shape[1] / frames.shape[2])))
    if megabytes is not None and got > megabytes:
        log.warning("warning: %s: %.2f MB, not under %g MB even so small", path, got, megabytes)
    return size


def _scaled(frames: Frames, size: tuple[int, int]) -> Frames:
    if size == (frames.shape[2], frames.shape[1]):
        return frames
    return np.stack([cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in frames])


def _encode(frames: Frames, path: Path, *, fps: Fraction) -> None:
    """One palette over all frames, then ordered dither; both passes inside one ffmpeg."""
    raw = Raw(width=frames.shape[2], height=frames.shape[1], fps=fps, pixels="rgb24")
    graph = (
        "split[a][b];[a]palettegen=max_colors=255:stats_mode=full:reserve_transparent=1[p];"
        f"[b][p]paletteuse=dither=bayer:bayer_scale={BAYER_SCALE}:diff_mode=rectangle"
    )
    with pipe(raw, ["-filter_complex", graph, "-loop", "0", str(path)]) as stream:
        for frame in frames:
            stream.write(np.ascontiguousarray(frame).data)
