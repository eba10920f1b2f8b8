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
from ...source.media.film_stream import real_videos
from ...source.media.medium import find_medium
from ...source.prepare.media.dvd_titles import DvdTitle, choose_title
from ...source.streams import Container, parse_container
from ...sync.timeline import clock_time

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
        path: What was named.
        size: Width and height as they are coded, px; zeros where only opening it would tell.
        seconds: How long it is, where its head says so.
        words: What it is, in a line.
    """

    path: Path
    size: tuple[int, int] = (0, 0)
    seconds: Fraction | None = None
    words: str


def read_head(path: Path) -> FilmHead:
    """Read a film's head: of a file its own, of a disc those of its titles.

    Args:
        path: A film, the folder or image of a disc, a folder or pattern of images, or a .vpy.

    Raises:
        UsageError: It is no release, or has no picture.
    """
    medium = find_medium(path)
    if medium.kind == "images":
        return FilmHead(path=path, words=f"{len(medium.files)} images")
    if medium.kind == "script":
        return FilmHead(path=path, words="a script: its output 0")
    if medium.kind == "dvd":
        return _title_head(path, choose_title(medium))
    words = [] if path.is_file() else [f"a Blu-ray disc, {len(medium.files)} clips"]
    text = streams(medium.files[0])
    container = parse_container(medium.files[0], text)
    return _head(path, container, [*words, _picture(container, text)])


def _title_head(path: Path, title: DvdTitle) -> FilmHead:
    words = [f"a DVD, title {title.number}"]
    if title.container is None:
        return FilmHead(path=path, words=words[0])
    return _head(path, title.container, words, seconds=title.seconds)


def _picture(container: Container, text: str) -> str:
    """What ffmpeg says of the film's stream, without rates of bits and clocks."""
    films = real_videos(container)
    line = re.search(rf"Stream #\d+:{films[0].index}\b.*?: Video: (.*)", text) if films else None
    return NOISE.sub("", line[1]) if line else ""


def _head(
    path: Path, container: Container, words: list[str], *, seconds: float | None = None
) -> FilmHead:
    films = real_videos(container)
    if not films or not all(films[0].size):
        raise UsageError(f"{path}: ffmpeg finds no picture in it")
    if seconds is not None:
        words = [*words, f"{films[0].codec}, {films[0].size[0]}x{films[0].size[1]}"]
    length = container.seconds if seconds is None else Fraction(seconds)
    sounds = [f"{s.language or 'no language'} {s.channels} ch" for s in container.of_kind("audio")]
    words = [*words, clock(length), f"sound: {'; '.join(sounds) or 'none'}"]
    line = ", ".join(filter(None, words))
    return FilmHead(path=path, size=films[0].size, seconds=length, words=line)


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
    if all(wide.size) and wide.size[0] < dvd.size[0] and wide.size[1] <= dvd.size[1]:
        raise UsageError(
            f"the first film has {wide.size[0]}x{wide.size[1]} px, the second {dvd.size[0]}x"
            f"{dvd.size[1]}: give the widescreen release first, the DVD second"
        )
    line = f"face = {quoted(face, folder)}" if face else '# face = "silly.png"'
    return TEXT.format(
        wide=quoted(wide.path, folder),
        dvd=quoted(dvd.path, folder),
        wide_words=wide.words,
        dvd_words=dvd.words,
        face=FACE.format(line=line),
        time=_section(wide, start, seconds),
    )


def _section(film: FilmHead, start: str | None, seconds: float) -> str:
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
    return "" if seconds is None else clock_time(seconds)


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
