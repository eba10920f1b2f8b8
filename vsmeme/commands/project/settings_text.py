"""The text of a first meme.toml: what the files say of themselves, as comments beside the keys."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath

from ...errors import UsageError
from ...ffmpeg import streams
from ...settings.setting_values import seconds as stamp_seconds
from ...source.streams import Container, parse_container

NOISE = re.compile(r" \([^()]*0x[0-9a-fA-F]+\)|, [\d.]+k? (?:kb/s|tb[rnc])| \((?:default|forced)\)")
SHORT_S = 60  # a film that is no longer is taken whole
EARLY = Fraction(2, 5)  # of a film: where its scenes are likely to have everybody in them
TEXT = """\
# Written by `vsmeme init`. What is not said here has a default; `vsmeme schema` lists every key.

[sources]
# {wide_words}
wide = {wide}
# {dvd_words}
dvd = {dvd}
{face}

{time}
[segment]
# One person is the subject: the one with most face, or the one in this picture.
# who = "hero.png"

[foreground]
# colour = "#ff2fa0"

[output]
# mp4 = "meme.mp4"
gif_width = 480
"""
FACE = """\
# The silly face, PNG or JPEG; without it none is inserted.
{line}"""
SECTION = """\
[time]
# Where the scene begins in the wide, and how long it is. Only this part of both films is read;
# without these lines all {whole} are matched.
start = "{start}"
duration = "{duration}"
"""
WHOLE = """\
[time]
# The films are short: they are matched whole.
# start = "00:00:01.000"
# duration = "00:00:10.000"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmHead:
    """A film as its head shows it.

    Attributes:
        container: Its streams.
        size: Width and height as shown, px.
        words: What it is, in a line.
    """

    container: Container
    size: tuple[int, int]
    words: str


def read_head(path: Path) -> FilmHead:
    """Read a film's head.

    Raises:
        UsageError: It is no file, or has no picture.
    """
    if not path.is_file():
        what = "expected a file, got a folder" if path.is_dir() else "no such file"
        raise UsageError(f"{path}: {what}")
    text = streams(path)
    container = parse_container(path, text)
    films = [stream for stream in container.of_kind("video") if not stream.aside]
    if not films or not all(films[0].size):
        raise UsageError(f"{path}: ffmpeg finds no picture in it")
    film = max(films, key=lambda stream: stream.size[0] * stream.size[1])
    line = re.search(rf"Stream #\d+:{film.index}\b.*?: Video: (.*)", text)
    picture = NOISE.sub("", line[1]) if line else ""
    rate = "" if film.fps is None or " fps" in picture else f", {film.fps:g} fps"
    sounds = [f"{s.language or 'no language'} {s.channels} ch" for s in container.of_kind("audio")]
    words = [f"{picture}{rate}", clock(container.seconds), f"sound: {'; '.join(sounds) or 'none'}"]
    return FilmHead(container=container, size=film.size, words=", ".join(filter(None, words)))


def settings_text(
    wide: FilmHead,
    dvd: FilmHead,
    *,
    folder: Path,
    face: Path | None = None,
    start: str | None = None,
    seconds: float = 10.0,
) -> str:
    """Return a ``meme.toml`` for two films.

    Args:
        wide: The widescreen release.
        dvd: The open-matte release.
        folder: Where the file will lie; paths inside it become relative.
        face: Picture to insert.
        start: Time stamp of the scene; a good guess without it.
        seconds: Length of the scene.

    Raises:
        UsageError: The films look swapped, or the scene lies outside the wide.
    """
    if wide.size[0] < dvd.size[0] and wide.size[1] <= dvd.size[1]:
        raise UsageError(
            f"the first film has {wide.size[0]}x{wide.size[1]} px, the second {dvd.size[0]}x"
            f"{dvd.size[1]}: give the widescreen release first, the DVD second"
        )
    line = f"face = {quoted(face, folder)}" if face else '# face = "silly.png"'
    return TEXT.format(
        wide=quoted(wide.container.path, folder),
        dvd=quoted(dvd.container.path, folder),
        wide_words=wide.words,
        dvd_words=dvd.words,
        face=FACE.format(line=line),
        time=_section(wide.container, start, seconds),
    )


def _section(film: Container, start: str | None, seconds: float) -> str:
    length = film.seconds
    if start is None and (length is None or length <= SHORT_S):
        return WHOLE
    try:
        begin = stamp_seconds(start) if start else (length or Fraction(0)) * EARLY
    except ValueError as error:
        raise UsageError(f"--start: {error}") from None
    if length is not None and begin >= length:
        raise UsageError(f"--start: {film.path} ends at {clock(length)}, before {start}")
    return SECTION.format(
        whole=clock(length) or "of both", start=clock(begin), duration=clock(Fraction(seconds))
    )


def clock(seconds: Fraction | None) -> str:
    """Return a time as ``HH:MM:SS.mmm``; nothing where it is not known."""
    if seconds is None:
        return ""
    whole, milli = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{milli:03}"


def quoted(path: PurePath, folder: PurePath) -> str:
    """Return a path as a string of TOML, relative to a folder that it lies in.

    Args:
        path: Of any system; backslashes come back in single quotes, which TOML leaves as they are.
        folder: Where the TOML will lie.
    """
    whole = path if path.is_absolute() else Path.cwd() / path
    text = str(whole.relative_to(folder) if whole.is_relative_to(folder) else whole)
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)
