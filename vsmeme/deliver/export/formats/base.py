"""What a format is: the picture it takes, the files it may lie in, and how ffmpeg makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["video", "pictures", "animation"]
"""One file; one file a frame; one small file that plays by itself, as a GIF does."""
Colours = Literal["420", "422", "444", "rgb", "linear"]
"""What the picture is before it is encoded: BT.709 YUV limited, R'G'B' full, or linear light."""

AAC, OPUS, PCM, FLAC = "aac", "libopus", "pcm_s16le", "flac"
MOVIES: Mapping[str, str] = {".mp4": AAC, ".mkv": AAC, ".mov": AAC}
"""Containers that players take, and the codec of their sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What a person chooses of a format.

    Attributes:
        crf: Constant rate factor of a lossy codec, lower is better.
        depth: Bits a sample.
        alpha: Whether transparency goes along.
    """

    crf: float
    depth: int
    alpha: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to write a film.

    Attributes:
        name: As settings call it.
        kind: What lies on the disk.
        encoder: ffmpeg's name of the encoder.
        colours: What it takes.
        depths: Bits a sample that it takes, the usual one first.
        sound: Suffixes of its files, the usual one first, each with the codec of its sound; empty
            for silent ones.
        piece: Suffix of the pieces that are joined to the file; a picture's own.
        arguments: Returns ffmpeg's arguments for the encoder.
        alpha: Depths at which it holds transparency.
        gray: Depths at which it holds a mask as it is; else a mask is written as a picture.
        lossless: Depths at which every sample comes back as it was.
        bits: About how many bits a px it takes at most, by depth; empty where that is little.
        crf: The usual rate factor; ``None`` where a codec has none.
        least: Width and height of the smallest picture that it takes, px.
    """

    name: str
    kind: Kind
    encoder: str
    colours: Colours
    depths: tuple[int, ...]
    sound: Mapping[str, str]
    piece: str
    arguments: Callable[[Quality], tuple[str, ...]]
    alpha: tuple[int, ...] = ()
    gray: tuple[int, ...] = ()
    lossless: tuple[int, ...] = ()
    bits: Mapping[int, float] = field(default_factory=dict)
    crf: float | None = None
    least: tuple[int, int] = (1, 1)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What its files may end in, the usual one first."""
        return tuple(self.sound)
