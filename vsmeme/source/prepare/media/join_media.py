"""A release that is no single film file, brought into one by stream copy, once."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from ....artifact import atomic_path, locked
from ....errors import UsageError
from ....ffmpeg import EncoderError, call_with_bar
from ....progress import log
from ...files import Role
from ...media.bluray_playlists import PlayItem, Playlist, choose_playlist
from ...media.film_stream import film_stream, numbered_stream
from ...media.medium import FILM_RATE, Medium
from ...streams import Container, Stream, probe_container
from .copy_protection import refuse_protected
from .dvd_titles import choose_title
from .image_sequence import IMAGE_CODEC, image_arguments

RUNNING_ON_SECONDS = 2.0  # between two parts of one stream, as their clocks and heads tell it
STREAMED = frozenset({".vob", ".mpg", ".mpeg", ".m2p", ".evo", ".ts", ".m2ts", ".mts", ".m2t"})
LOST_SECONDS, LOST_SHARE = 1.5, 0.01  # by which a film may end earlier than it says
SPARE_BYTES = 1 << 28
_VOB = re.compile(r"(VTS_\d\d)_[1-9]\.VOB", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedInput:
    """What ffmpeg reads a release from.

    Attributes:
        arguments: The input's arguments, ``-i`` among them.
        video: Which stream is mapped.
        container: What the input, or the first file of it, holds.
        seconds: How long it lasts, if that is known.
        codec: Arguments that say how the video is kept.
    """

    arguments: tuple[str, ...]
    video: str
    container: Container | None = None
    seconds: float | None = None
    codec: tuple[str, ...] = ("-c:v", "copy")


def join_media(medium: Medium, target: Path, *, role: Role) -> None:
    """Bring a release into one file that is opened like any other, unless that is done.

    Pictures and sound are copied as they are coded; images are kept without loss.

    Args:
        medium: The release; one that is a file or a script already is only looked at.
        target: Matroska file that is made.
        role: Which release.

    Raises:
        UsageError: It is copy-protected, its parts are unlike, or what was chosen of it is not
            there.
    """
    refuse_protected(medium)
    if medium.plain:
        _tell_of_parts(medium, role=role)
        return
    with locked(target):
        if target.exists():
            return
        _require_space(medium, target, role=role)
        log.info("%s: %s is brought into one file, once: %s", role, medium.root, target)
        with tempfile.TemporaryDirectory() as folder, atomic_path(target) as part:
            given = _input(medium, Path(folder))
            try:
                call_with_bar(_copying(given, part), label=f"join {role}", seconds=given.seconds)
            except EncoderError as error:
                raise UsageError(f"{medium.root}: cannot be read ({error})") from None
            if film_stream(part) is None:
                raise UsageError(f"{medium.root}: no video in it")
            _tell_of_loss(medium, given, probe_container(part))


def _tell_of_loss(medium: Medium, given: JoinedInput, made: Container) -> None:
    """Say where a file or a disc ends earlier than it says: scratches, copies cut short."""
    if given.seconds is None or made.seconds is None:
        return
    lost = given.seconds - float(made.seconds)
    if lost > max(LOST_SECONDS, LOST_SHARE * given.seconds):
        log.warning(
            "%s: only %s of %s could be read; the rest is missing or damaged",
            medium.root,
            *(timedelta(seconds=round(s)) for s in (float(made.seconds), given.seconds)),
        )


def _tell_of_parts(medium: Medium, *, role: Role) -> None:
    """Say where a VOB that was given alone goes on in others of its title."""
    path = medium.root
    named = _VOB.fullmatch(path.name)
    if not named or not path.is_file():
        return
    others = sorted(path.parent.glob(f"{named[1]}_[1-9]{path.suffix}"))
    if len(others) > 1:
        log.warning(
            "%s: only a part of its title, which lies in %s to %s; give them as a list, or give "
            "the disc's folder as sources.%s",
            *(path, others[0].name, others[-1].name, role),
        )


def _require_space(medium: Medium, target: Path, *, role: Role) -> None:
    need = sum(path.stat().st_size for path in medium.files)
    target.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(target.parent).free
    if free < need + SPARE_BYTES:
        raise UsageError(
            f"sources.{role}: {medium.root} is copied into {target.parent}, which takes up to "
            f"{need / 1e9:.1f} GB; {free / 1e9:.1f} GB are free there"
        )


def _input(medium: Medium, folder: Path) -> JoinedInput:
    if medium.kind == "dvd":
        return _of_title(medium, folder)
    if medium.kind == "bluray":
        playlist = choose_playlist(medium.root, medium.title)
        return _listed(playlist.clips, folder, listing=_items(playlist))
    if medium.kind == "images":
        arguments, seconds = image_arguments(medium.files, medium.rate or FILM_RATE, folder)
        return JoinedInput(
            arguments=tuple(arguments), video="0:v:0", seconds=seconds, codec=IMAGE_CODEC
        )
    if medium.kind == "parts":
        return join_parts(medium.files, folder)
    return _of_one(medium.files[0], medium.stream)


def _of_title(medium: Medium, folder: Path) -> JoinedInput:
    title = choose_title(medium)
    if title.files:
        return join_parts(title.files, folder)
    arguments = ("-f", "dvdvideo", "-title", str(title.number), "-i", str(medium.root))
    return JoinedInput(
        arguments=arguments, video="0:v:0", container=title.container, seconds=title.seconds
    )


def _of_one(path: Path, number: int | None) -> JoinedInput:
    stream = film_stream(path) if number is None else numbered_stream(path, number)
    container = probe_container(path)
    if stream is None:
        raise UsageError(f"{path}: no video in it")
    seconds = None if container.seconds is None else float(container.seconds)
    return JoinedInput(
        arguments=("-i", str(path)),
        video=f"0:{stream.index}",
        container=container,
        seconds=seconds,
    )


def join_parts(files: Sequence[Path], folder: Path) -> JoinedInput:
    """Say how files that follow one another are read as one.

    Parts of one stream, such as the VOBs of a DVD, are read as if they had never been cut: a frame
    may lie across the border. Files of their own are played one after the other.

    Args:
        files: In their order.
        folder: Gets the list that ffmpeg reads; lives as long as it does.

    Raises:
        UsageError: They are of unlike formats, or one has no video.
    """
    heads = [probe_container(path) for path in files]
    videos = [film_stream(path) for path in files]
    for head, video in zip(heads, videos, strict=True):
        if video is None:
            raise UsageError(f"{head.path}: no video in it")
    kinds = [_kind(head, video) for head, video in zip(heads, videos, strict=True) if video]
    for head, kind in zip(heads, kinds, strict=True):
        if kind != kinds[0]:
            raise UsageError(
                f"{head.path}: {kind}, but {files[0].name} before it: {kinds[0]}; files that "
                "follow one another have to be of one format"
            )
    if all(_runs_on(a, b) for a, b in pairwise(heads)):
        listing = folder / "parts.txt"
        listing.write_text("".join(f"{_quoted(path)}\n" for path in files), "utf-8")
        whole = _seconds(heads)
        index = videos[0].index if videos[0] else 0
        return JoinedInput(
            arguments=("-i", f"concatf:{listing}"),
            video=f"0:{index}",
            container=heads[0],
            seconds=whole,
        )
    return _listed(files, folder)


def _kind(head: Container, video: Stream) -> str:
    sounds = [f"{s.codec} {s.channels} ch" for s in head.of_kind("audio")]
    shown = f"{video.codec} {video.pixels} {video.size[0]}x{video.size[1]} at {video.fps or 0:g}"
    return ", ".join([shown, *sounds])


def _runs_on(before: Container, after: Container) -> bool:
    """Whether a file goes on with the very stream of the one before."""
    if not {before.path.suffix.lower(), after.path.suffix.lower()} <= STREAMED:
        return False
    if before.seconds is None:
        return False
    gap = after.start - before.start - before.seconds
    return abs(gap) < Fraction(RUNNING_ON_SECONDS)


def _seconds(heads: Sequence[Container]) -> float | None:
    told = [head.seconds for head in heads if head.seconds is not None]
    return float(sum(told)) if len(told) == len(heads) else None


def _items(playlist: Playlist) -> list[str]:
    """The lines of ffmpeg's list for a playlist, with what it leaves out of its clips."""
    lines = []
    for item in playlist.items:
        lines.append(_file_line(item.clip))
        lines += _points(item)
    return lines


def _points(item: PlayItem) -> list[str]:
    head = probe_container(item.clip)
    lines = []
    if item.begin - head.start > RUNNING_ON_SECONDS:
        lines.append(f"inpoint {float(item.begin):.6f}")
    if head.seconds is not None and head.start + head.seconds - item.end > RUNNING_ON_SECONDS:
        lines.append(f"outpoint {float(item.end):.6f}")
    return lines


def _file_line(path: Path) -> str:
    return f"file {_quoted(path)}"


def _quoted(path: Path) -> str:
    """Return a path as it stands in ffmpeg's lists."""
    escaped = str(path.absolute()).replace("'", r"'\''")
    return f"'{escaped}'"


def _listed(
    files: Sequence[Path], folder: Path, *, listing: Sequence[str] | None = None
) -> JoinedInput:
    """Play files one after the other."""
    playlist = folder / "parts.ffconcat"
    lines = ["ffconcat version 1.0", *(listing or map(_file_line, files))]
    playlist.write_text("\n".join(lines) + "\n", encoding="utf-8")
    heads = [probe_container(path) for path in files]
    stream = film_stream(files[0])
    return JoinedInput(
        arguments=("-f", "concat", "-safe", "0", "-i", str(playlist)),
        video=f"0:{stream.index if stream else 0}",
        container=heads[0],
        seconds=_seconds(heads),
    )


def _copying(given: JoinedInput, part: Path) -> list[str]:
    """Copy the film and its sound; what Matroska cannot hold as it is becomes FLAC."""
    sounds = given.container.of_kind("audio") if given.container else ()
    how: list[str] = ["-c:a", "copy"]
    for n, sound in enumerate(sorted(sounds, key=lambda s: s.index)):
        if sound.codec.startswith("pcm_"):
            how += [f"-c:a:{n}", "flac"]
    return [
        *["-fflags", "+genpts", *given.arguments, "-map", given.video, "-map", "0:a?"],
        *[*given.codec, *how, "-max_muxing_queue_size", "4096", "-f", "matroska", str(part)],
    ]
