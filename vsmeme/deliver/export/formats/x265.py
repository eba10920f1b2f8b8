"""H.265 by x265: smaller, and 10 bit in most players."""

from __future__ import annotations

from .base import MOVIES, Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    own = ("-preset", "medium", "-x265-params", "log-level=error:open-gop=0:chromaloc=0")
    return (*own, "-crf", f"{quality.crf:g}", "-tag:v", "hvc1")


FORMAT = Format(
    name="x265",
    kind="video",
    encoder="libx265",
    colours="420",
    depths=(8, 10),
    sound=MOVIES,
    piece=".mp4",
    arguments=_arguments,
    crf=17,
)
