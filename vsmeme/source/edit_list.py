"""Where an MP4's edit list begins inside a frame: what FFmpeg's readers round off.

An MP4 that was cut without re-encoding holds frames from the key frame before the cut on, and an
edit list that says at which media time the film begins (ISO/IEC 14496-12, 8.6.6). FFmpeg hides the
frames before it and gives the first frame that is left the time of the cut itself, although it is
due up to one frame later. Sound is cut to the sample, so the two would part.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..ffmpeg import call
from .media.film_stream import film_stream

_FOLDERS = (b"moov", b"trak", b"edts", b"mdia")
_LISTED_SECONDS = 2  # the first shown frame lies at most a reordering behind the cut
Box = tuple[bytes, bytes]


def edit_residue(path: Path) -> float:
    """Return how much later than its reader says a file's frames are shown, seconds.

    Args:
        path: Any media file; all but MP4 and its kin have no edit list.

    Returns:
        0 to one frame.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head[4:] not in (b"ftyp", b"moov", b"wide", b"mdat"):
            return 0.0
        film = film_stream(path)
        begins = (
            None if film is None else _video_begins(file, path.stat().st_size, track=film.index)
        )
    if film is None or begins is None:
        return 0.0
    listed = call(
        [
            *["-ignore_editlist", "1", "-copyts", "-i", str(path), "-map", f"0:{film.index}"],
            *["-c", "copy", "-t", f"{begins + _LISTED_SECONDS:.6f}", "-f", "framecrc", "-"],
        ]
    ).decode()
    unit = 0.0
    shown = []
    for line in listed.splitlines():
        if line.startswith("#tb 0:"):
            above, below = line.split(":")[1].split("/")
            unit = int(above) / int(below)
        elif line and not line.startswith("#"):
            shown.append(int(line.split(",")[2]) * unit)
    later = [time - begins for time in shown if time >= begins - unit / 2]
    return max(0.0, min(later, default=0.0))


def _video_begins(file: BinaryIO, size: int, *, track: int) -> float | None:
    """Return the media time at which a video track begins, or None: at its first frame."""
    tracks: list[dict[bytes, bytes]] = []
    for kind, body in _boxes(file, 0, size):
        if kind == b"trak":
            tracks.append({})
        elif tracks:
            tracks[-1].setdefault(kind, body)
    for boxes in tracks[track : track + 1]:
        if boxes.get(b"hdlr", b"")[8:12] == b"vide" and b"elst" in boxes and b"mdhd" in boxes:
            times = [time for time in _media_times(boxes[b"elst"]) if time >= 0]
            scale = _time_scale(boxes[b"mdhd"])
            return times[0] / scale if len(times) == 1 and scale else None
    return None


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Walk the boxes of a file; of the samples themselves not a byte is read."""
    while start + 8 <= end:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        body = start + 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            body += 8
        stop = start + length if length else end
        if stop <= start or stop > end:
            return
        if kind in _FOLDERS:
            yield kind, b""
            yield from _boxes(file, body, stop)
        elif kind in (b"elst", b"mdhd", b"hdlr"):
            yield kind, file.read(stop - body)
        start = stop


def _media_times(elst: bytes) -> list[int]:
    """Return the media time of each edit; -1 is a stretch without picture."""
    width = 8 if elst[0] == 1 else 4
    size = 2 * width + 4
    edits = [elst[at : at + size] for at in range(8, len(elst) - size + 1, size)]
    return [int.from_bytes(edit[width : 2 * width], signed=True) for edit in edits]


def _time_scale(mdhd: bytes) -> int:
    at = 20 if mdhd[0] == 1 else 12
    return int(struct.unpack(">I", mdhd[at : at + 4])[0])
