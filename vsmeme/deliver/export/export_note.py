"""The contents of ``export.json``: what an export made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

from ...pixels.rect import Rect
from ...source.files import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file, or a folder of pictures.

    Attributes:
        path: Where it lies, from the project's folder.
        bytes: Its size.
        format: Name of its format.
        stage: What it shows.
        size: Width and height, px.
        depth: Bits a sample.
        sound: Whether it has the sound.
    """

    path: str
    bytes: int
    format: str
    stage: str
    size: tuple[int, int]
    depth: int = 8
    sound: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return one entry of ``files``."""
        return {
            "path": self.path,
            "bytes": self.bytes,
            "format": self.format,
            "stage": self.stage,
            "size": list(self.size),
            "depth": self.depth,
            "sound": self.sound,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one entry of ``files``."""
        return cls(
            path=str(data["path"]),
            bytes=int(data["bytes"]),
            format=str(data["format"]),
            stage=str(data["stage"]),
            size=(int(data["size"][0]), int(data["size"][1])),
            depth=int(data["depth"]),
            sound=bool(data["sound"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportNote:
    """The contents of ``export.json``.

    Attributes:
        frame: Which part of the canvas the files show, canvas px.
        frames: Length of the film.
        fps: Its rate.
        sound: Whose sound it has; ``None`` without sound.
        files: What was written.
        poster: One frame as PNG.
    """

    frame: Rect
    frames: int
    fps: Fraction
    sound: Role | None
    files: tuple[ExportedFile, ...]
    poster: str

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``export.json`` without schema and stamp."""
        return {
            "frame": self.frame.as_list(),
            "frames": self.frames,
            "fps": [self.fps.numerator, self.fps.denominator],
            "sound": self.sound,
            "files": [file.to_json() for file in self.files],
            "poster": self.poster,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the contents of ``export.json``."""
        if "files" not in data:
            data = _earlier(data)
        return cls(
            frame=Rect.from_list(data["frame"]),
            frames=int(data["frames"]),
            fps=Fraction(*data["fps"]),
            sound=data["sound"],
            files=tuple(ExportedFile.from_json(entry) for entry in data["files"]),
            poster=str(data["poster"]),
        )

    def with_sound(self) -> ExportedFile | None:
        """Return the first file that has the sound."""
        return next((file for file in self.files if file.sound), None)


def _earlier(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was written before there were other files than an MP4 and a GIF."""
    movie, gif = data["mp4"], data["gif"]
    shown = {"stage": "final", "depth": 8}
    size, sound = movie["frame"][2:], movie["sound"] is not None
    files = [
        {**movie, **shown, "format": "x264", "size": size, "sound": sound},
        {**gif, **shown, "format": "gif", "sound": False},
    ]
    return {**movie, "files": files, "poster": data["poster"]["path"]}
