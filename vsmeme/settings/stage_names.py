"""The names of the stages that the graph can be built up to."""

from __future__ import annotations

from typing import Literal, get_args

from ..errors import UsageError

Until = Literal["composite", "background", "foreground", "face", "final"]
PictureName = Literal[
    "composite",
    "background",
    "foreground",
    "face",
    "final",
    "plate",
    "missing",
    "foreground_mask",
    "face_mask",
    "foreground_cutout",
    "face_cutout",
]
"""What can be written: the stages, and what they are made of."""


def parse_until(text: str) -> Until:
    """Check the name of a stage."""
    for name in get_args(Until):
        if text == name:
            found: Until = name
            return found
    raise UsageError(f"until: expected one of {', '.join(get_args(Until))}, got {text}")
