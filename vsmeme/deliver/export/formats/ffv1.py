"""FFV1: lossless, every frame by itself, with checksums; at 16 bit the working format as it is."""

from __future__ import annotations

from .base import FLAC, Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    return ("-level", "3", "-g", "1", "-slicecrc", "1")


FORMAT = Format(
    name="ffv1",
    kind="video",
    encoder="ffv1",
    colours="444",
    depths=(16, 10, 12),
    sound={".mkv": FLAC},
    piece=".mkv",
    arguments=_arguments,
    alpha=(16, 10, 12),
    gray=(8, 16),
    lossless=(8, 10, 12, 16),
    bits={10: 22, 12: 28, 16: 40},
)
