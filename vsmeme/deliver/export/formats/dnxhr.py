"""DNxHR for editing programs: HQX, 4:2:2 at 10 bit."""

from __future__ import annotations

from .base import PCM, Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    return ("-profile:v", "dnxhr_hqx")


FORMAT = Format(
    name="dnxhr",
    kind="video",
    encoder="dnxhd",
    colours="422",
    depths=(10,),
    sound={".mov": PCM, ".mkv": PCM},
    piece=".mov",
    arguments=_arguments,
    bits={10: 7},
    least=(256, 120),
)
