"""H.265 by x265: smaller, and 10 bit in most players."""

from __future__ import annotations

from .base import MOVIES, Format, Quality

OWN = "log-level=error:open-gop=0:chromaloc=0"
# What it writes depends on it; left to itself it takes it from the machine's cores.
THREADS = "frame-threads=3"


def _arguments(quality: Quality) -> tuple[str, ...]:
    own = ("-preset", "medium", "-x265-params", f"{OWN}:{THREADS}")
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
