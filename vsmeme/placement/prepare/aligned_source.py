"""The optional aligned 4:3 source: does it show what the composite shows, shot by shot?"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import vapoursynth as vs

from ...errors import UsageError
from ...source.formats import to_working
from ...sync.shots import Shots
from ..geometry_record import AlignedShot
from ..layout import Layout
from .registration import measure_fit
from .rough_search import Luma

log = logging.getLogger("vsmeme")

FRAMES_PER_SHOT = 2
WARN_BEYOND_PX = 1.0
"""Canvas px."""


def measure_aligned(
    composite: vs.VideoNode,
    aligned: vs.VideoNode,
    layouts: Sequence[Layout],
    shots: Shots,
    *,
    frames: Sequence[int] | None = None,
) -> tuple[AlignedShot, ...]:
    """Correlation and offset of an aligned source against the composite.

    Args:
        composite: YUV444P16, canvas size.
        aligned: YUV of any size, its picture the DVD's place on the canvas.
        layouts: as the shots index them.
        shots: of the composite.
        frames: frame of `aligned` for each frame of the composite; None where they are the same.

    Returns:
        One entry a shot.
    """
    numbers = list(frames) if frames else list(range(composite.num_frames))
    source = to_working(aligned)
    result = []
    for index, shot in enumerate(shots.cut(composite.num_frames).shots):
        spread = np.linspace(shot.first, shot.last, FRAMES_PER_SHOT + 2)[1:-1]
        picks = [n for n in sorted({int(n) for n in spread}) if numbers[n] < aligned.num_frames]
        entry = AlignedShot(shot=index)
        pairs = [(_luma(composite, n), _luma(source, numbers[n])) for n in picks]
        if pairs:
            entry = _compared(index, pairs, layouts[shot.layout])
        _warn(entry)
        result.append(entry)
    return tuple(result)


def _luma(clip: vs.VideoNode, n: int) -> Luma:
    with clip.get_frame(n) as frame:
        return np.asarray(np.asarray(frame[0]) / np.float32(256), np.float32)


def _compared(shot: int, pairs: Sequence[tuple[Luma, Luma]], layout: Layout) -> AlignedShot:
    height, width = pairs[0][1].shape
    place = layout.dvd
    start = np.array([[place.w / width, 0.0, place.x], [0.0, place.h / height, place.y]])
    try:
        fit = measure_fit(pairs, aspect=start[0, 0] / start[1, 1], start=start)
    except UsageError:
        return AlignedShot(shot=shot)
    centre = np.array([width / 2, height / 2, 1.0])
    dx, dy = (float(v) for v in (fit.matrix - start) @ centre)
    offset = (round(dx, 3), round(dy, 3))
    return AlignedShot(shot=shot, correlation=round(fit.correlation, 4), offset=offset)


def _warn(entry: AlignedShot) -> None:
    if entry.offset is None:
        log.warning("aligned source: shot %d shows something else", entry.shot)
    elif np.hypot(*entry.offset) > WARN_BEYOND_PX:
        log.warning(
            "aligned source: shot %d lies %.2f, %.2f canvas px beside the composite",
            entry.shot,
            *entry.offset,
        )
