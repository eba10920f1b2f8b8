"""VP9 in WebM: browsers, with transparency at 8 bit."""

from __future__ import annotations

from .base import OPUS, Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    own = ("-b:v", "0", "-threads", "4", "-row-mt", "1", "-cpu-used", "4", "-auto-alt-ref", "0")
    return (*own, "-crf", f"{quality.crf:g}")


FORMAT = Format(
    name="vp9",
    kind="video",
    encoder="libvpx-vp9",
    colours="420",
    depths=(8, 10),
    sound={".webm": OPUS, ".mkv": OPUS},
    piece=".webm",
    arguments=_arguments,
    alpha=(8,),
    crf=24,
)
