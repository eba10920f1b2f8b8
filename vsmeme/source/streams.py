"""What a container says of its streams: kind, language, disposition, channels, clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .. import ffmpeg
from ..errors import UsageError

_STREAM = re.compile(
    r"Stream #\d+:(?P<index>\d+)(?:\[(?P<id>0x[0-9a-f]+)\])?(?:\((?P<language>\w+)\))?"
    r": (?P<kind>\w+): (?P<codec>\w+)(?P<details>.*)"
)
_FLAGS = re.compile(r"\(([a-z][a-z ]+)\)")
_LAYOUTS = {"mono": 1, "stereo": 2, "downmix": 2, "quad": 4, "hexagonal": 6, "octagonal": 8}
_ASIDE = frozenset(
    {
        "comment",
        "visual impaired",
        "hearing impaired",
        "descriptions",
        "karaoke",
        "attached pic",
        "still image",
    }
)
LANGUAGES = {  # ISO 639-2 in its bibliographic spelling, as containers use it, by ISO 639-1
    "cs": "cze", "da": "dan", "de": "ger", "el": "gre", "en": "eng", "es": "spa", "fi": "fin",
    "fr": "fre", "he": "heb", "hu": "hun", "it": "ita", "ja": "jpn", "ko": "kor", "nl": "dut",
    "no": "nor", "pl": "pol", "pt": "por", "ru": "rus", "sv": "swe", "tr": "tur", "zh": "chi",
}  # fmt: skip
_TERMINOLOGICAL = {"ces": "cze", "deu": "ger", "ell": "gre", "fra": "fre", "nld": "dut",
                   "zho": "chi"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream of a container.

    Attributes:
        index: Its number, as ffmpeg counts.
        id: Its number in the container, or None where that has none.
        kind: ``video``, ``audio``, ``subtitle``, …
        codec: Short name of the codec.
        language: ISO 639-2 code, or None.
        flags: Dispositions, such as ``default`` or ``attached pic``.
        channels: Of sound, else 0.
        fps: Of video, frames a second to two decimals, else None.
        size: Width and height of video as it is coded, px, else zeros.
        pixels: FFmpeg's name of the video's pixel format, else empty.
    """

    index: int
    id: int | None
    kind: str
    codec: str
    language: str | None
    flags: frozenset[str]
    channels: int
    fps: float | None = None
    size: tuple[int, int] = (0, 0)
    pixels: str = ""

    @property
    def aside(self) -> bool:
        """Whether it is a commentary, a description or a cover, not the film itself."""
        return bool(self.flags & _ASIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A media file as ffmpeg opens it.

    Attributes:
        path: The file.
        start: What its clock shows at its first sample, seconds.
        seconds: How long it lasts, or None where it does not say.
        streams: In ffmpeg's order.
    """

    path: Path
    start: Fraction
    seconds: Fraction | None
    streams: tuple[Stream, ...]

    def of_kind(self, kind: str) -> tuple[Stream, ...]:
        """Return the streams of a kind; a DVD's sounds in the order of the disc."""
        streams = tuple(s for s in self.streams if s.kind == kind)
        if all(s.id is not None for s in streams):
            return tuple(sorted(streams, key=lambda s: s.id or 0))
        return streams


def probe_container(path: Path) -> Container:
    """Ask ffmpeg what a file holds; reads only its head."""
    return parse_container(path, ffmpeg.streams(path))


def parse_container(path: Path, text: str) -> Container:
    """Read what ffmpeg says of a file.

    Args:
        path: The file.
        text: Standard error of ``ffmpeg -i``.
    """
    start = re.search(r"Duration: .*?start: (-?[\d.]+)", text)
    length = re.search(r"Duration: (\d+):(\d+):([\d.]+)", text)
    streams = {int(m["index"]): _stream(m) for m in _STREAM.finditer(text)}
    return Container(
        path=path,
        start=Fraction(start[1]) if start else Fraction(0),
        seconds=length
        and int(length[1]) * 3600 + int(length[2]) * 60 + Fraction(length[3]),  # 10 ms fine
        streams=tuple(streams[n] for n in sorted(streams)),
    )


def _stream(match: re.Match[str]) -> Stream:
    kind = match["kind"].lower()
    language, rate = match["language"], re.search(r"([\d.]+) fps", match["details"])
    size = re.search(r", (\d{2,})x(\d{2,})", match["details"])
    pixels = re.search(r", ([a-z]+\d*\w*)", match["details"]) if kind == "video" else None
    return Stream(
        index=int(match["index"]),
        id=int(match["id"], 16) if match["id"] else None,
        kind=kind,
        codec=match["codec"],
        language=None if language in (None, "und") else _language(language),
        flags=frozenset(_FLAGS.findall(match["details"])),
        channels=_channels(match["details"]) if kind == "audio" else 0,
        fps=float(rate[1]) if rate else None,
        size=(int(size[1]), int(size[2])) if size else (0, 0),
        pixels=pixels[1] if pixels else "",
    )


def _channels(details: str) -> int:
    """Return the number of channels of a layout such as ``5.1(side)`` or ``3 channels``."""
    layout = re.search(r"\d+ Hz, ([^,]+)", details)
    name = layout[1].strip() if layout else "stereo"
    count = re.match(r"(\d+) channels", name)
    if count:
        return int(count[1])
    parts = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", name)
    if parts:
        return sum(int(part) for part in parts.groups(default="0"))
    return _LAYOUTS.get(name.partition("(")[0], 2)


def _language(code: str) -> str:
    code = code.lower()
    return LANGUAGES.get(code) or _TERMINOLOGICAL.get(code, code)


def choose_sound(container: Container, track: int | str) -> Stream | None:
    """Choose the sound track of a file.

    Args:
        container: The file.
        track: ``auto`` takes the track that the file marks as default, a number counts the sound
            tracks from 1, a language (``eng`` or ``en``) takes the first track of it that is no
            commentary.

    Returns:
        The stream, or None where the file has no sound at all.

    Raises:
        UsageError: It has sound, but not that track.
    """
    tracks = container.of_kind("audio")
    if not tracks:
        return None
    if isinstance(track, int):
        if track > len(tracks):
            raise _no_track(container, track, tracks)
        return tracks[track - 1]
    if track != "auto":
        spoken = [s for s in tracks if s.language == _language(track)]
        if not spoken:
            raise _no_track(container, track, tracks)
        return _film_first(spoken)
    return _film_first(tracks)


def _film_first(tracks: Iterable[Stream]) -> Stream:
    """Return the first track of the best kind: the film's before any other, default before not."""
    return min(tracks, key=lambda s: (s.aside, "default" not in s.flags))


def _no_track(container: Container, track: int | str, tracks: tuple[Stream, ...]) -> UsageError:
    listed = ", ".join(
        f"{n} ({s.language or 'no language'}, {s.codec}, {s.channels} ch)"
        for n, s in enumerate(tracks, 1)
    )
    return UsageError(
        f"output.audio_track: {container.path} has no sound track {track}; it has: {listed}"
    )
