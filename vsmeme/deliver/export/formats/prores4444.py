"""ProRes 4444 for editing programs: full chroma, and transparency at 16 bit."""

from __future__ import annotations

from .base import PCM, Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    alpha = ("-alpha_bits", "16") if quality.alpha else ("-alpha_bits", "0")
    return ("-profile:v", "4444", "-vendor", "apl0", *alpha)


FORMAT = Format(
    name="prores4444",
    kind="video",
    encoder="prores_ks",
    colours="444",
    depths=(10,),
    sound={".mov": PCM, ".mkv": PCM},
    piece=".mov",
    arguments=_arguments,
    alpha=(10,),
    bits={10: 12},
)
