"""What a source plays, by its own clock: what a cut sound is held against."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from ...arrays.images import Doubles
from ...ffmpeg import EncoderError, call
from ...progress import log
from .sound_clock import LEAD_SECONDS, RATE, Stretch

SILENT_DB, HEARD_DB = -90.0, -60.0  # one code of 16 bit; well above a codec's or dither's noise


def require_sound(stretch: Stretch, wav: Path) -> None:
    """Refuse a result that is silent where its source is not.

    Raises:
        EncoderError: It was cut wrongly.
    """
    quiet = peaks(["-i", str(wav)]) <= SILENT_DB
    if not quiet.any():
        return
    heard = heard_in_source(stretch)
    count = min(len(quiet), len(heard))
    wrong = np.flatnonzero(quiet[:count] & (heard[:count] > HEARD_DB))
    if len(wrong):
        raise EncoderError(
            f"{stretch.container.path}: {len(wrong)} s of its sound were cut to silence although "
            f"it plays there, the first at second {wrong[0]} of the result"
        )
    if quiet.all():
        log.info("sound: %s is silent there", stretch.container.path)


def heard_in_source(stretch: Stretch) -> Doubles:
    """Return the peak of each second of the result, dB, as its source plays there."""
    inputs, filters = read_by_clock(stretch)
    return peaks(inputs, first=filters)


def read_by_clock(stretch: Stretch) -> tuple[list[str], str]:
    """Return ffmpeg's input arguments and filters that read a stretch by the file's own clock.

    ``-seek_timestamp`` alone would count the start of the file's clock twice; ``-noaccurate_seek``
    hands out every packet, and the filter cuts by the clock.
    """
    clock = stretch.clock
    end = clock.start + stretch.seconds * Fraction(clock.tempo)
    early = max(clock.start - LEAD_SECONDS, stretch.container.start)
    begin, until = f"{float(clock.start):.6f}", f"{float(end):.6f}"
    inputs = [
        *["-copyts", "-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{float(early):.6f}"],
        *["-i", str(stretch.container.path), "-map", f"0:{stretch.track.index}"],
    ]
    cut = f"aresample={RATE},atrim=start={begin}:end={until}"
    return inputs, f"{cut},asetpts=(PTS-{begin}/TB)/{clock.tempo:.9f}"


def peaks(arguments: list[str], *, first: str = "anull") -> Doubles:
    """Return the peak of every second of what ffmpeg reads, over all channels, dB of full scale.

    Args:
        arguments: Input and what is mapped of it.
        first: Filters before it is measured.
    """
    chain = (
        f"{first},aresample={RATE}:async=1:min_hard_comp=0.001:first_pts=0,asetnsamples={RATE},"
        "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level,"
        "ametadata=print:key=lavfi.astats.Overall.Peak_level:file=-"
    )
    told = call([*arguments, "-vn", "-af", chain, "-f", "null", "-"]).decode()
    levels = [line.partition("=")[2] for line in told.splitlines() if line.startswith("lavfi")]
    return np.array([float(level) for level in levels], np.float64)
