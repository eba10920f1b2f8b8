"""H.264 by x264: plays everywhere."""

from __future__ import annotations

from .base import MOVIES, Format, Quality

# What it writes depends on these; left to itself it takes them from the machine's cores.
THREADS = "threads=6:lookahead-threads=1"


def _arguments(quality: Quality) -> tuple[str, ...]:
    own = ("-preset", "medium", "-x264-params", f"log-level=error:chromaloc=0:{THREADS}")
    return (*own, "-crf", f"{quality.crf:g}")


FORMAT = Format(
    name="x264",
    kind="video",
    encoder="libx264",
    colours="420",
    depths=(8, 10),
    sound=MOVIES,
    piece=".mp4",
    arguments=_arguments,
    crf=17,
)
