"""What a ``meme.toml`` holds: one frozen dataclass a section, everything with a default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .settings.output_settings import Output as Output
from .settings.setting_values import check_stamp, section
from .settings.setting_values import seconds as seconds
from .source.colour_tags import SourceColour

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Crop = Literal["auto"] | tuple[int, int, int, int]
Unit = Annotated[float, Field(ge=0, le=1)]
Release = Path | Annotated[tuple[Path, ...], Field(min_length=1)]
ByNumber = Literal["auto"] | Annotated[int, Field(ge=0)]
FromOne = Literal["auto"] | Annotated[int, Field(ge=1)]
ImageRate = (
    Literal["auto"]
    | Annotated[float, Field(gt=0, le=240)]
    | Annotated[str, Field(pattern=r"^[1-9][0-9]*/[1-9][0-9]*$")]
)

# The names of what can be exchanged. Each stands for one row of a table in a room that is too heavy
# to load for reading settings; a test holds the names and the tables equal.
SegmenterName = Literal["auto", "grabcut", "painted", "sam", "person"]
InpainterName = Literal["patchmatch", "telea", "lama", "diffusers"]
NetworkBackendName = Literal[
    "auto", "trt", "trt-rtx", "ort-cuda", "migx", "ncnn", "ov-gpu", "ov-cpu", "ort-cpu"
]


@section
class Sources:
    """``[sources]``: the releases; crops are the active picture as ``(x, y, w, h)`` px, or auto.

    Titles are those of a disc, or playlists of a Blu-ray disc; streams are counted from 1; rates
    are images a second.
    """

    wide: Release
    dvd: Release
    wide_title: ByNumber = "auto"
    dvd_title: ByNumber = "auto"
    wide_stream: FromOne = "auto"
    dvd_stream: FromOne = "auto"
    wide_rate: ImageRate = "auto"
    dvd_rate: ImageRate = "auto"
    wide_crop: Crop = "auto"
    dvd_crop: Crop = "auto"
    wide_colour: SourceColour = "auto"
    dvd_colour: SourceColour = "auto"
    aligned: Path | None = None
    reference: Path | None = None
    face: Path | None = None


@section
class Time:
    """``[time]``: a frame of the wide or a time stamp; how many frames or how long.

    ``gaps``: what is shown where the DVD lacks a scene.
    """

    start: int | str = "auto"
    duration: int | str | None = None
    gaps: Literal["plate", "cut", "hold"] = "plate"

    @model_validator(mode="after")
    def _stamps(self) -> Self:
        check_stamp(self.start)
        if self.duration is not None:
            if self.duration == "auto":
                raise ValueError("duration: leave it out to run until either stream ends")
            check_stamp(self.duration)
            if isinstance(self.duration, int) and self.duration < 1:
                raise ValueError("duration: expected 1 frame or more")
        if isinstance(self.start, int) and self.start < 0:
            raise ValueError("start: expected frame 0 or later")
        return self


@section
class Geometry:
    """``[geometry]``."""

    canvas: Literal["union", "dvd", "wide"] = "union"
    scale: Literal["auto"] | Annotated[int, Field(ge=1, le=8)] = "auto"
    residual: Literal["auto", "never"] = "auto"


@section
class ShotSetting:
    """One ``[[shots]]``: a person's word for the shot at a frame of the wide or a time stamp.

    Crops are the picture as ``(x, y, w, h)`` px of the source; ``scale`` is px of the wide a row
    of the DVD; ``shift`` is where the corner of the DVD's frame lies, px of the wide's frame;
    ``bands``: whether the DVD shows anything there.
    """

    at: int | str
    wide_crop: tuple[int, int, int, int] | None = None
    dvd_crop: tuple[int, int, int, int] | None = None
    scale: Annotated[float, Field(ge=0.25, le=16)] | None = None
    shift: Point | None = None
    bands: bool | None = None

    @model_validator(mode="after")
    def _stamp(self) -> Self:
        if self.at == "auto":
            raise ValueError('at: expected a frame number or "HH:MM:SS.mmm"')
        check_stamp(self.at)
        return self


@section
class Upscale:
    """``[upscale]``: a manifest name, ``auto`` or the path of an ONNX file; tile in DVD px."""

    model: str = "auto"
    backend: NetworkBackendName = "auto"
    fp16: bool | None = None
    tile: Annotated[int, Field(ge=16)] | None = None


@section
class Colour:
    """``[colour]``: whether the bands' colours are fitted; how a wide beyond SDR gets there."""

    match: bool = True
    tone: Literal["auto", "dvd", "static"] = "auto"


@section
class Seam:
    """``[seam]``: width in canvas rows."""

    blend: Literal["poisson", "feather"] = "poisson"
    width: Annotated[int, Field(ge=0, le=256)] = 16


@section
class Prompt:
    """One ``[[segment.prompts]]``: a box ``(x, y, w, h)`` and points of one region, in canvas px.

    ``frame`` is a pair number; without it, ``shot`` (default: every shot) takes its key frame.
    """

    region: Literal["foreground", "face"] = "foreground"
    frame: Annotated[int, Field(ge=0)] | None = None
    shot: Annotated[int, Field(ge=0)] | None = None
    box: Box | None = None
    points: tuple[Point, ...] = ()
    background: tuple[Point, ...] = ()
    painted: Path | None = None


@section
class Segment:
    """``[segment]``: feather in canvas px; ``who`` is "all", or a picture of the subject."""

    backend: SegmenterName = "auto"
    model: str | None = None
    prompts: tuple[Prompt, ...] = ()
    feather: Annotated[int, Field(ge=0, le=64)] = 12
    who: Literal["all"] | Path | None = None


@section
class Background:
    """``[background]``: ``plate`` is painted over by a person, one file or several."""

    mode: Literal["auto", "still", "live"] = "auto"
    frame: Literal["best", "first"] | Annotated[int, Field(ge=0)] = "best"
    fill: Literal["auto", "plate", "mirror"] = "auto"
    plate: Path | tuple[Path, ...] | None = None

    @property
    def paintings(self) -> tuple[Path, ...]:
        """The painted plates."""
        if isinstance(self.plate, tuple):
            return self.plate
        return (self.plate,) if self.plate else ()


@section
class TrackSetting:
    """``[track]``: tables of poses that take the place of measured ones."""

    face: Path | None = None
    foreground: Path | None = None


@section
class Inpaint:
    """``[inpaint]``."""

    backend: InpainterName = "patchmatch"
    model: str | None = None
    prompt: str | None = None
    strength: Unit = 0.35
    steps: Annotated[int, Field(ge=1, le=500)] = 30
    seed: Annotated[int, Field(ge=0)] = 0
    keys: Literal["auto"] | Annotated[int, Field(ge=1)] = "auto"


@section
class Foreground:
    """``[foreground]``: ``aberration`` in canvas px at the corners, the rest as strengths."""

    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] | None = "#ff2fa0"
    aberration: Annotated[float, Field(ge=0, le=64)] = 3.0
    sharpen: Unit = 0.3
    restore: Unit = 0.0
    restore_model: str = "gfpgan-1.4"


@section
class Placement:
    """``[face.placement]``: centre and width in canvas px on a frame, angle in degrees.

    ``frame`` is a pair number; the placement is for its shot. Without it, it is for the key frame
    of every shot that has none of its own.
    """

    centre: Point
    width: Annotated[float, Field(gt=0)]
    angle: float = 0.0
    frame: Annotated[int, Field(ge=0)] | None = None


@section
class Face:
    """``[face]``: one placement, or a list of them; ``mirror`` turns the picture left to right."""

    enable: bool = True
    placement: Placement | tuple[Placement, ...] | None = None
    blend: Literal["feather", "poisson"] = "feather"
    mirror: bool = False
    opacity: Unit = 1.0

    @property
    def placements(self) -> tuple[Placement, ...]:
        """All placements that are given."""
        given = self.placement
        return given if isinstance(given, tuple) else (given,) if given else ()


@section
class Finish:
    """``[finish]``: strengths; grain and texture 1 are as strong as the wide's own."""

    grain: Unit = 1.0
    texture: Unit = 1.0
    tie: Unit = 0.3


@section
class Config:
    """The whole of ``meme.toml``."""

    sources: Sources
    shots: tuple[ShotSetting, ...] = ()
    time: Time = Time()
    geometry: Geometry = Geometry()
    upscale: Upscale = Upscale()
    colour: Colour = Colour()
    seam: Seam = Seam()
    segment: Segment = Segment()
    background: Background = Background()
    inpaint: Inpaint = Inpaint()
    track: TrackSetting = TrackSetting()
    foreground: Foreground = Foreground()
    face: Face = Face()
    finish: Finish = Finish()
    output: Output = Output()
