"""Which releases, which part of them, and where they lie: four sections of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..source.colour_tags import SourceColour
from .setting_values import (
    ByNumber,
    Crop,
    FromOne,
    ImageRate,
    Point,
    Release,
    check_stamp,
    section,
)


@section
class SourceSetting:
    """The two releases, and what goes with them."""

    wide: Release
    """The widescreen release: a film, a list of files that follow one another, the folder of a DVD
    or a Blu-ray disc, the image of a DVD, a folder or pattern of images, or a `.vpy` whose output 0
    counts. Example: "film.mkv"."""

    dvd: Release
    """The open-matte release, named in the same ways. Example: "film-dvd.mkv"."""

    wide_title: ByNumber = "auto"
    """Title of a DVD, or playlist of a Blu-ray disc. Only for discs. Default: the longest. Example,
    of a disc: 2."""

    dvd_title: ByNumber = "auto"
    """The same for the DVD. Default: the longest. Example, of a disc: 1."""

    wide_stream: FromOne = "auto"
    """Which of several video streams counts, from 1 on; covers are left out. Default: the longest.
    Example: 1."""

    dvd_stream: FromOne = "auto"
    """The same for the DVD. Default: the longest. Example: 1."""

    wide_rate: ImageRate = "auto"
    """How fast a folder or pattern of images plays; a number or "24000/1001". Only for images.
    Unit: images a second. Default: 24000/1001. Example, of images: 25."""

    dvd_rate: ImageRate = "auto"
    """The same for the DVD. Unit: images a second. Default: 24000/1001. Example, of images:
    "30000/1001"."""

    wide_crop: Crop = "auto"
    """Active picture of the wide; of an anamorphic file in square px. Unit: px of the wide.
    Default: measured, shot by shot. Example: "auto"."""

    dvd_crop: Crop = "auto"
    """Active picture of the DVD as decoded. Unit: px of the DVD. Default: measured, shot by shot.
    Example: "auto"."""

    wide_colour: SourceColour = "auto"
    """What the colours are, where the tags of the file are wrong or missing. Default: the tags;
    else BT.709. Example: "bt709"."""

    dvd_colour: SourceColour = "auto"
    """The same for the DVD. Default: the tags; else BT.601, and BT.709 above 576 lines. Example:
    "bt601"."""

    aligned: Path | None = None
    """A 4:3 copy whose frame n is frame n of the wide and whose picture is the DVD's. It is only
    compared with the result. Example, where there is one: "aligned.mkv"."""

    reference: Path | None = None
    """One still of the wide, PNG or JPEG, that says where to start. Example: "still.png"."""

    face: Path | None = None
    """The silly face, PNG or JPEG. Default: no face is inserted. Example: "silly.png"."""


@section
class Time:
    """Which part of the film is made."""

    start: int | str = "auto"
    """A frame of the wide, or "HH:MM:SS.mmm". Default: the frame of the reference, else the first
    frame that both releases show. Example: "00:00:00.000"."""

    duration: int | str | None = None
    """How long: frames, or "HH:MM:SS.mmm". With a start or a reference, only this section of each
    film is read. Default: until either release ends. Example: "00:00:10.000"."""

    gaps: Literal["plate", "cut", "hold"] = "plate"
    """What happens where the DVD lacks a scene. `plate` fills what it would show. `cut` drops these
    frames and their sound. `hold` keeps the last DVD frame in the bands. Example: "plate"."""

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
class ShotSetting:
    """A person's word on one shot; it beats every measurement."""

    at: int | str
    """Any frame of the shot: its number in the wide's file, or "HH:MM:SS.mmm". Example:
    "00:00:00.500"."""

    wide_crop: tuple[int, int, int, int] | None = None
    """Active picture of the wide in this shot. Unit: px of the wide. Default: measured. Example:
    [0, 20, 1024, 390]."""

    dvd_crop: tuple[int, int, int, int] | None = None
    """Active picture of the DVD in this shot. Unit: px of the DVD. Default: measured. Example: [0,
    0, 192, 144]."""

    scale: Annotated[float, Field(ge=0.25, le=16)] | None = None
    """How many px of the wide one row of the DVD covers. Unit: px of the wide. Default: measured.
    Example: 4.0."""

    shift: Point | None = None
    """Where the corner of the DVD's frame lies in the wide's frame. Unit: px of the wide. Default:
    measured. Example: [0.0, -68.5]."""

    bands: bool | None = None
    """`false`: the DVD shows nothing in this shot. `true`: where nothing else is found, it lies as
    in most of the film. Default: as measured. Example: true."""

    @model_validator(mode="after")
    def _stamp(self) -> Self:
        if self.at == "auto":
            raise ValueError('at: expected a frame number or "HH:MM:SS.mmm"')
        check_stamp(self.at)
        return self


@section
class GeometrySetting:
    """The canvas, and how the DVD lies on it."""

    canvas: Literal["union", "dvd", "wide"] = "union"
    """`union` holds both releases. `dvd` crops the wide to the DVD's width, so that no corner is
    missing. `wide` crops a DVD that shows more at the sides. Example: "union"."""

    scale: Literal["auto"] | Annotated[int, Field(ge=1, le=8)] = "auto"
    """Size of one DVD px on the canvas. Unit: canvas px. Default: measured. Example: 4."""

    residual: Literal["auto", "never"] = "auto"
    """What happens to a misfit that whole px leave. `auto` warps the bands where it exceeds 0.5 px.
    `never` keeps whole px. Unit: canvas px. Example: "never"."""
