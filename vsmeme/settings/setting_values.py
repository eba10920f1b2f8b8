"""How a section of the settings is declared, and values that several sections hold."""

from __future__ import annotations

import re
from fractions import Fraction

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

_TIMESTAMP = re.compile(r"(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)")

section = dataclass(config=ConfigDict(extra="forbid", frozen=True), kw_only=True)


def seconds(stamp: str) -> Fraction:
    """Return the seconds of ``HH:MM:SS.mmm``; ``ValueError`` for anything else."""
    found = _TIMESTAMP.fullmatch(stamp)
    if not found:
        raise ValueError(f'expected a frame number or "HH:MM:SS.mmm", got "{stamp}"')
    return int(found[1]) * 3600 + int(found[2]) * 60 + Fraction(found[3])


def check_stamp(value: int | str) -> int | str:
    """Return a frame number or a time stamp as it is; ``ValueError`` for anything else."""
    if isinstance(value, str) and value != "auto":
        seconds(value)
    return value
