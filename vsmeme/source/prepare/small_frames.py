"""Small luma frames straight from a film's file: key frames of all of it, or a part of it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...arrays.images import Image
from ...errors import UsageError
from ...ffmpeg import EncoderError, call, call_with_bar
from .cut_section import Film, parse_packets

LEAD_SECONDS = (0.05, 1.0, 10.0)
"""How much earlier to seek, until what comes begins early enough."""
_KEYS = ("-discard:v", "nokey", "-skip_frame", "nokey", "-skip_loop_filter", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallFrames:
    """Some frames of a film.

    Attributes:
        frames: ``n x h x w``, 8-bit luma codes of the stream.
        times: When each is shown, seconds of the film.
    """

    frames: Image
    times: tuple[float, ...]


def small_key_frames(film: Film, *, size: tuple[int, int], apart: float) -> SmallFrames:
    """Decode nothing but key frames, in one pass over the file, behind a bar with time left.

    Args:
        film: The film.
        size: Width and height to shrink to, px.
        apart: Seconds from one to the next at least; others are not even decoded. 0 for all.

    Raises:
        UsageError: None of them can be decoded.
    """
    spaced = [[*_KEYS, "-bsf:v", f"noise=drop='{_nearer_than(apart)}'"]] if apart else []
    for before in (*spaced, [*_KEYS]):  # an ffmpeg before 7.0 filters no input
        try:
            small = _decode(film, before, [], size, bar=True)
        except EncoderError:
            continue
        if small.times:
            return small
    raise UsageError(f"{film.path}: none of its key frames can be decoded")


def small_part(
    film: Film, *, begin: float, end: float, size: tuple[int, int], keys: bool
) -> SmallFrames:
    """Decode a part of a film, from the key frame before its begin on.

    Args:
        film: The film.
        begin: Where the part begins, seconds of the film.
        end: Where it ends.
        size: Width and height to shrink to, px.
        keys: Key frames alone.

    Returns:
        Its frames; none where they cannot be decoded.
    """
    small = SmallFrames(frames=np.zeros((0, size[1], size[0]), np.uint8), times=())
    for lead in LEAD_SECONDS:
        seek = max(0.0, film.begins + begin - float(film.container.start) - lead)
        early = ["-noaccurate_seek", "-ss", f"{seek:.6f}"] if seek else []
        until = ["-to", f"{film.begins + end:.6f}"]
        try:
            small = _decode(film, [*(_KEYS if keys else ()), *early], until, size, bar=False)
        except EncoderError:  # nothing was decoded
            continue
        if small.times and (small.times[0] <= begin + lead or not seek):
            break
    return small


def _nearer_than(seconds: float) -> str:
    """Write when a packet is dropped: it is no key frame, or too near the one before."""
    time = "if(eq(pts,nopts),dts,pts)*tb"
    return f"if(key*gte({time},ld(0)),0*st(0,{time}+{seconds:g}),1)"


def _decode(
    film: Film, before: Sequence[str], after: Sequence[str], size: tuple[int, int], *, bar: bool
) -> SmallFrames:
    """Decode once, into pictures and the list of their times."""
    shrink = f"[0:{film.stream.index}]extractplanes=y,scale={size[0]}:{size[1]}:flags=area"
    passed = ["-fps_mode", "passthrough", "-enc_time_base", "1/90000", *after]
    with tempfile.TemporaryDirectory() as folder:
        raw, listing = Path(folder) / "frames.gray", Path(folder) / "times.txt"
        arguments = [
            *["-copyts", *before, "-i", str(film.path)],
            *["-filter_complex", f"{shrink},format=gray,split[frames][times]"],
            *["-map", "[frames]", *passed, "-f", "rawvideo", str(raw)],
            *["-map", "[times]", *passed, "-f", "framecrc", str(listing)],
        ]
        if bar:
            call_with_bar(arguments, label="key frames", seconds=film.seconds)
        else:
            call(arguments)
        frames = np.fromfile(raw, np.uint8).reshape(-1, size[1], size[0])
        packets = parse_packets(listing.read_text(encoding="ascii"))
    times = tuple(p.time - film.begins for p in packets if p.time is not None)
    count = min(len(times), len(frames))
    return SmallFrames(frames=frames[:count], times=times[:count])
