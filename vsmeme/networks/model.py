"""What the graph must know of a network: plain data, read from the manifest or from the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, Self, get_args

from ..errors import wrong

Colour = Literal["rgb", "gray"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An upscaling network in an ONNX file.

    Attributes:
        name: Its name in the manifest, or the file's stem.
        path: The ONNX file: one NCHW float32 input and output with free height and width.
        scale: Output px per input px.
        radius: How many input px around a pixel its result depends on.
        colour: "rgb", or "gray" for a network that is given luma alone.
        channels: All input channels: those of the frame, its neighbours, further clips.
        neighbours: Frames before and after that it is also given, in order of time.
        value_range: Values that stand for black and white at the input and the output.
        multiple: Tiles start and end at multiples of this, input px.
        clamp: Whether values beyond 0..1 are cut off first; networks trained on files want that.
        fp16: Whether half precision keeps the result: a root mean square error under 1e-3.
        repack: Whether the plugins need its file put into one piece with 32-bit floats outside.
    """

    name: str
    path: Path
    scale: int
    radius: int
    colour: Colour = "rgb"
    channels: int = 3
    neighbours: int = 0
    motion: int = 0
    value_range: tuple[float, float] = (0.0, 1.0)
    multiple: int = 1
    clamp: bool = True
    fp16: bool = True
    repack: bool = False

    def __post_init__(self) -> None:
        for name, least in (("scale", 1), ("radius", 0), ("channels", 1), ("multiple", 1)):
            if getattr(self, name) < least:
                raise wrong(
                    "Model", f"{self.name}: {name}", f"{least} or more", getattr(self, name)
                )
        if self.colour not in get_args(Colour):
            raise wrong("Model", f"{self.name}: colour", "rgb or gray", self.colour)
        if self.value_range[0] >= self.value_range[1]:
            raise wrong("Model", f"{self.name}: value_range", "black below white", self.value_range)

    @property
    def planes(self) -> int:
        """How many planes the clip has that goes in and comes out, 3 or 1."""
        return 3 if self.colour == "rgb" else 1

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**data, "path": str(self.path), "value_range": list(self.value_range)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Build a model from `to_json`'s result; unknown keys are ignored."""
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        known["path"] = Path(known["path"])
        if "value_range" in known:
            low, high = known["value_range"]
            known["value_range"] = (float(low), float(high))
        return cls(**known)
