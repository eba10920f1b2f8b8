"""Where in a source's sound the result's pictures lie: when it begins, and how fast it runs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...arrays.images import Doubles, Ints
from ...source.streams import Container, Stream
from ...sync.timeline import Timeline

RATE = 48000
LEAD_SECONDS = 5  # decoding starts this much earlier, so that the codec has settled
HALF_FRAME = 0.5
SMOOTH_SECONDS = 0.25
"""Pulldown moves single frames by up to half a frame of film; over some cycles it cancels out."""
MOST_FIT = 0.1
"""PAL runs 4.3 % fast; what differs by more than this share is no other speed of the same film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundClock:
    """How the sound of a source lies under the pictures of the result.

    Attributes:
        start: Second of the source's clock at which the first picture is shown.
        tempo: Seconds of the source a second of the result, 1 where nothing is stretched.
        off: How far the sound leaves the pictures at worst, frames of the result.
    """

    start: Fraction
    tempo: float
    off: float

    @property
    def steady(self) -> bool:
        """Whether the sound stays within half a frame of the pictures."""
        return self.off <= HALF_FRAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of one sound track.

    Attributes:
        container: The file.
        track: The track.
        clock: Where it starts, seconds on the file's clock, and its tempo.
        seconds: How long the result lasts.
    """

    container: Container
    track: Stream
    clock: SoundClock
    seconds: Fraction


def fit_clock(timeline: Timeline, times: Doubles, sure: Ints, *, fitted: bool) -> SoundClock:
    """Fit the sound's clock to the pictures.

    Args:
        timeline: The match table; the result runs at its rate.
        times: When the source shows each pair's frame, seconds on its own clock.
        sure: Numbers of the pairs to trust, at least one.
        fitted: Whether the tempo may follow the source's, where that does not run at the result's.
    """
    fps = float(timeline.fps)
    shown = np.asarray(sure, np.float64) / fps
    raw = times[sure] - shown
    begins = _smooth(raw, round(SMOOTH_SECONDS * fps))
    plain = _clock(begins, fps)
    if plain.steady or not fitted or len(begins) < 2:
        return plain
    slope = float(np.polyfit(shown, raw, 1)[0])
    if abs(slope) > MOST_FIT:
        return plain
    tilted = _clock(begins - slope * shown, fps)
    return SoundClock(start=tilted.start, tempo=1 + slope, off=tilted.off)


def _clock(begins: Doubles, fps: float) -> SoundClock:
    middle = float(np.median(begins))
    worst = float(np.abs(begins - middle).max()) * fps
    return SoundClock(start=Fraction(middle).limit_denominator(10**9), tempo=1.0, off=worst)


def _smooth(values: Doubles, reach: int) -> Doubles:
    """Average each value with up to ``reach`` neighbours each way."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    at = np.arange(len(values))
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(values))
    return np.asarray((total[high] - total[low]) / (high - low))
