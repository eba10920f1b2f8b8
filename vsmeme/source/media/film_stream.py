"""Which of a file's video streams is the film: no cover, and the longest of several."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import vapoursynth as vs

from ...errors import UsageError
from ...ffmpeg import EncoderError, call
from ..streams import Container, Stream, probe_container

TAIL_SECONDS = 30.0
FIRST_VIDEO = -1
_VIDEO, _COVER = 0, 0x400  # AVMEDIA_TYPE_VIDEO, AV_DISPOSITION_ATTACHED_PIC
_LIST = ("-c", "copy", "-f", "framecrc", "-")


def film_stream(path: Path) -> Stream | None:
    """Return the video stream that holds the film, or None where there is no video.

    Covers and still pictures count as none; of several streams the longest is taken, of equally
    long ones the largest.
    """
    stat = path.stat()
    return _film_stream(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _film_stream(path: Path, size: int, mtime_ns: int) -> Stream | None:
    container = probe_container(path)
    videos = real_videos(container)
    if len(videos) < 2:
        return videos[0] if videos else None
    length = float(container.seconds or 0)
    ends = {s.index: _last_shown(path, s, max(0.0, length - TAIL_SECONDS)) for s in videos}
    return max(videos, key=lambda s: (round(ends[s.index]), s.size[0] * s.size[1], -s.index))


def numbered_stream(path: Path, number: int) -> Stream:
    """Return a video stream by its number, counted from 1.

    Raises:
        UsageError: There is none of that number.
    """
    videos = real_videos(probe_container(path))
    if number > len(videos):
        listed = ", ".join(
            f"{n} ({s.codec}, {s.size[0]}x{s.size[1]})" for n, s in enumerate(videos, 1)
        )
        raise UsageError(f"{path}: no video stream {number}; it has: {listed or 'none'}")
    return videos[number - 1]


def real_videos(container: Container) -> tuple[Stream, ...]:
    """Return a file's video streams without covers."""
    return tuple(s for s in container.of_kind("video") if not s.aside)


def film_track(path: Path) -> int:
    """Return what BestSource calls the film's stream: -1, its first, where there is no choice."""
    told: Any = vs.core.bs.TrackInfo(str(path))
    kinds, flags = (_listed(told[name]) for name in ("tracktype", "disposition"))
    real = [
        flag
        for kind, flag in zip(kinds, flags, strict=True)
        if kind == _VIDEO and not flag & _COVER
    ]
    chosen = film_stream(path) if len(real) > 1 else None
    return chosen.index if chosen else FIRST_VIDEO


def _listed(value: int | list[int]) -> list[int]:
    return value if isinstance(value, list) else [value]


def _last_shown(path: Path, stream: Stream, begin: float) -> float:
    """When the last packets of a stream are shown, seconds; 0 where it has none from then on."""
    seek = ["-ss", f"{begin:.3f}"] if begin else []
    try:
        text = call([*seek, "-copyts", "-i", str(path), "-map", f"0:{stream.index}", *_LIST])
    except EncoderError:
        return 0.0
    unit, last = 1.0, 0.0
    for line in text.decode().splitlines():
        if line.startswith("#tb 0:"):
            above, below = line.split(":")[1].split("/")
            unit = int(above) / int(below)
        elif line and not line.startswith("#"):
            last = max(last, int(line.split(",")[2]) * unit)
    return last
