"""One release as a person gives it: a file, files that follow one another, a disc, or images."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from ...errors import UsageError
from .bluray_playlists import choose_playlist
from .script_names import SCRIPT_SUFFIX, named_files

MediumKind = Literal["file", "parts", "dvd", "bluray", "images", "script"]
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".dpx"})
DISC_IMAGES = frozenset({".iso", ".img", ".udf"})
LEAST_IMAGES = 2
FILM_RATE = Fraction(24000, 1001)
_FIRST_VOB = re.compile(r"VTS_\d\d_1\.VOB")
HEAD_BYTES = 8 << 20
"""Of a disc's image: the names of its folders lie in it."""
ACCEPTED = (
    "a film, a list of files that follow one another, the folder or image of a disc, a folder or "
    "pattern of images, or a .vpy"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A release.

    Attributes:
        kind: What it is.
        root: The file, folder or pattern that was named; of several files the first.
        files: What its pictures and sound come from; all of it identifies the release.
        title: Number of a disc's title; of a Blu-ray disc, of its playlist. None: the longest.
        stream: Which of several video streams, counted from 1; None: the longest.
        rate: Images a second; None: 23.976.
    """

    kind: MediumKind
    root: Path
    files: tuple[Path, ...]
    title: int | None = None
    stream: int | None = None
    rate: Fraction | None = None

    @property
    def plain(self) -> bool:
        """Whether it is opened where it lies; anything else is brought into one file first."""
        return self.kind == "script" or (self.kind == "file" and self.stream is None)


def find_medium(
    given: Path | tuple[Path, ...],
    *,
    title: int | None = None,
    stream: int | None = None,
    rate: Fraction | None = None,
) -> Medium:
    """Tell what a person has named.

    Args:
        given: Path or paths.
        title: As for `Medium`.
        stream: As for `Medium`.
        rate: As for `Medium`.

    Raises:
        UsageError: Nothing is there, it is empty, or it is no release.
    """
    kind, root, files = _told(given)
    if kind == "bluray":
        clips = choose_playlist(root, title).clips
        # one clip is a file like any other: nothing of a large disc has to be copied
        kind, files = ("file" if len(clips) == 1 else "bluray"), clips
    elif title is not None and kind != "dvd":
        raise UsageError(f"{root}: a title was chosen, but it is no disc")
    if stream is not None and kind in ("images", "script"):
        raise UsageError(f"{root}: a stream was chosen, but it has only one")
    if rate is not None and kind != "images":
        raise UsageError(f"{root}: a rate was given, but only images need one")
    return Medium(kind=kind, root=root, files=files, title=title, stream=stream, rate=rate)


def _told(given: Path | tuple[Path, ...]) -> tuple[MediumKind, Path, tuple[Path, ...]]:
    if isinstance(given, tuple):
        for path in given:
            _require_file(path)
        if not given:
            raise UsageError(f"expected {ACCEPTED}, got an empty list")
        return ("file" if len(given) == 1 else "parts"), given[0], given
    if given.is_dir():
        return _of_folder(given)
    if not given.exists() and re.search(r"%\d*d|[*?]", given.name):
        return "images", given, _matching(given)
    _require_file(given)
    suffix = given.suffix.lower()
    if suffix == SCRIPT_SUFFIX:
        return "script", given, (given, *named_files(given))
    if suffix in DISC_IMAGES:
        _require_dvd(given)
        return "dvd", given, (given,)
    return "file", given, (given,)


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"expected a file, got the folder {path}")
    if not path.exists():
        raise UsageError(f"no such file: {path}")
    if not path.stat().st_size:
        raise UsageError(f"empty file: {path}")


def disc_kind(folder: Path) -> tuple[Literal["dvd", "bluray"], Path] | None:
    """Return what disc a folder is of, and the disc's root; None where it is of none."""
    root = folder.parent if folder.name.upper() in ("VIDEO_TS", "BDMV") else folder
    if not root.is_dir():
        return None
    names = {path.name.upper() for path in root.iterdir()}
    if "VIDEO_TS" in names:
        return "dvd", root
    if (root / "BDMV").is_dir():
        return "bluray", root
    return ("dvd", folder) if any(map(_FIRST_VOB.fullmatch, names)) else None


def _of_folder(folder: Path) -> tuple[MediumKind, Path, tuple[Path, ...]]:
    disc = disc_kind(folder)
    if disc:
        kind, root = disc
        if kind == "bluray":
            return kind, root, ()
        files = sorted(p for p in root.rglob("*") if p.suffix.upper() in (".IFO", ".VOB"))
        if not files:
            raise UsageError(f"{folder}: a DVD's folder without a film")
        return kind, root, tuple(files)
    images = [path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES]
    if len(images) < LEAST_IMAGES:
        raise UsageError(f"expected {ACCEPTED}; the folder {folder} holds none of them")
    suffixes = {path.suffix.lower() for path in images}
    if len(suffixes) > 1:
        kinds = ", ".join(sorted(suffixes))
        raise UsageError(f"{folder}: images of several kinds ({kinds}); give a pattern, *.png")
    return "images", folder, tuple(sorted(images, key=_by_number))


def _matching(pattern: Path) -> tuple[Path, ...]:
    """The images that a pattern such as ``shot_%04d.png`` or ``shot_*.png`` names."""
    named = re.sub(r"%\d*d", "*", pattern.name)
    found = [path for path in pattern.parent.glob(named) if path.is_file()]
    if "%" in pattern.name:
        digits = re.compile(re.sub(r"%\d*d", r"\\d+", re.sub(r"([.()+^$])", r"\\\1", pattern.name)))
        found = [path for path in found if digits.fullmatch(path.name)]
    if not found:
        raise UsageError(f"no such images: {pattern}")
    return tuple(sorted(found, key=_by_number))


def _by_number(path: Path) -> tuple[tuple[int, str], ...]:
    """Order names as people count: 9 before 10."""
    parts = re.findall(r"\d+|\D+", path.name)
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in parts)


def _require_dvd(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if _names(head, "BDMV"):
        raise UsageError(
            f"{path}: the image of a Blu-ray disc; mount it (Windows and macOS: open it; Linux: "
            f"sudo mount -o loop '{path}' /mnt) and give the folder that appears"
        )
    if not _names(head, "VIDEO_TS"):
        raise UsageError(f"{path}: an image of neither a DVD nor a Blu-ray disc")


def _names(head: bytes, folder: str) -> bool:
    """Whether a disc's directory, in ISO 9660 or in UDF, names a folder."""
    return folder.encode() in head or folder.encode("utf-16-be") in head
