"""Where tracked regions are in every frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .errors import wrong
from .matrix import IDENTITY as IDENTITY
from .matrix import Matrix33 as Matrix33


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One frame of a tracked region.

    Attributes:
        frame: Pair number.
        matrix: Key-frame canvas edge coordinates to this frame's.
        confidence: 0 (lost, extrapolated) to 1.
    """

    frame: int
    matrix: Matrix33
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Key frames of a region and one pose for every frame in which it is tracked."""

    keys: tuple[int, ...]
    poses: tuple[Pose, ...]

    def __post_init__(self) -> None:
        frames = [pose.frame for pose in self.poses]
        if frames != sorted(set(frames)):
            raise wrong("Region", "poses", "frames in order, each once", frames[:8])


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """All tracked regions by name (``face``, ``foreground``)."""

    regions: Mapping[str, Region]

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``track.json``."""
        return {
            "regions": {
                name: {
                    "keys": list(region.keys),
                    "frames": [
                        {
                            "frame": pose.frame,
                            "matrix": [list(row) for row in pose.matrix],
                            "confidence": pose.confidence,
                        }
                        for pose in region.poses
                    ],
                }
                for name, region in self.regions.items()
            }
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read ``track.json``."""
        return cls(
            regions={
                name: Region(
                    keys=tuple(int(k) for k in region["keys"]),
                    poses=tuple(_pose(entry) for entry in region["frames"]),
                )
                for name, region in data["regions"].items()
            }
        )


def _pose(entry: Mapping[str, Any]) -> Pose:
    a, b, c = (tuple(float(v) for v in row) for row in entry["matrix"])
    return Pose(
        frame=int(entry["frame"]),
        matrix=((a[0], a[1], a[2]), (b[0], b[1], b[2]), (c[0], c[1], c[2])),
        confidence=float(entry["confidence"]),
    )
