"""What was measured of a source file, as every later step reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from ..pixels.rect import Rect
from .field_plan import FieldPlan
from .tone_plan import Light, TonePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """A measured source.

    Attributes:
        path: The file.
        width: Decoded width, px; of an anamorphic wide, once its px are square.
        height: Decoded height, px, likewise.
        frames: Film frames.
        fps: Rate of those frames, a second.
        sar: Sample aspect ratio, 1 where `squared` has seen to it.
        fields: Which coded fields make the film's frames; None: each coded frame is one.
        active: The picture without bars and blanked edges, px.
        chroma_location: Where the chroma samples lie, measured, as a number of ``_ChromaLocation``;
            ``None`` where the stream's own word holds.
        light: What a source beyond BT.709 SDR shows; None for SDR.
        tone: How it is brought to BT.709 SDR.
        trim: First frame and number of frames that are used of a file that is not cut.
        squared: Whether the stream's px are not square and are made so: a wide's are.
    """

    path: Path
    width: int
    height: int
    frames: int
    fps: Fraction
    sar: Fraction
    fields: FieldPlan | None
    active: Rect
    chroma_location: int | None = None
    light: Light | None = None
    tone: TonePlan | None = None
    trim: tuple[int, int] | None = None
    squared: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the keys that ``match.json`` keeps of a source."""
        return {
            "path": str(self.path),
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "fps": [self.fps.numerator, self.fps.denominator],
            "sar": [self.sar.numerator, self.sar.denominator],
            "fields": self.fields and self.fields.to_json(),
            "active": self.active.as_list(),
            "chroma_location": self.chroma_location,
            "light": self.light and self.light.to_json(),
            "tone": self.tone and self.tone.to_json(),
            "trim": self.trim and list(self.trim),
            "squared": self.squared,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote; other keys are left out."""
        siting = data.get("chroma_location")
        # A progressive file of an earlier version has no plan; a telecined one is matched anew.
        plan = None if data.get("cadence") == "progressive" else data["fields"]
        return cls(
            path=Path(data["path"]),
            width=int(data["width"]),
            height=int(data["height"]),
            frames=int(data["frames"]),
            fps=Fraction(*data["fps"]),
            sar=Fraction(*data["sar"]),
            fields=FieldPlan.from_json(plan) if plan else None,
            active=Rect.from_list(data["active"]),
            chroma_location=None if siting is None else int(siting),
            light=Light.from_json(data["light"]) if data.get("light") else None,
            tone=TonePlan.from_json(data["tone"]) if data.get("tone") else None,
            trim=(int(data["trim"][0]), int(data["trim"][1])) if data.get("trim") else None,
            squared=bool(data.get("squared", False)),
        )
