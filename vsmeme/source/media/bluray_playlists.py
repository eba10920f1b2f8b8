"""The playlists of a Blu-ray disc: which clips make the film, and from when to when.

Only what tells playlists apart is read of ``BDMV/PLAYLIST/*.mpls``: the play items of each, which
name a clip of ``BDMV/STREAM`` and two times on its clock.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from ...errors import UsageError

CLOCK = 45000  # ticks a second
LISTED = 8
_ITEM = struct.Struct(">5s4s2xB2I")  # clip, codec, flags, reference to the clock, in, out


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayItem:
    """A stretch of a clip: begin and end are seconds on the clip's clock."""

    clip: Path
    begin: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """What is played one after the other; its number is its file's name."""

    number: int
    items: tuple[PlayItem, ...]

    @property
    def seconds(self) -> Fraction:
        """How long it shows something new: what it repeats counts once."""
        return sum((item.end - item.begin for item in set(self.items)), Fraction(0))

    @property
    def clips(self) -> tuple[Path, ...]:
        """The clips in their order, each once."""
        return tuple(dict.fromkeys(item.clip for item in self.items))


def choose_playlist(disc: Path, number: int | None) -> Playlist:
    """Choose the playlist of a number, else the longest; of equally long ones the simplest.

    Args:
        disc: The folder that holds ``BDMV``.
        number: Such as 800 for ``00800.mpls``.

    Raises:
        UsageError: There is none, or a clip of it is missing.
    """
    lists = read_playlists(disc)
    if not lists:
        raise UsageError(f"{disc}: a Blu-ray disc without a playlist that can be read")
    if number is None:
        chosen = max(lists, key=lambda p: (p.seconds, -len(p.items), -p.number))
    else:
        fitting = [playlist for playlist in lists if playlist.number == number]
        if not fitting:
            longest = sorted(lists, key=lambda p: -p.seconds)[:LISTED]
            named = ", ".join(
                f"{p.number} ({timedelta(seconds=round(p.seconds))})" for p in longest
            )
            raise UsageError(f"{disc}: no playlist {number}; its longest: {named}")
        chosen = fitting[0]
    for clip in chosen.clips:
        if not clip.is_file():
            raise UsageError(f"{clip}: missing; playlist {chosen.number} of the disc shows it")
    return chosen


def read_playlists(disc: Path) -> list[Playlist]:
    """Read every playlist of a disc that shows anything."""
    streams = disc / "BDMV" / "STREAM"
    found = []
    for path in sorted((disc / "BDMV" / "PLAYLIST").glob("*.[mM][pP][lL][sS]")):
        if path.stem.isdigit():
            items = _items(path.read_bytes(), streams)
            if items:
                found.append(Playlist(number=int(path.stem), items=items))
    return found


def _items(data: bytes, streams: Path) -> tuple[PlayItem, ...]:
    """Read the play items of an mpls file; nothing of one that is cut short."""
    try:
        magic, start = struct.unpack_from(">4s4xI", data)
        if magic != b"MPLS":
            return ()
        (count,) = struct.unpack_from(">H", data, start + 6)
        at, items = start + 10, []
        for _ in range(count):
            (length,) = struct.unpack_from(">H", data, at)
            clip, codec, _, begin, end = _ITEM.unpack_from(data, at + 2)
            if codec == b"M2TS" and end > begin:
                items.append(
                    PlayItem(
                        clip=streams / f"{clip.decode('ascii')}.m2ts",
                        begin=Fraction(begin, CLOCK),
                        end=Fraction(end, CLOCK),
                    )
                )
            at += 2 + length
    except (struct.error, UnicodeDecodeError):
        return ()
    return tuple(items)
