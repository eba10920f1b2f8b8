"""Means over boxes: each pass replaces a px by the mean of what lies around it."""

from __future__ import annotations

import vapoursynth as vs

core = vs.core


def box_blur(clip: vs.VideoNode, *, across: int, down: int, passes: int = 1) -> vs.VideoNode:
    """Blur a clip by boxes; beyond its edges it goes on as its own mirror image.

    `vszip`'s filter takes a sixth of the core's time, but refuses planes of two radii and less:
    these go to the core's, which repeats the last px instead.

    Args:
        clip: Any format of constant size.
        across: Radius in x, px of each plane; 0 for none.
        down: Radius in y.
        passes: How often, each way.

    Returns:
        The clip's format and size.
    """
    if not (across or down):
        return clip
    sides = (clip.width >> clip.format.subsampling_w, clip.height >> clip.format.subsampling_h)
    small = any(2 * radius >= side for radius, side in zip((across, down), sides, strict=True))
    blur = core.std.BoxBlur if small else core.vszip.BoxBlur
    return blur(
        clip,
        hradius=across,
        hpasses=passes if across else 0,
        vradius=down,
        vpasses=passes if down else 0,
    )
