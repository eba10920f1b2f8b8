"""Poses of a tracked region: an entry for each frame in which it is there."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..pixels.frame_table import FrameTable
from ..pixels.matrix import Matrix33
from ..pixels.matrix_table import MatrixTable

FIRST_KEY = -1  # stands in a column for a pose that names no key


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One frame of a tracked region.

    Attributes:
        frame: Pair number.
        matrix: Key-frame canvas edge coordinates to this frame's.
        confidence: 0 (lost, extrapolated) to 1.
        key: The key frame that the matrix starts from; by default the region's first.
        yaw: Degrees that a head has turned since the key frame: above 0, to the picture's right.
        pitch: Likewise: above 0, downwards. The matrix holds what that does to a flat picture.
    """

    frame: int
    matrix: Matrix33
    confidence: float
    key: int | None = None
    yaw: float = 0.0
    pitch: float = 0.0


class PoseTable(FrameTable[Pose]):
    """Poses as columns of numbers, in a quarter of their memory; one is made when it is asked for.

    Args:
        poses: What it holds, in order.
    """

    __slots__ = ("_confidence", "_frame", "_key", "_matrix", "_pitch", "_yaw")

    def __init__(self, poses: Iterable[Pose] = ()) -> None:
        known = [*poses]
        self._frame = array("q", [pose.frame for pose in known])
        self._key = array("q", [FIRST_KEY if pose.key is None else pose.key for pose in known])
        self._confidence = array("d", [pose.confidence for pose in known])
        self._yaw = array("d", [pose.yaw for pose in known])
        self._pitch = array("d", [pose.pitch for pose in known])
        self._matrix = MatrixTable(pose.matrix for pose in known)

    def __len__(self) -> int:
        return len(self._frame)

    def _entry(self, n: int) -> Pose:
        return _pose(*(column[n] for column in self._columns()))

    def __iter__(self) -> Iterator[Pose]:
        return map(_pose, *self._columns())

    def _columns(self) -> tuple[Sequence[Any], ...]:
        return (self._frame, self._key, self._confidence, self._yaw, self._pitch, self._matrix)

    def __repr__(self) -> str:
        return f"PoseTable({list(self)!r})"

    @property
    def frames(self) -> list[int]:
        """Pair numbers."""
        return self._frame.tolist()

    def to_json(self) -> list[dict[str, Any]]:
        """Return the ``frames`` of a region of ``track.json``; only a turned head says so."""
        return [
            {
                "frame": frame,
                "key": None if key == FIRST_KEY else key,
                "matrix": [*map(list, matrix)],
                "confidence": confidence,
                **({"yaw": yaw, "pitch": pitch} if yaw or pitch else {}),
            }
            for frame, key, confidence, yaw, pitch, matrix in zip(*self._columns(), strict=True)
        ]

    @classmethod
    def from_json(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """Read the ``frames`` of a region of ``track.json``."""
        known, made = [*rows], cls()
        keys = [row.get("key") for row in known]
        made._frame = array("q", [row["frame"] for row in known])
        made._key = array("q", [FIRST_KEY if key is None else key for key in keys])
        made._confidence = array("d", [row["confidence"] for row in known])
        made._yaw = array("d", [row.get("yaw", 0.0) for row in known])
        made._pitch = array("d", [row.get("pitch", 0.0) for row in known])
        made._matrix = MatrixTable([row["matrix"] for row in known], shape=(3, 3))
        return made


def _pose(
    frame: int, key: int, confidence: float, yaw: float, pitch: float, matrix: Matrix33
) -> Pose:
    start = None if key == FIRST_KEY else key
    return Pose(frame=frame, matrix=matrix, confidence=confidence, key=start, yaw=yaw, pitch=pitch)
