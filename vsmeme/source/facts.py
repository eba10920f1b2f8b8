"""What was measured of a source file, as every later step reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self

from ..pixels.rect import Rect

Cadence = Literal["progressive", "telecine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """A measured source.

    Attributes:
        path: The file.
        width: Decoded width, px.
        height: Decoded height, px.
        frames: Frames once telecine is undone.
        fps: Rate of those frames.
        sar: Sample aspect ratio of the stream.
        cadence: Whether telecine has to be undone.
        top_field_first: Field order of a telecined stream.
        active: The picture without bars and blanked edges, px.
        chroma_location: Where the chroma samples lie, measured, as a number of ``_ChromaLocation``;
            ``None`` where the stream's own word holds.
    """

    path: Path
    width: int
    height: int
    frames: int
    fps: Fraction
    sar: Fraction
    cadence: Cadence
    top_field_first: bool
    active: Rect
    chroma_location: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the keys that ``match.json`` keeps of a source."""
        return {
            "path": str(self.path),
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "fps": [self.fps.numerator, self.fps.denominator],
            "sar": [self.sar.numerator, self.sar.denominator],
            "cadence": self.cadence,
            "top_field_first": self.top_field_first,
            "active": self.active.as_list(),
            "chroma_location": self.chroma_location,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote; other keys are left out."""
        siting = data.get("chroma_location")
        return cls(
            path=Path(data["path"]),
            width=int(data["width"]),
            height=int(data["height"]),
            frames=int(data["frames"]),
            fps=Fraction(*data["fps"]),
            sar=Fraction(*data["sar"]),
            cadence=_cadence(data["cadence"]),
            top_field_first=bool(data["top_field_first"]),
            active=Rect.from_list(data["active"]),
            chroma_location=None if siting is None else int(siting),
        )


def _cadence(text: str) -> Cadence:
    if text == "progressive":
        return "progressive"
    if text == "telecine":
        return "telecine"
    raise ValueError(f"cadence {text}")
