"""Pieces, sound, subtitles and chapters into one file, without encoding the picture again."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...artifact import atomic_path
from ...errors import UsageError
from ...ffmpeg import call
from ...source.streams import probe_container
from .encode import EncodedTrack, Segment

SUBTITLES = {".mp4": "mov_text", ".mov": "mov_text", ".mkv": "copy", ".webm": "webvtt"}
"""How each container holds subtitles that are text."""
WITH_CHAPTERS = (".mp4", ".mov", ".mkv", ".webm")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleFile:
    """A subtitle track: its file, and its language, ISO 639-2, if that is known."""

    path: Path
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What goes along with the picture.

    Attributes:
        sound: A sound file of the same length, or none.
        subtitles: Text subtitles.
        chapters: A file of ffmpeg's metadata, or none.
    """

    sound: Path | None = None
    subtitles: tuple[SubtitleFile, ...] = ()
    chapters: Path | None = None


def sound_bitrate(channels: int) -> int:
    """Return what AAC needs to be transparent, kbit/s: 96 a front channel, 64 each further one."""
    return 96 * min(channels, 2) + 64 * max(0, channels - 2)


def listed(pieces: Sequence[Segment], track: EncodedTrack) -> Path:
    """Write the list by which ffmpeg reads a track's pieces one after the other.

    Args:
        pieces: Finished segments in order.
        track: Whose pieces.

    Returns:
        The list, beside the pieces.
    """
    path = pieces[0].folder / f"{track.key}.txt"
    lines = ["ffconcat version 1.0\n"]
    for piece in pieces:
        count = track.count(piece)
        if count:
            seconds = float(count / track.fps)
            lines.append(f"file {piece.piece(track).name}\nduration {seconds:.9f}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def read_list(path: Path) -> list[str]:
    """Return ffmpeg's input arguments for what `listed` wrote."""
    return ["-f", "concat", "-safe", "0", "-i", str(path)]


def join(
    pieces: Sequence[Segment],
    track: EncodedTrack,
    path: Path,
    company: Company,
    *,
    sound_codec: str,
) -> None:
    """Put a track's pieces, and what goes along with them, into one file.

    Args:
        pieces: Finished segments in order.
        track: Whose pieces.
        path: The file.
        company: What goes along; what the container cannot hold stays out.
        sound_codec: ffmpeg's name of the codec of its sound.
    """
    suffix = path.suffix.lower()
    inputs, maps = [*read_list(listed(pieces, track))], ["-map", "0:v"]
    count = 1
    if company.sound and sound_codec:
        inputs += ["-i", str(company.sound)]
        maps += ["-map", f"{count}:a", *_sound(company.sound, sound_codec)]
        count += 1
    for n, text in enumerate(company.subtitles if suffix in SUBTITLES else ()):
        inputs += ["-i", str(text.path)]
        maps += ["-map", f"{count}:s", "-c:s", SUBTITLES[suffix]]
        maps += [f"-metadata:s:s:{n}", f"language={text.language or 'und'}"]
        maps += [f"-disposition:s:{n}", "0"]  # shown when somebody asks for them
        count += 1
    if track.picture.alpha is not None:  # which WebM and MKV look for there
        maps += ["-metadata:s:v:0", "alpha_mode=1"]
    if company.chapters and suffix in WITH_CHAPTERS:
        inputs += ["-f", "ffmetadata", "-i", str(company.chapters)]
        maps += ["-map_chapters", str(count)]
    movie = ["-movflags", "+faststart", "-video_track_timescale", str(track.fps.numerator)]
    own = movie if suffix in (".mp4", ".mov") else []
    call([*inputs, *maps, "-c:v", "copy", *own, str(path)])


def _sound(wav: Path, codec: str) -> list[str]:
    if codec not in ("aac", "libopus"):
        return ["-c:a", codec]
    (track,) = probe_container(wav).of_kind("audio")
    return ["-c:a", codec, "-b:a", f"{sound_bitrate(track.channels)}k"]


def gather_pictures(pieces: Sequence[Segment], track: EncodedTrack, home: Path) -> None:
    """Move a sequence's pictures into one folder, which appears when it is whole.

    Args:
        pieces: Finished segments in order.
        track: Whose pieces.
        home: Where the pictures belong; those of an earlier export are replaced.
    """
    require_picture_folder(home, track.suffix)
    part = home.with_name(f".{home.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    for piece in pieces:
        for name in piece.names(track):
            places = (piece.piece(track) / name, home / name)
            file = next((place for place in places if place.exists()), None)
            if file is not None:  # else it was moved before an interruption
                shutil.move(file, part / name)
    shutil.rmtree(home, ignore_errors=True)
    part.replace(home)


def require_picture_folder(folder: Path, suffix: str) -> None:
    """Refuse a folder that holds anything but numbered pictures of a kind."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: expected a folder for pictures, got a file")
    for other in folder.iterdir() if folder.is_dir() else ():
        if other.suffix != suffix or not other.stem.isdigit():
            raise UsageError(
                f"{folder}: holds {other.name}; expected a folder of numbered pictures alone"
            )


def write_whole(path: Path, pieces: Sequence[Segment], track: EncodedTrack, company: Company, *,
                sound_codec: str) -> None:  # fmt: skip
    """Join a track's pieces under a file's final name."""
    with atomic_path(path) as part:
        join(pieces, track, part, company, sound_codec=sound_codec)
