"""An animated AVIF: smallest of those that play by themselves."""

from __future__ import annotations

from .base import Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    own = ("-preset", "6", "-svtav1-params", "color-range=0:chroma-sample-position=left")
    return (*own, "-crf", f"{quality.crf:g}")


FORMAT = Format(
    name="avif",
    kind="animation",
    encoder="libsvtav1",
    colours="rgb",
    depths=(8,),
    sound={".avif": ""},
    piece=".nut",
    arguments=_arguments,
    crf=26,
)
