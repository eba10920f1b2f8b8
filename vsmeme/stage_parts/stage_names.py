"""The names of the stages that the graph can be built up to."""

from __future__ import annotations

from typing import Literal, get_args

from ..errors import UsageError

Until = Literal["composite", "background", "foreground", "face", "final"]


def parse_until(text: str) -> Until:
    """Check the name of a stage."""
    for name in get_args(Until):
        if text == name:
            found: Until = name
            return found
    raise UsageError(f"until: expected one of {', '.join(get_args(Until))}, got {text}")
