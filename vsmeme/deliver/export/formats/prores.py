"""ProRes 422 HQ for editing programs."""

from __future__ import annotations

from .base import PCM, Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    return ("-profile:v", "hq", "-vendor", "apl0")


FORMAT = Format(
    name="prores",
    kind="video",
    encoder="prores_ks",
    colours="422",
    depths=(10,),
    sound={".mov": PCM, ".mkv": PCM},
    piece=".mov",
    arguments=_arguments,
    bits={10: 7},
)
