"""The contents of ``masks.json``: how the masks were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskKey:
    """A key frame.

    Attributes:
        frame: Its pair.
        shot: Its shot; ``None`` where that was not noted.
        face: Whether a face was found on it.
        how: What its masks come from.
    """

    frame: int
    shot: int | None = None
    face: bool = False
    how: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return one entry of ``keys``."""
        return {"shot": self.shot, "frame": self.frame, "face": self.face, "how": self.how}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | int) -> Self:
        """Read one entry of ``keys``; a bare number is a frame."""
        if isinstance(data, int):
            return cls(frame=data)
        shot = data.get("shot")
        return cls(
            frame=int(data["frame"]),
            shot=None if shot is None else int(shot),
            face=bool(data.get("face", False)),
            how=str(data.get("how", "")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRecord:
    """The contents of ``masks.json``.

    Attributes:
        backend: Name of the segmenter.
        keys: The key frames, in order of the shots.
        segmenter_calls: How often the segmenter was asked, over all shots.
        alarms: Pairs at which it was asked again because the masks had drifted.
        feather_px: Width of the soft edge that ``[segment]`` asked for, canvas px.
        mask_sha256: Of the mask files, by their names without suffix.
    """

    backend: str
    keys: tuple[MaskKey, ...]
    segmenter_calls: int
    alarms: tuple[int, ...]
    feather_px: int
    mask_sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def key_frames(self) -> tuple[int, ...]:
        """Pairs of the key frames, in order, each once."""
        return tuple(sorted({key.frame for key in self.keys}))

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``masks.json`` without schema and stamp."""
        return {
            "backend": self.backend,
            "keys": [key.to_json() for key in self.keys],
            "segmenter_calls": self.segmenter_calls,
            "alarms": list(self.alarms),
            "feather_px": self.feather_px,
            "mask_sha256": dict(self.mask_sha256),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the contents of ``masks.json``."""
        return cls(
            backend=str(data.get("backend", "")),
            keys=tuple(map(MaskKey.from_json, data["keys"])),
            segmenter_calls=int(data["segmenter_calls"]),
            alarms=tuple(map(int, data["alarms"])),
            feather_px=int(data["feather_px"]),
            mask_sha256=dict(data.get("mask_sha256", {})),
        )
