"""An animated WebP: true colour, a fraction of a GIF's size."""

from __future__ import annotations

from .base import Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    # 0 is best for a rate factor, 100 is best for WebP
    return ("-lossless", "0", "-quality", f"{100 - quality.crf:g}", "-compression_level", "4")


FORMAT = Format(
    name="webp",
    kind="animation",
    encoder="libwebp_anim",
    colours="rgb",
    depths=(8,),
    sound={".webp": ""},
    piece=".nut",
    arguments=_arguments,
    crf=20,
)
