"""Who the subject is and what becomes of it: five sections of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from .setting_values import Box, Point, SegmenterName, Unit, section


@section
class Prompt:
    """A person's word on what the subject is; several add up."""

    region: Literal["foreground", "face"] = "foreground"
    """The whole subject, or its face. Example: "foreground"."""

    frame: Annotated[int, Field(ge=0)] | None = None
    """The pair that the prompt is about. Default: the key frame of the shot. Example: 0."""

    shot: Annotated[int, Field(ge=0)] | None = None
    """The shot that the prompt is about, from 0 on; not together with `frame`. Default: every shot.
    Example, instead of frame: 2."""

    box: Box | None = None
    """A box around the region, as x, y, width, height. Unit: canvas px. Example: [310, 60, 240,
    500]."""

    points: tuple[Point, ...] = ()
    """Points inside the region. Unit: canvas px. Example: [[420, 200]]."""

    background: tuple[Point, ...] = ()
    """Points outside the region. Unit: canvas px. Example: [[330, 90]]."""

    painted: Path | None = None
    """A painted mask of canvas size instead of box and points: light is inside. Example:
    "painted.png"."""


@section
class SegmentSetting:
    """Masks of the subject and of its face."""

    backend: SegmenterName = "auto"
    """What finds the subject on key frames; `sam2` follows it over the frames between, too. `sam`
    and `sam2` need the extra `ai`, `person` an ONNX file. Example: "auto"."""

    model: str | None = None
    """Checkpoint of `sam`, folder of `sam2`, ONNX file of `person`, or its name in
    `vsmeme models list`. Example, of sam: "mobile-sam"."""

    prompts: tuple[Prompt, ...] = ()
    """What the subject is, by hand; see `[[segment.prompts]]`. Default: found by faces."""

    feather: Annotated[int, Field(ge=0, le=64)] = 12
    """Width of the soft edge. Unit: canvas px. Example: 8."""

    who: Literal["all"] | Path | None = None
    """A picture of the subject, or "all" for everybody. Default: who has most face in the film.
    Example: "all"."""


@section
class TrackSetting:
    """Tables of poses that take the place of the measured ones."""

    face: Path | None = None
    """A CSV of the shape that `vsmeme exchange` writes (`out/exchange/track-face.csv`). Default:
    measured. Example, from another tracker: "face.csv"."""

    foreground: Path | None = None
    """The same for the foreground. Default: measured. Example, from another tracker:
    "foreground.csv"."""


@section
class Foreground:
    """What is done to the subject."""

    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] | None = "#ff2fa0"
    """The subject's new colour, "#rrggbb"; its luma stays. Example: "#00c060"."""

    aberration: Annotated[float, Field(ge=0, le=64)] = 3.0
    """Colour fringes of the clothes at the corners of the picture. Unit: canvas px. Example:
    0.0."""

    sharpen: Unit = 0.3
    """Sharpening of the face. Example: 0.0."""

    restore: Unit = 0.0
    """How much detail a restoration network adds to the face; needs the extra `ai`. Example:
    0.0."""

    restore_model: str = "gfpgan-1.4"
    """That network: a name of `vsmeme models list`, or a file. Example: "gfpgan-1.4"."""


@section
class FacePlacement:
    """The face picture placed by hand; `[[face.placement]]` lists several."""

    frame: Annotated[int, Field(ge=0)] | None = None
    """The pair that it is placed on, for the shot of that pair alone. Default: the key frame of
    every shot that has no placement of its own. Example: 0."""

    centre: Point
    """Centre of what is visible of the picture. Unit: canvas px. Example: [512, 180]."""

    width: Annotated[float, Field(gt=0)]
    """Width of what is visible of the picture. Unit: canvas px. Example: 90."""

    angle: float = 0.0
    """Rotation, clockwise. Unit: degrees. Example: -8.0."""


@section
class FaceSetting:
    """The inserted face."""

    enable: bool = True
    """Whether `sources.face` is inserted. Example: true."""

    placement: FacePlacement | tuple[FacePlacement, ...] | None = None
    """Where it lies, by hand; see `[face.placement]`. Default: by the landmarks of both faces."""

    blend: Literal["feather", "poisson"] = "feather"
    """`feather` mixes by the mask. `poisson` also carries the film's colour from the edge inwards.
    Example: "feather"."""

    mirror: bool = False
    """The picture is turned left to right. Example: true."""

    opacity: Unit = 1.0
    """How much of the picture shows. Example: 0.8."""

    @property
    def placements(self) -> tuple[FacePlacement, ...]:
        """All placements that are given."""
        given = self.placement
        return given if isinstance(given, tuple) else (given,) if given else ()
