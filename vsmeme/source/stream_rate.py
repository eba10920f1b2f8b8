"""The rate of a stream whose reader cannot tell it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import vapoursynth as vs

from .streams import probe_container

RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
)
PROGRAM_STREAMS = frozenset({".vob", ".mpg", ".mpeg", ".m2p", ".evo", ".dat"})
NEAR = Fraction(1, 200)  # closer than any two rates but those that differ by 1001 to 1000


def with_stated_rate(clip: vs.VideoNode, path: Path) -> vs.VideoNode:
    """Give a program stream the rate that its headers state, where the reader found no known one.

    A disc times few of its frames, and a rate that is counted from times is then several times
    too low.

    Args:
        clip: What the reader made of the file.
        path: The file.

    Returns:
        The same frames.
    """
    if path.suffix.lower() not in PROGRAM_STREAMS or _nearest(Fraction(clip.fps)):
        return clip
    videos = [s for s in probe_container(path).of_kind("video") if not s.aside and s.fps]
    stated = _nearest(Fraction(str(videos[0].fps))) if videos else None
    if stated is None:
        return clip
    return vs.core.std.AssumeFPS(clip, fpsnum=stated.numerator, fpsden=stated.denominator)


def _nearest(rate: Fraction) -> Fraction | None:
    nearest = min(RATES, key=lambda known: abs(known - rate))
    return nearest if abs(nearest - rate) <= NEAR * nearest else None
