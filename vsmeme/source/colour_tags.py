"""Names of colour systems that a person can give, and what they stand for in a stream's tags."""

from __future__ import annotations

from typing import Literal, NamedTuple

SourceColour = Literal["auto", "bt709", "bt601", "bt601-625", "bt2020", "pq", "hlg"]


class ColourTags(NamedTuple):
    """Numbers of ITU-T H.273."""

    matrix: int
    transfer: int
    primaries: int


TAGS: dict[str, ColourTags] = {
    "bt709": ColourTags(1, 1, 1),
    "bt601": ColourTags(6, 6, 6),
    "bt601-625": ColourTags(5, 6, 5),
    "bt2020": ColourTags(9, 14, 9),
    "pq": ColourTags(9, 16, 9),
    "hlg": ColourTags(9, 18, 9),
}
