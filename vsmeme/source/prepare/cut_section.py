"""A section of a film, cut out without decoding: from the key frame before to the one after."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ...artifact import atomic_path, locked
from ...errors import UsageError
from ...ffmpeg import EncoderError, call
from ..clock import stream_times
from ..edit_list import edit_residue
from ..media.film_stream import film_stream
from ..media.script_film import open_script
from ..media.script_names import SCRIPT_SUFFIX
from ..section import FilmSection
from ..streams import Container, Stream, probe_container

LEAD_SECONDS = (1, 10, 60, 600)
"""How much earlier to seek. A container without an index lands near the place, on either side;
key frames lie up to ten seconds apart, in odd files more."""
TAIL_SECONDS = (6, 20, 60)
SLACK_SECONDS = 1e-3
LEADING_SECONDS = 0.5
"""Frames that are shown before a key frame may be coded after it, and are cut off with it."""
LIST_PACKETS = ("-c", "copy", "-f", "framecrc")
_KEY, _DISCARD = 0x1, 0x4


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A film as its container describes it.

    Attributes:
        container: Its streams and clock.
        begins: What its clock shows at its first frame, seconds.
        stream: The video stream that holds it.
        frames: Of a script, how many frames it has, else None.
    """

    container: Container
    begins: float
    stream: Stream
    frames: int | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.container.path

    @property
    def seconds(self) -> float | None:
        """Length from its first frame on, where the container says it."""
        whole = self.container.seconds
        return None if whole is None else float(whole + self.container.start) - self.begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A coded frame: when it is shown, if that is known, and whether decoding can begin there."""

    time: float | None
    key: bool


def describe_film(path: Path) -> Film:
    """Read a film's head: streams, clock, first frame.

    Raises:
        UsageError: It has no video.
    """
    if path.suffix.lower() == SCRIPT_SUFFIX:
        return _script_film(path)
    container, stream = probe_container(path), film_stream(path)
    if stream is None:
        raise UsageError(f"{path}: not a readable video (it has no video stream)")
    head = ["-i", str(path), "-map", f"0:{stream.index}", "-frames:v", "32"]
    try:
        packets = list_packets(head)
    except EncoderError as error:
        raise UsageError(f"{path}: not a readable video ({error})") from None
    times = [packet.time for packet in packets if packet.time is not None]
    if not times:
        raise UsageError(f"{path}: no frame of its video has a time; remux it (mkvmerge, ffmpeg)")
    return Film(container=container, begins=min(times) + edit_residue(path), stream=stream)


def _script_film(path: Path) -> Film:
    """A script as if it were a file: its frames lie evenly."""
    clip = open_script(path)
    fps = Fraction(clip.fps or 24)
    stream = Stream(
        index=0,
        id=None,
        kind="video",
        codec="script",
        language=None,
        flags=frozenset(),
        channels=0,
        fps=round(float(fps), 2),
        size=(clip.width, clip.height),
    )
    whole = clip.num_frames / fps
    container = Container(path=path, start=Fraction(0), seconds=whole, streams=(stream,))
    return Film(container=container, begins=0.0, stream=stream, frames=clip.num_frames)


def list_packets(arguments: Sequence[str]) -> list[Packet]:
    """List the packets that ffmpeg would copy, in coding order; those that are hidden left out.

    Args:
        arguments: Input, and which of its streams.
    """
    return parse_packets(call(["-copyts", *arguments, *LIST_PACKETS, "-"]).decode())


def parse_packets(listed: str) -> list[Packet]:
    """Read what ffmpeg lists with ``LIST_PACKETS``."""
    unit, packets = 1.0, []
    for line in listed.splitlines():
        if line.startswith("#tb 0:"):
            above, below = line.split(":")[1].split("/")
            unit = int(above) / int(below)
        elif line and not line.startswith("#"):
            fields = [field.strip() for field in line.split(",")]
            flags = next((int(f[2:], 16) for f in fields[6:] if f.startswith("F=")), _KEY)
            time = int(fields[2])
            if not flags & _DISCARD:
                known = None if time == -(1 << 63) else time * unit
                packets.append(Packet(time=known, key=bool(flags & _KEY)))
    return packets


def cut_section(
    film: Film, *, begin: float, end: float, work: Path, key: str, index: Path
) -> FilmSection:
    """Cut a section out of a film, or take it from the cache.

    Args:
        film: The film.
        begin: From the key frame before this second of the film on.
        end: To the key frame after this second.
        work: Work folder; sections lie in its ``cache/sections``.
        key: Identity of the film.
        index: Folder for the index of the section.

    Returns:
        The section; every frame of its file decodes to what the film's file decodes to.

    Raises:
        UsageError: The film has no video there.
    """
    begin = max(0.0, begin)
    if film.frames is not None:
        return _trimmed(film, begin, end, film.frames)
    name = f"{key[:16]}-{round(begin * 1000)}-{round(end * 1000)}.mkv"
    path = work / "cache" / "sections" / name
    with locked(path):
        if not path.exists():
            _cut(film, film.begins + begin, film.begins + end, path)
    times = stream_times(path, cache=index)
    start = Fraction(times[0] - film.begins).limit_denominator(10**6)
    file = path.relative_to(work).as_posix()
    return FilmSection(start=max(Fraction(0), start), frames=len(times), file=file)


def _trimmed(film: Film, begin: float, end: float, frames: int) -> FilmSection:
    """A section of a script is trimmed where it is opened: nothing is cut out."""
    fps = frames / (film.container.seconds or Fraction(1))
    first, last = int(begin * fps), min(frames, math.ceil(end * fps))
    if first >= last:
        raise UsageError(f"{film.path}: no video at {begin:.3f} s")
    return FilmSection(start=first / fps, frames=last - first, first=first)


def _cut(film: Film, begin: float, end: float, path: Path) -> None:
    with atomic_path(path.with_suffix(".rough.mkv")) as rough:
        packets = _rough_cut(film, begin, end, rough)
        last = next(
            (n for n, packet in enumerate(packets) if n and _closes(packet, end)), len(packets)
        )
        with atomic_path(path) as part:
            whole = ["-copyts", "-i", str(rough), "-map", "0:v:0", "-c", "copy"]
            call([*whole, "-frames:v", str(last), "-f", "matroska", str(part)])
    path.with_suffix(".rough.mkv").unlink(missing_ok=True)


def _rough_cut(film: Film, begin: float, end: float, rough: Path) -> list[Packet]:
    """Copy from a key frame before ``begin`` to beyond the next one after ``end``, both clock."""
    packets: list[Packet] = []
    for lead in LEAD_SECONDS:
        seek = max(0.0, begin - float(film.container.start) - lead)
        for tail in TAIL_SECONDS:
            _copy(film, seek, end + tail, rough)
            with suppress(EncoderError):  # nothing was copied: no stream
                packets = list_packets(["-i", str(rough), "-map", "0:v:0"])
            closed = any(_closes(packet, end) for packet in packets[1:])
            if closed or not packets or _reaches_end(film, end + tail):
                break
        first = next((p.time for p in packets if p.time is not None), None)
        if first is not None and (first <= begin + SLACK_SECONDS or not seek):
            break
    if not any(packet.time is not None and packet.time >= begin for packet in packets):
        raise UsageError(f"{film.path}: no video at {begin - film.begins:.3f} s")
    return packets


def _closes(packet: Packet, end: float) -> bool:
    return packet.key and packet.time is not None and packet.time >= end + LEADING_SECONDS


def _copy(film: Film, seek: float, until: float, rough: Path) -> None:
    early = ["-ss", f"{seek:.6f}"] if seek else []
    call(
        [
            *["-fflags", "+genpts", *early, "-i", str(film.path)],
            *["-map", f"0:{film.stream.index}", "-c", "copy", "-copyts"],
            *["-to", f"{until:.6f}", "-f", "matroska", str(rough)],
        ]
    )


def _reaches_end(film: Film, until: float) -> bool:
    return film.seconds is not None and until >= film.begins + film.seconds
