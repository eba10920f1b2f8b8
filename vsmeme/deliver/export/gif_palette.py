"""The GIF: one palette for all frames, ordered dither, only what changes is stored."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import vapoursynth as vs

from ...artifact import atomic_path
from ...errors import UsageError
from ...ffmpeg import call
from ...progress import log
from ...settings.output_settings import Output
from ...settings.setting_values import seconds

core = vs.core

TRIES = 5
SMALLEST_PX = 64
BAYER_SCALE = 4  # 0 coarse and visible to 5 fine
PALETTE_FRAMES = 1000  # spread over the film; more teach the palette nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class GifPlan:
    """Which frames the GIF, and whatever else plays by itself, shows and how large.

    Attributes:
        size: Width and height.
        numbers: Frame numbers of the video, one for each GIF frame.
        fps: Rate of the GIF.
    """

    size: tuple[int, int]
    numbers: tuple[int, ...]
    fps: Fraction

    @classmethod
    def of(cls, output: Output, *, canvas: tuple[int, int], frames: int, fps: Fraction) -> GifPlan:
        """Plan a GIF that is no larger and no faster than the video.

        Args:
            output: For its width, rate, start and length.
            canvas: Width and height of the video, px.
            frames: Its length.
            fps: Its rate.

        Raises:
            UsageError: It would start after the video's end.
        """
        start = output.gif_start
        first = start if isinstance(start, int) else round(seconds(start) * fps)
        if first >= frames:
            length = f"{frames} frames, {float(frames / fps):.2f} s"
            raise UsageError(f"output.gif_start: expected a place before the end ({length})")
        last = frames
        if output.gif_seconds is not None:
            last = min(frames, first + max(1, round(output.gif_seconds * float(fps))))
        rate = min(Fraction(output.gif_fps).limit_denominator(1000), fps)
        count = max(1, round((last - first) / fps * rate))
        numbers = tuple(min(last - 1, first + round(k * fps / rate)) for k in range(count))
        w = min(output.gif_width, canvas[0])
        return cls(size=(w, max(1, round(w * canvas[1] / canvas[0]))), numbers=numbers, fps=rate)


def small_clip(clip: vs.VideoNode, size: tuple[int, int]) -> vs.VideoNode:
    """Scale the picture down for the GIF.

    Args:
        clip: YUV444P16, BT.709 limited, before the grain; or a mask, GRAY8.
        size: Width and height, px.

    Returns:
        RGB24, ordered dither: what stands still stays still.
    """
    if clip.format.color_family == vs.GRAY:
        gray = core.resize.Bicubic(clip, width=size[0], height=size[1])
        return core.std.ShufflePlanes([gray] * 3, [0, 0, 0], vs.RGB)
    return core.resize.Bicubic(
        clip, width=size[0], height=size[1], format=vs.RGB24, dither_type="ordered"
    )


def write_gif(
    frames: list[str], path: Path, plan: GifPlan, *, megabytes: float | None = None
) -> tuple[int, int]:
    """Write a GIF; shrinks it until it fits where a size is asked for.

    The frames are read twice, for the palette and for the pictures; no more than one is held.

    Args:
        frames: ffmpeg's arguments that read them, of the plan's size.
        path: The file; appears when it is whole.
        plan: Size, rate and number of frames; a GIF counts in hundredths of a second.
        megabytes: Largest size, 1 MB = 10^6 bytes.

    Returns:
        Width and height of what was written.
    """
    size = plan.size
    for _ in range(TRIES):
        with atomic_path(path) as part:
            _encode(frames, part, plan, size)
            got = part.stat().st_size / 1e6
        if megabytes is None or got <= megabytes or size[0] <= SMALLEST_PX:
            break
        shrink = max(0.5, min(0.95, (megabytes / got) ** 0.5 * 0.97))
        width = max(SMALLEST_PX, int(size[0] * shrink))
        size = (width, max(1, round(width * plan.size[1] / plan.size[0])))
    if megabytes is not None and got > megabytes:
        log.warning("warning: %s: %.2f MB, not under %g MB even so small", path, got, megabytes)
    return size


def _encode(frames: list[str], path: Path, plan: GifPlan, size: tuple[int, int]) -> None:
    """One palette over all frames, then ordered dither, each in a pass of its own."""
    every = -(-len(plan.numbers) // PALETTE_FRAMES)
    scaled = f"scale={size[0]}:{size[1]}:flags=area," if size != plan.size else ""
    chosen = f"select=not(mod(n\\,{every}))," if every > 1 else ""
    learn = f"{chosen}{scaled}palettegen=max_colors=255:stats_mode=full:reserve_transparent=1"
    use = (
        f"[0:v]{scaled}setpts=N/({plan.fps}*TB)[p];"
        f"[p][1:v]paletteuse=dither=bayer:bayer_scale={BAYER_SCALE}:diff_mode=rectangle"
    )
    palette = path.with_suffix(".palette.png")
    try:
        call([*frames, "-vf", learn, "-frames:v", "1", "-update", "1", str(palette)])
        reading = [*frames, "-i", str(palette), "-filter_complex", use]
        call([*reading, "-r", str(plan.fps), "-loop", "0", str(path)])
    finally:
        palette.unlink(missing_ok=True)
