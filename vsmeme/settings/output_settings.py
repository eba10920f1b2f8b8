"""What is delivered, and how: ``[output]``."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .setting_values import seconds, section
from .stage_names import PictureName, Until

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
    """A further file; all files are written in one pass."""

    format: FormatName
    """Its format. Example: "png"."""

    stage: PictureName | None = None
    """What it shows. Default: what `until` says. Example: "missing"."""

    path: str | None = None
    """Its name in `out/`; of pictures, their folder. Default: named by its stage. Example:
    "missing"."""

    depth: Literal[8, 10, 12, 16, 32] | None = None
    """Bits of a sample. Unit: bits. Default: that of the format. Example: 8."""

    crf: Annotated[float, Field(ge=0, le=100)] | None = None
    """Rate factor of lossy formats; smaller is better. Default: that of the format. Example, of
    vp9: 30."""

    alpha: bool = False
    """Transparent where neither release shows anything; cut-outs always have their mask. Example:
    false."""


@section
class Output:
    """What is delivered; files lie in `out/`."""

    until: Until = "final"
    """How far the picture is made. `composite` holds real samples alone, black where there are
    none, and needs no subject. `vsmeme make` runs only the steps that it takes. Example:
    "composite"."""

    mp4: str | Literal[False] = "meme.mp4"
    """The video: `.mp4`, `.mkv` or `.mov`; `false` for none. Example: "meme.mp4"."""

    gif: str | Literal[False] = "meme.gif"
    """The animation; `false` for none. Example: false."""

    files: tuple[OutputFile, ...] = ()
    """Further files; see `[[output.files]]`. Default: none."""

    audio: Literal["auto", "wide", "dvd", "none"] = "auto"
    """Whose sound. Default: the wide's, else the DVD's. Example: "none"."""

    audio_track: Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=_TRACK)] = "auto"
    """A track's number from 1 on, or its language ("eng"). Default: the track marked as default, a
    commentary last. Example: 1."""

    audio_channels: Literal["keep", "stereo", "mono"] = "keep"
    """Whether the channels are folded. AAC takes 96 kbit/s for each of the first two and 64 for
    each further one. Example: "stereo"."""

    audio_fit: Literal["none", "tempo", "speed"] = "none"
    """What happens to the sound of a DVD that runs at another rate. `tempo` fits it and keeps its
    pitch. `speed` fits both, which undoes a PAL speed-up. `none` drops it. Example: "tempo"."""

    codec: Literal["x264", "x265", "av1"] = "x264"
    """Of the video. Example: "x265"."""

    crf: Annotated[float, Field(ge=0, le=63)] = 17
    """Rate factor of the video; smaller is better. Example: 20."""

    depth: Literal[8, 10] = 8
    """Bits of a sample of the video. Unit: bits. Example: 10."""

    frame: Literal["auto", "safe", "full"] = "auto"
    """Which part of the canvas is delivered. `auto` cuts strips at its edge that no source fills in
    any frame. `safe` is the largest part of that in which the subject nowhere ends at missing area.
    `full` is the whole canvas. Example: "auto"."""

    gif_width: Annotated[int, Field(ge=16)] = 640
    """Width of GIF, WebP and AVIF. Unit: px. Example: 480."""

    gif_fps: Annotated[float, Field(gt=0, le=50)] = 12.5
    """Their rate. Unit: frames a second. Example: 10.0."""

    gif_megabytes: Annotated[float, Field(gt=0)] | None = None
    """The largest size that the GIF may have. Unit: MB. Default: no limit. Example: 8.0."""

    gif_seconds: Annotated[float, Field(gt=0)] | None = None
    """How much of the result it shows. Unit: seconds. Default: to the end. Example: 4.0."""

    gif_start: int | str = 0
    """Where it starts in the result: a frame, or "HH:MM:SS.mmm". Example: 0."""

    chapters: bool = False
    """A chapter a shot in MP4, MOV, MKV and WebM. Example: true."""

    subtitles: bool = True
    """Text subtitles of the wide go along, cut and shifted; subtitles that are pictures do not, and
    that is said. Example: false."""

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
