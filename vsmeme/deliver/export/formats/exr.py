"""An OpenEXR a frame: linear light in floats, premultiplied by its transparency."""

from __future__ import annotations

from .base import Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    return ("-compression", "zip16", "-format", "half" if quality.depth == 16 else "float")


FORMAT = Format(
    name="exr",
    kind="pictures",
    encoder="exr",
    colours="linear",
    depths=(32, 16),
    sound={".exr": ""},
    piece=".exr",
    arguments=_arguments,
    alpha=(32, 16),
    gray=(32, 16),
    lossless=(32,),
    bits={16: 40, 32: 90},
)
