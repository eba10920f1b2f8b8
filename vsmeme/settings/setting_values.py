"""How a section of the settings is declared, and values that several sections hold.

The docstring below a field is its documentation: `vsmeme schema` and `vsmeme manual settings` print
it. It is the meaning, then, where there is one, `Unit: …`, `Default: …` (what happens where the
default is none or "auto") and `Example: …` (a value of TOML).
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

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
SegmenterName = Literal["auto", "grabcut", "painted", "sam", "sam2", "person"]
InpainterName = Literal["patchmatch", "telea", "lama", "diffusers"]
NetworkBackendName = Literal[
    "auto", "trt", "trt-rtx", "ort-cuda", "migx", "ncnn", "ov-gpu", "ov-cpu", "ort-cpu"
]

_TIMESTAMP = re.compile(r"(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)")

section = dataclass(
    config=ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True), kw_only=True
)


def seconds(stamp: str) -> Fraction:
    """Return the seconds of ``HH:MM:SS.mmm``; ``ValueError`` for anything else."""
    found = _TIMESTAMP.fullmatch(stamp)
    if not found:
        raise ValueError(f'expected a frame number or "HH:MM:SS.mmm", got "{stamp}"')
    return int(found[1]) * 3600 + int(found[2]) * 60 + Fraction(found[3])


def check_stamp(value: int | str) -> int | str:
    """Return a frame number or a time stamp as it is; ``ValueError`` for anything else."""
    if isinstance(value, str) and value != "auto":
        seconds(value)
    return value
