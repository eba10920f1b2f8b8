"""A PNG a frame: R'G'B', with transparency."""

from __future__ import annotations

from .base import Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    return ("-compression_level", "1", "-pred", "mixed")


FORMAT = Format(
    name="png",
    kind="pictures",
    encoder="png",
    colours="rgb",
    depths=(16, 8),
    sound={".png": ""},
    piece=".png",
    arguments=_arguments,
    alpha=(16, 8),
    gray=(8, 16),
    lossless=(8, 16),
    bits={8: 20, 16: 44},
)
