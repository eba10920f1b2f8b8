"""A TIFF a frame: R'G'B', with transparency."""

from __future__ import annotations

from .base import Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    return ("-compression_algo", "deflate")


FORMAT = Format(
    name="tiff",
    kind="pictures",
    encoder="tiff",
    colours="rgb",
    depths=(16, 8),
    sound={".tif": "", ".tiff": ""},
    piece=".tif",
    arguments=_arguments,
    alpha=(16, 8),
    gray=(8, 16),
    lossless=(8, 16),
    bits={8: 24, 16: 48},
)
