"""Where tracked regions are in every frame, and how the face picture lies on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import Any, Self

from ..errors import wrong
from ..pixels.matrix import IDENTITY as IDENTITY
from ..pixels.matrix import Matrix33 as Matrix33
from ..pixels.matrix import compose
from ..pixels.rect import Rect
from ..sync.frame_runs import runs_text
from .poses import Pose as Pose
from .poses import PoseTable

LOST = 0.05  # confidence under which nothing is placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How a picture lies on a key frame.

    Attributes:
        key: The key frame.
        matrix: Picture edge coordinates to the key frame's canvas edge coordinates.
    """

    key: int
    matrix: Matrix33


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """Colour of the picture from one frame on.

    Y (0..1) becomes ``gain * Y + offset``; chroma (Cb and Cr of -0.5..0.5) is turned and scaled
    about neutral, so that white stays white, and then moved.

    Attributes:
        first: First frame.
        gain: Factor of Y.
        offset: What is added to Y, Cb and Cr.
        chroma: Factor of Cb and Cr.
        turn: Degrees from Cb towards Cr.
    """

    first: int = 0
    gain: float = 1.0
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    chroma: float = 1.0
    turn: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Key frames of a region and one pose for every frame in which it is tracked.

    Attributes:
        keys: Frames that poses start from.
        poses: In order of frames; gaps are frames without the region.
        extent: Canvas px that hold the region's mask in every frame, if that was measured.
        placements: Where the picture lies, one a key that poses start from.
        tones: The picture's colour, in order; each holds until the next.
        restored: Where the restored detail lies, as ``placements``.
        away: Runs of frames, first and last, in which a head is turned too far for a flat picture;
            there the face fades out.
    """

    keys: tuple[int, ...]
    poses: Sequence[Pose]
    extent: Rect | None = None
    placements: tuple[Placement, ...] = ()
    tones: tuple[Tone, ...] = ()
    restored: tuple[Placement, ...] = ()
    away: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "poses", PoseTable.of(self.poses))
        frames = self._table.frames
        if frames != sorted(set(frames)):
            raise wrong("Region", "poses", "frames in order, each once", frames[:8])

    @property
    def _table(self) -> PoseTable:
        assert isinstance(self.poses, PoseTable)
        return self.poses

    def matrices(self, frames: int) -> list[Matrix33 | None]:
        """Return each frame's pose; ``None`` where the region is lost or not there."""
        table: list[Matrix33 | None] = [None] * frames
        for pose in self.poses:
            if pose.frame < frames and pose.confidence >= LOST:
                table[pose.frame] = pose.matrix
        return table

    def placed(
        self, frames: int, *, of: tuple[Placement, ...] | None = None
    ) -> list[Matrix33 | None]:
        """Return a picture's edge coordinates to each frame's canvas edge coordinates.

        Args:
            frames: Length of the table.
            of: Placements of another picture than the face's, such as ``restored``.
        """
        chosen = self.placements if of is None else of
        where = {placement.key: placement.matrix for placement in chosen}
        table: list[Matrix33 | None] = [None] * frames
        for pose in self.poses:
            start = where.get(self.keys[0] if pose.key is None else pose.key)
            if start is not None and pose.frame < frames and pose.confidence >= LOST:
                table[pose.frame] = compose(pose.matrix, start)
        return table

    def tone(self, frames: int) -> list[Tone]:
        """Return the picture's colour in each frame."""
        table = [Tone()] * frames
        for tone in self.tones:
            table[tone.first :] = [tone] * max(0, frames - tone.first)
        return table

    def turned_away(self) -> str:
        """Return the frames of ``away`` as text, such as "3 to 7, 12"; empty for none."""
        return runs_text(self.away)

    def farthest_turn(self) -> float:
        """Return the largest turn of all poses, degrees."""
        return max((hypot(pose.yaw, pose.pitch) for pose in self.poses), default=0.0)

    def to_json(self) -> dict[str, Any]:
        """Return its entry of ``track.json``."""
        return {
            "keys": list(self.keys),
            "extent": self.extent and self.extent.as_list(),
            "placements": _placements_to_json(self.placements),
            "restored": _placements_to_json(self.restored),
            "away": [list(run) for run in self.away],
            "tones": [
                {
                    "first": t.first,
                    "gain": t.gain,
                    "offset": list(t.offset),
                    "chroma": t.chroma,
                    "turn": t.turn,
                }
                for t in self.tones
            ],
            "frames": self._table.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read its entry of ``track.json``."""
        extent = data.get("extent")
        return cls(
            keys=tuple(int(k) for k in data["keys"]),
            extent=Rect.from_list(extent) if extent else None,
            placements=_placements_from_json(data.get("placements", ())),
            restored=_placements_from_json(data.get("restored", ())),
            away=tuple((int(first), int(last)) for first, last in data.get("away", ())),
            tones=tuple(
                Tone(
                    first=int(t["first"]),
                    gain=float(t["gain"]),
                    offset=_triple(t["offset"]),
                    chroma=float(t["chroma"]),
                    turn=float(t["turn"]),
                )
                for t in data.get("tones", ())
            ),
            poses=PoseTable.from_json(data["frames"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """All tracked regions by name (``face``, ``foreground``).

    Attributes:
        regions: The regions.
        picture: Files of the prepared face picture, relative to the work folder: ``picture``
            and ``alpha``; empty without one.
        detail: File of the face's restored detail, relative to the work folder, or ``None``.
    """

    regions: Mapping[str, Region]
    picture: Mapping[str, str] = field(default_factory=dict)
    detail: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``track.json``."""
        return {
            "picture": dict(self.picture),
            "detail": self.detail,
            "regions": {name: region.to_json() for name, region in self.regions.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read ``track.json``."""
        regions = {name: Region.from_json(entry) for name, entry in data["regions"].items()}
        picture = dict(data.get("picture", {}))
        return cls(regions=regions, picture=picture, detail=data.get("detail"))


def _placements_to_json(placements: Iterable[Placement]) -> list[dict[str, Any]]:
    return [{"key": p.key, "matrix": [list(row) for row in p.matrix]} for p in placements]


def _placements_from_json(entries: Iterable[Mapping[str, Any]]) -> tuple[Placement, ...]:
    return tuple(Placement(key=int(p["key"]), matrix=_matrix(p["matrix"])) for p in entries)


def _triple(values: Iterable[float]) -> tuple[float, float, float]:
    a, b, c = values
    return a + 0.0, b + 0.0, c + 0.0  # what is no number is refused, twice as fast as by float()


def _matrix(rows: Iterable[Iterable[float]]) -> Matrix33:
    a, b, c = rows
    return _triple(a), _triple(b), _triple(c)
