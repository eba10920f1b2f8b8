"""``meme.toml`` read into frozen dataclasses; a typo is an error, everything has a default."""

from __future__ import annotations

import json
import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

from .errors import UsageError

_STRICT = ConfigDict(extra="forbid", frozen=True)
Point = tuple[float, float]
Box = tuple[float, float, float, float]
Crop = Literal["auto"] | tuple[int, int, int, int]
Unit = Annotated[float, Field(ge=0, le=1)]
_TIMESTAMP = re.compile(r"(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)")


def seconds(stamp: str) -> Fraction:
    """Return the seconds of ``HH:MM:SS.mmm``; ``ValueError`` for anything else."""
    found = _TIMESTAMP.fullmatch(stamp)
    if not found:
        raise ValueError(f'expected a frame number or "HH:MM:SS.mmm", got "{stamp}"')
    return int(found[1]) * 3600 + int(found[2]) * 60 + Fraction(found[3])


def _check_stamp(value: int | str) -> int | str:
    if isinstance(value, str) and value != "auto":
        seconds(value)
    return value


section = dataclass(config=_STRICT, kw_only=True)


@section
class Sources:
    """``[sources]``: the files; crops are ``(left, top, right, bottom)`` px cut off, or auto."""

    wide: Path
    dvd: Path
    wide_crop: Crop = "auto"
    dvd_crop: Crop = "auto"
    aligned: Path | None = None
    reference: Path | None = None
    face: Path | None = None


@section
class Time:
    """``[time]``: a frame of the wide or a time stamp; how many frames or how long."""

    start: int | str = "auto"
    duration: int | str | None = None

    @model_validator(mode="after")
    def _stamps(self) -> Self:
        _check_stamp(self.start)
        if self.duration is not None:
            if self.duration == "auto":
                raise ValueError("duration: leave it out to run until either stream ends")
            _check_stamp(self.duration)
            if isinstance(self.duration, int) and self.duration < 1:
                raise ValueError("duration: expected 1 frame or more")
        if isinstance(self.start, int) and self.start < 0:
            raise ValueError("start: expected frame 0 or later")
        return self


@section
class Geometry:
    """``[geometry]``."""

    canvas: Literal["union", "dvd"] = "union"
    scale: Literal["auto"] | Annotated[int, Field(ge=1, le=8)] = "auto"
    residual: Literal["auto", "never"] = "auto"


@section
class Upscale:
    """``[upscale]``: a manifest name, ``auto`` or the path of an ONNX file; tile in DVD px."""

    model: str = "auto"
    backend: str = "auto"
    fp16: bool | None = None
    tile: Annotated[int, Field(ge=16)] | None = None


@section
class Colour:
    """``[colour]``."""

    match: bool = True


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
    """``[segment]``: feather in canvas px."""

    backend: str = "auto"
    model: str | None = None
    prompts: tuple[Prompt, ...] = ()
    feather: Annotated[int, Field(ge=0, le=64)] = 12


@section
class Background:
    """``[background]``."""

    mode: Literal["auto", "still", "live"] = "auto"
    frame: Literal["best", "first"] | Annotated[int, Field(ge=0)] = "best"


@section
class Inpaint:
    """``[inpaint]``."""

    backend: Literal["patchmatch", "telea", "lama", "diffusers"] = "patchmatch"
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
    """``[face.placement]``: centre and width in canvas px on the key frame, angle in degrees."""

    centre: Point
    width: Annotated[float, Field(gt=0)]
    angle: float = 0.0


@section
class Face:
    """``[face]``."""

    enable: bool = True
    placement: Placement | None = None
    blend: Literal["feather", "poisson"] = "feather"


@section
class Finish:
    """``[finish]``: strengths; grain 1 is as strong as the wide's own."""

    grain: Unit = 1.0
    tie: Unit = 0.3


@section
class Output:
    """``[output]``: files relative to ``out/``; GIF width in px, its rate in frames a second."""

    mp4: str = "meme.mp4"
    gif: str = "meme.gif"
    audio: Literal["auto", "wide", "dvd", "none"] = "auto"
    codec: Literal["x264", "x265", "av1"] = "x264"
    crf: Annotated[float, Field(ge=0, le=63)] = 17
    depth: Literal[8, 10] = 8
    gif_width: Annotated[int, Field(ge=16)] = 640
    gif_fps: Annotated[float, Field(gt=0, le=50)] = 12.5
    gif_megabytes: Annotated[float, Field(gt=0)] | None = None


@section
class Config:
    """The whole of ``meme.toml``."""

    sources: Sources
    time: Time = Time()
    geometry: Geometry = Geometry()
    upscale: Upscale = Upscale()
    colour: Colour = Colour()
    seam: Seam = Seam()
    segment: Segment = Segment()
    background: Background = Background()
    inpaint: Inpaint = Inpaint()
    foreground: Foreground = Foreground()
    face: Face = Face()
    finish: Finish = Finish()
    output: Output = Output()


_CONFIG = TypeAdapter(Config)
_MEMBERS = {"int", "str", "float"}


def load_config(path: Path, *, set_: str = "") -> Config:
    """Read a ``meme.toml``.

    Args:
        path: The file; paths inside are relative to its folder and come back absolute.
        set_: Overrides for a quick look, such as ``foreground.colour=#00ff88;finish.grain=0``.

    Returns:
        The checked configuration.

    Raises:
        UsageError: Missing or broken file, unknown key, wrong type, missing source: one line that
            names file, key, what is accepted and what came.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path}: no such meme.toml; give its path as the argument") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: expected a meme.toml, got a folder") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from None
    for item in filter(None, (part.strip() for part in set_.split(";"))):
        _override(data, item)
    _absolute(data, path.resolve().parent)
    try:
        config = _CONFIG.validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        raise UsageError(f"{path}: {_first_error(error)}") from None
    _check_files(path, config)
    return config


def _override(data: dict[str, Any], item: str) -> None:
    name, equals, text = item.partition("=")
    table, dot, key = name.strip().partition(".")
    if not (equals and dot and key):
        raise UsageError(f'set: expected "section.key=value;…", got "{item}"')
    try:
        value = tomllib.loads(f"v = {text.strip()}")["v"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    section_data = data.setdefault(table, {})
    if not isinstance(section_data, dict):
        raise UsageError(f"set: {table} is not a section")
    section_data[key] = value


def _absolute(data: dict[str, Any], folder: Path) -> None:
    sources = data.get("sources")
    if isinstance(sources, dict):
        for key in ("wide", "dvd", "aligned", "reference", "face"):
            if isinstance(sources.get(key), str):
                sources[key] = str(folder / sources[key])
    segment = data.get("segment")
    prompts = segment.get("prompts") if isinstance(segment, dict) else None
    for prompt in prompts if isinstance(prompts, list) else []:
        if isinstance(prompt, dict) and isinstance(prompt.get("painted"), str):
            prompt["painted"] = str(folder / prompt["painted"])


def _first_error(error: ValidationError) -> str:
    errors = error.errors(include_url=False)
    first = errors[0]
    where = _key(first)
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"{where}: unknown key"
    if first["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"{where}: missing"
    if first["type"].startswith("dataclass"):
        return f"{where}: expected a section"
    messages = [e["msg"].removeprefix("Value error, ") for e in errors if _key(e) == where]
    text = " or ".join(m[0].lower() + m[1:] for m in messages)
    got = "" if isinstance(first["input"], dict) else f" (got {json.dumps(first['input'])})"
    return f"{where}: {text}{got}"


def _key(error: ErrorDetails) -> str:
    """Return the dotted key; union members, which pydantic adds to the path, are left out."""
    names = [str(part) for part in error["loc"]]
    return ".".join(n for n in names if re.fullmatch(r"[a-z0-9_]+", n) and n not in _MEMBERS)


def _check_files(path: Path, config: Config) -> None:
    sources = config.sources
    named = {
        "sources.wide": sources.wide,
        "sources.dvd": sources.dvd,
        "sources.aligned": sources.aligned,
        "sources.reference": sources.reference,
        "sources.face": sources.face,
    }
    named |= {f"segment.prompts.{i}": p.painted for i, p in enumerate(config.segment.prompts)}
    for key, file in named.items():
        if file is None:
            continue
        if file.is_dir():
            raise UsageError(f"{path}: {key}: expected a file, got the folder {file}")
        if not file.exists():
            raise UsageError(f"{path}: {key}: no such file: {file}")
        if not file.stat().st_size:
            raise UsageError(f"{path}: {key}: empty file: {file}")
