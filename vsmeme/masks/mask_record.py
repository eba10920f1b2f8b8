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
class MaskShot:
    """Who was found in a shot.

    Attributes:
        shot: Its number.
        verdict: "prompted", "subject", "unsure", "others" or "nobody".
        certainty: That the person is the subject and nobody else, 0..1.
        frame: Where the shot is unsure: the pair that shows who may be the subject.
        face: Likewise: its face, ``x, y, w, h``, canvas px.
    """

    shot: int
    verdict: str
    certainty: float
    frame: int | None = None
    face: tuple[int, int, int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return one entry of ``shots``."""
        entry: dict[str, Any] = {"shot": self.shot, "verdict": self.verdict}
        entry["certainty"] = round(self.certainty, 3)
        if self.frame is not None and self.face is not None:
            entry |= {"frame": self.frame, "face": list(self.face)}
        return entry

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one entry of ``shots``."""
        frame, face = data.get("frame"), data.get("face")
        box = None
        if face is not None:
            x, y, w, h = map(int, face)
            box = (x, y, w, h)
        return cls(
            shot=int(data["shot"]),
            verdict=str(data["verdict"]),
            certainty=float(data["certainty"]),
            frame=None if frame is None else int(frame),
            face=box,
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
        shots: Who was found in each shot; none in files of earlier versions.
    """

    backend: str
    keys: tuple[MaskKey, ...]
    segmenter_calls: int
    alarms: tuple[int, ...]
    feather_px: int
    mask_sha256: Mapping[str, str] = field(default_factory=dict)
    shots: tuple[MaskShot, ...] = ()

    @property
    def unsure(self) -> tuple[MaskShot, ...]:
        """Shots that have no mask because nobody could say whether the subject is there."""
        return tuple(shot for shot in self.shots if shot.verdict == "unsure")

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
            "shots": [shot.to_json() for shot in self.shots],
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
            shots=tuple(map(MaskShot.from_json, data.get("shots", ()))),
        )
