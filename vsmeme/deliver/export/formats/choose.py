"""The table of formats."""

from __future__ import annotations

from . import (
    av1,
    avif,
    dnxhr,
    exr,
    ffv1,
    gif,
    png,
    prores,
    prores4444,
    tiff,
    vp9,
    webp,
    x264,
    x265,
)
from .base import Format

FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (
        x264, x265, av1, vp9, ffv1, prores, prores4444, dnxhr, png, tiff, exr, gif, webp, avif,
    )
}  # fmt: skip
