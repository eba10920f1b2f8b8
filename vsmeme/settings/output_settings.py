"""What is delivered, and how: ``[output]``."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..stage_parts.stage_names import PictureName, Until
from .setting_values import seconds, section

_TRACK = r"^(auto|[a-z]{2,3})$"

# As in the other settings, a test holds these names and the table of formats equal.
FormatName = Literal[
    "x264",
    "x265",
    "av1",
    "vp9",
    "ffv1",
    "prores",
    "prores4444",
    "dnxhr",
    "png",
    "tiff",
    "exr",
    "gif",
    "webp",
    "avif",
]


@section
class OutputFile:
    """One ``[[output.files]]``: a further file; without a path it is named by what it shows.

    ``depth`` and ``crf`` are those of the format where they are left out.
    """

    format: FormatName
    stage: PictureName | None = None
    path: str | None = None
    depth: Literal[8, 10, 12, 16, 32] | None = None
    crf: Annotated[float, Field(ge=0, le=100)] | None = None
    alpha: bool = False


@section
class Output:
    """``[output]``: files relative to ``out/``; GIF width in px, its rate in frames a second.

    ``audio_track`` is a number, counted from 1, or a language. ``gif_start`` is a frame of the
    result or a time in it.
    """

    until: Until = "final"
    mp4: str | Literal[False] = "meme.mp4"
    gif: str | Literal[False] = "meme.gif"
    files: tuple[OutputFile, ...] = ()
    audio: Literal["auto", "wide", "dvd", "none"] = "auto"
    audio_track: Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=_TRACK)] = "auto"
    audio_channels: Literal["keep", "stereo", "mono"] = "keep"
    audio_fit: Literal["none", "tempo", "speed"] = "none"
    codec: Literal["x264", "x265", "av1"] = "x264"
    crf: Annotated[float, Field(ge=0, le=63)] = 17
    depth: Literal[8, 10] = 8
    frame: Literal["auto", "safe", "full"] = "auto"
    gif_width: Annotated[int, Field(ge=16)] = 640
    gif_fps: Annotated[float, Field(gt=0, le=50)] = 12.5
    gif_megabytes: Annotated[float, Field(gt=0)] | None = None
    gif_seconds: Annotated[float, Field(gt=0)] | None = None
    gif_start: int | str = 0
    chapters: bool = False
    subtitles: bool = True

    @property
    def pictures(self) -> tuple[PictureName, ...]:
        """What is delivered: the stage, and what further files show."""
        return (self.until, *(file.stage or self.until for file in self.files))

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.mp4 is False and self.gif is False and not self.files:
            raise ValueError("mp4, gif, files: expected at least one of them")
        if isinstance(self.gif_start, int) and self.gif_start < 0:
            raise ValueError("gif_start: expected frame 0 or later")
        if isinstance(self.gif_start, str):
            seconds(self.gif_start)
        return self
