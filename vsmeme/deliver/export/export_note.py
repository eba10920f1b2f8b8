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
    """A file and its size in bytes."""

    path: str
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """Return the keys that every file has."""
        return {"path": self.path, "bytes": self.bytes}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the keys that every file has."""
        return cls(path=str(data["path"]), bytes=int(data["bytes"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportNote:
    """The contents of ``export.json``.

    Attributes:
        mp4: The video.
        frame: Which part of the canvas it shows, canvas px.
        frames: Its length.
        fps: Its rate.
        sound: Whose sound it has; ``None`` without sound.
        gif: The GIF.
        gif_size: Width and height of the GIF, px.
        poster: One frame as PNG.
    """

    mp4: ExportedFile
    frame: Rect
    frames: int
    fps: Fraction
    sound: Role | None
    gif: ExportedFile
    gif_size: tuple[int, int]
    poster: ExportedFile

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``export.json`` without schema and stamp."""
        return {
            "mp4": {
                **self.mp4.to_json(),
                "frame": self.frame.as_list(),
                "frames": self.frames,
                "fps": [self.fps.numerator, self.fps.denominator],
                "sound": self.sound,
            },
            "gif": {**self.gif.to_json(), "size": list(self.gif_size)},
            "poster": self.poster.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the contents of ``export.json``."""
        movie, gif = data["mp4"], data["gif"]
        return cls(
            mp4=ExportedFile.from_json(movie),
            frame=Rect.from_list(movie["frame"]),
            frames=int(movie["frames"]),
            fps=Fraction(*movie["fps"]),
            sound=movie["sound"],
            gif=ExportedFile.from_json(gif),
            gif_size=(int(gif["size"][0]), int(gif["size"][1])),
            poster=ExportedFile.from_json(data["poster"]),
        )
