"""The titles of a DVD: how long each is, and which one is the film."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from .... import ffmpeg
from ....errors import MissingError, UsageError
from ....host import install_command
from ....progress import log
from ...media.medium import Medium
from ...streams import Container, parse_container

MOST_TITLES = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class DvdTitle:
    """A title of a DVD.

    Attributes:
        number: As the disc counts, from 1; without the disc's tables that of the title set.
        seconds: How long it lasts; None where nothing tells.
        container: Its streams; None where the disc's tables cannot be read.
        files: The VOBs to read instead, where the disc's tables cannot be read.
    """

    number: int
    seconds: float | None = None
    container: Container | None = None
    files: tuple[Path, ...] = ()


def choose_title(medium: Medium) -> DvdTitle:
    """Choose a title of a DVD: the number that was given, else the longest.

    Where the disc's tables cannot be read, title sets are told apart by the names of their files,
    and the one with most bytes is taken.

    Args:
        medium: A folder or image of a DVD.

    Raises:
        UsageError: There is no such title, or no title at all.
        MissingError: This ffmpeg cannot read DVDs.
    """
    titles = list(disc_titles(medium.root))
    if not titles:
        titles = _title_sets(medium)
        log.warning(
            "%s: the disc's tables (IFO) cannot be read; its VOBs are taken as they are named",
            medium.root,
        )
    chosen = titles[0]
    if medium.title is None:
        chosen = max(titles, key=lambda title: (title.seconds or _bytes(title), -title.number))
    else:
        fitting = [title for title in titles if title.number == medium.title]
        if not fitting:
            raise UsageError(f"{medium.root}: no title {medium.title}; it has: {_named(titles)}")
        chosen = fitting[0]
    log.info("%s: title %s, of: %s", medium.root, chosen.number, _named(titles))
    return chosen


def disc_titles(disc: Path) -> Iterator[DvdTitle]:
    """List the titles that a DVD's tables name."""
    if "dvdvideo" not in ffmpeg.demuxers():
        raise MissingError(
            f"{disc}: {ffmpeg.find_ffmpeg()} cannot read DVDs; give the film's VOBs as a list, or "
            f"run: {install_command()}"
        )
    for number in range(1, MOST_TITLES + 1):
        text = ffmpeg.streams(disc, before=("-f", "dvdvideo", "-title", str(number)))
        container = parse_container(disc, text)
        if not container.streams:
            if "not found" in text or number == 1:
                return
            continue
        seconds = None if container.seconds is None else float(container.seconds)
        yield DvdTitle(number=number, seconds=seconds, container=container)


def _title_sets(medium: Medium) -> list[DvdTitle]:
    sets: dict[int, list[Path]] = {}
    for path in medium.files:
        name = path.stem.upper()
        if name.startswith("VTS_") and path.suffix.upper() == ".VOB" and not name.endswith("_0"):
            sets.setdefault(int(name[4:6]), []).append(path)
    if not sets:
        raise UsageError(f"{medium.root}: no title of this DVD can be read")
    return [DvdTitle(number=n, files=tuple(sorted(files))) for n, files in sorted(sets.items())]


def _bytes(title: DvdTitle) -> float:
    return float(sum(path.stat().st_size for path in title.files))


def _named(titles: list[DvdTitle]) -> str:
    return ", ".join(f"{title.number} ({_length(title)})" for title in titles)


def _length(title: DvdTitle) -> str:
    """How long a title is, as people read it."""
    if title.seconds is None:
        return f"{_bytes(title) / 1e9:.2f} GB"
    return str(timedelta(seconds=round(title.seconds)))
