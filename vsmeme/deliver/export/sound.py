"""The sound of a release, cut to the matched range; never stretched."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from ...config import Output
from ...ffmpeg import call, has_sound
from ...progress import log
from ...sync.timeline import Timeline

RATE = 48000
BLOCK_SAMPLES = 1 << 20
HALF_FRAME = 0.5
LEAD_SECONDS = 5  # decoding starts this much earlier, so that the codec has settled
Side = Literal["wide", "dvd"]


def cut_sound(
    output: Output, timeline: Timeline, files: dict[Side, Path], *, to: Path
) -> Side | None:
    """Write the sound that belongs to the pairs.

    Args:
        output: ``[output]``; ``audio`` says whose sound: auto takes the wide's, else the DVD's.
        timeline: The match table; the result runs at its rate.
        files: Path of each source.
        to: WAV file, 48 kHz, 16 bit, as many samples as the pictures last.

    Returns:
        Whose sound it is, or ``None`` where there is none, with the reason in the log.
    """
    either: dict[str, tuple[Side, ...]] = {
        "auto": ("wide", "dvd"),
        "wide": ("wide",),
        "dvd": ("dvd",),
        "none": (),
    }
    for side in either[output.audio]:
        if not has_sound(files[side]):
            log.info("sound: the %s has none", side)
            continue
        start = _start(files[side], timeline, side=side)
        if start is not None:
            extract(files[side], start=start, seconds=len(timeline) / timeline.fps, to=to)
            return side
    if output.audio != "none":
        log.warning("warning: the result has no sound")
    return None


def drop_sound(path: Path, frames: Sequence[int], *, fps: Fraction) -> None:
    """Take the sound of frames that are dropped out of a file, exact to the sample.

    Args:
        path: WAV file at 48 kHz, as `cut_sound` writes it; replaced.
        frames: Numbers of the dropped frames, ascending.
        fps: Frames a second.
    """
    if not frames:
        return
    begins = [round(n * RATE / fps) for n in frames]
    ends = [round((n + 1) * RATE / fps) for n in frames]
    shorter = path.with_name(f"shorter-{path.name}")
    with wave.open(str(path)) as source, wave.open(str(shorter), "wb") as target:
        total = source.getnframes()
        target.setparams(source.getparams())
        for first, last in zip([0, *ends], [*begins, total], strict=True):
            source.setpos(min(first, total))
            for at in range(first, min(last, total), BLOCK_SAMPLES):
                target.writeframes(source.readframes(min(BLOCK_SAMPLES, min(last, total) - at)))
    shorter.replace(path)


def _start(path: Path, timeline: Timeline, *, side: Side) -> Fraction | None:
    """Return the second of the file at which the first pair's picture begins, if sound can follow.

    The sound follows the time stamps. It is dropped where the picture, shown at the timeline's
    rate, would leave them by more than half a frame.
    """
    frames, fps = timeline.frames(side), float(timeline.fps)
    stamps = time_stamps(path)
    if max(frames) >= len(stamps):
        log.warning("warning: sound of the %s dropped: its frames were regrouped", side)
        return None
    sure = [n for n, pair in enumerate(timeline.pairs) if pair.confident or side == "wide"]
    if not sure:
        log.warning("warning: sound of the %s dropped: no pair is certain", side)
        return None
    begins = stamps[np.asarray(frames)[sure]] - np.asarray(sure) / fps
    middle = float(np.median(begins))
    worst = float(np.abs(begins - middle).max()) * fps
    if worst > HALF_FRAME:
        log.warning(
            "warning: sound of the %s dropped: its time runs away by up to %.2f frames "
            "(sound is never stretched)",
            side,
            worst,
        )
        return None
    return Fraction(middle).limit_denominator(10**9)


def time_stamps(path: Path) -> np.ndarray:
    """Return when each frame of a file is shown, in seconds on the file's own clock.

    No frame is decoded: the packets of the video stream are listed.
    """
    out = call(["-copyts", "-i", str(path), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"])
    base, stamps = Fraction(1), []
    for line in out.decode().splitlines():
        if line.startswith("#tb 0:"):
            base = Fraction(line.split(":")[1].strip())
        elif line and not line.startswith("#"):
            stamps.append(int(line.split(",")[2]))
    return np.sort(np.array(stamps, np.float64)) * float(base)


def extract(path: Path, *, start: Fraction, seconds: Fraction, to: Path) -> None:
    """Write a stretch of a file's sound, exact to the sample; silence where the file has none.

    Args:
        path: Source.
        start: Second on the file's own clock.
        seconds: Length of the result.
        to: WAV file.
    """
    samples = round(seconds * RATE)
    begin = f"{float(start):.9f}"
    chain = (
        f"aresample={RATE}:async=1:min_hard_comp=0.005,atrim=start={begin},"
        f"asetpts=PTS-{begin}/TB,aresample=async=1:min_hard_comp=0.001:first_pts=0,"
        f"apad=whole_len={samples},atrim=end_sample={samples}"
    )
    early = max(Fraction(0), start - LEAD_SECONDS)
    seek = ["-seek_timestamp", "1", "-ss", f"{float(early):.6f}"] if early else []
    call(
        [
            *["-copyts", *seek, "-i", str(path), "-map", "0:a:0", "-af", chain],
            *["-c:a", "pcm_s16le", str(to)],
        ]
    )
