"""A GIF: one palette for all frames."""

from __future__ import annotations

from .base import Format, Quality


def _arguments(quality: Quality) -> tuple[str, ...]:
    return ()


FORMAT = Format(
    name="gif",
    kind="animation",
    encoder="gif",
    colours="rgb",
    depths=(8,),
    sound={".gif": ""},
    piece=".nut",
    arguments=_arguments,
)
