"""Animated WebP files put one after the other, frame by frame, without encoding them again.

The container is RIFF: chunks of four letters, a length and a payload of even size; ``VP8X`` holds
size and flags, ``ANIM`` background and loops, ``ANMF`` a frame with its place and duration
(developers.google.com/speed/webp/docs/riff_container).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import IO

from ...errors import UsageError

ANIMATED = 0x02
HAS_ALPHA = 0x10
_HEAD = struct.Struct("<4sI")
_DURATION = slice(12, 15)  # of an ANMF payload: ms
_MOST_BYTES = 2**32 - 10


def join_webp(parts: Sequence[Path], counts: Sequence[int], path: Path, *, fps: Fraction) -> None:
    """Write one animation of several, with durations that never run away from the rate.

    Args:
        parts: Animations of one size, or single pictures, in order.
        counts: How many frames of the film each shows; equal neighbours are one frame of it.
        path: The file.
        fps: Rate of the film.

    Raises:
        UsageError: The result is larger than the container can be.
    """
    first = dict(_chunks(parts[0]))
    size = first[b"VP8X"][4:10] if b"VP8X" in first else _still_size(parts[0])
    with path.open("wb") as file:
        file.write(_HEAD.pack(b"RIFF", 0) + b"WEBP")
        _write(file, b"VP8X", struct.pack("<B3x", ANIMATED | HAS_ALPHA) + size)
        _write(file, b"ANIM", struct.pack("<IH", 0, 0))
        start = 0
        for part, count in zip(parts, counts, strict=True):
            begin, end = (round(n * 1000 / fps) for n in (start, start + count))
            for frame in _timed(part, size, end - begin):
                _write(file, b"ANMF", frame)
            start += count
        length = file.tell() - 8
        if length > _MOST_BYTES:
            raise UsageError(f"{path.name}: a WebP holds 4 GB; set output.gif_seconds")
        file.seek(4)
        file.write(struct.pack("<I", length))


def _timed(part: Path, size: bytes, milliseconds: int) -> Iterator[bytes]:
    """The frames of a part, which together last as long as they must."""
    frames = [payload for name, payload in _chunks(part) if name == b"ANMF"]
    if not frames:
        body = b"".join(
            _chunk(name, payload)
            for name, payload in _chunks(part)
            if name in (b"ALPH", b"VP8 ", b"VP8L")
        )
        frames = [bytes(6) + size + bytes(4) + body]
    durations = [int.from_bytes(frame[_DURATION], "little") for frame in frames]
    durations[-1] = max(1, milliseconds - sum(durations[:-1]))
    for frame, duration in zip(frames, durations, strict=True):
        yield frame[: _DURATION.start] + duration.to_bytes(3, "little") + frame[_DURATION.stop :]


def _chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and payload of each chunk of a file."""
    data = path.read_bytes()
    at = 12
    while at + 8 <= len(data):
        name, length = _HEAD.unpack_from(data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(name: bytes, payload: bytes) -> bytes:
    return _HEAD.pack(name, len(payload)) + payload + b"\0" * (len(payload) % 2)


def _write(file: IO[bytes], name: bytes, payload: bytes) -> None:
    file.write(_chunk(name, payload))


def _still_size(path: Path) -> bytes:
    """Width and height of a single picture, each less 1 in three bytes."""
    from PIL import Image

    with Image.open(path) as picture:
        width, height = picture.size
    return (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
