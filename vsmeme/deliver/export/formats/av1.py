"""AV1 by SVT-AV1: smaller still; new players alone."""

from __future__ import annotations

from .base import AAC, OPUS, Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    own = ("-preset", "8", "-svtav1-params", "color-range=0:chroma-sample-position=left")
    return (*own, "-crf", f"{quality.crf:g}")


FORMAT = Format(
    name="av1",
    kind="video",
    encoder="libsvtav1",
    colours="420",
    depths=(8, 10),
    sound={".mp4": AAC, ".mkv": AAC, ".webm": OPUS},
    piece=".mp4",
    arguments=_arguments,
    crf=17,
    least=(64, 64),
)
