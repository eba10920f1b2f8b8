"""The people of a shot on disk: looking for them costs seconds, and is done once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....arrays.stamped_archive import read_archive, write_archive
from ..face_detectors.base import Face
from .identity import Looks
from .sightings import Person, Sighting

ARRAYS = ("clothes", "features", "embedding")


def save_people(path: Path, stamp: str, people: Sequence[Person]) -> None:
    """Keep the people of a shot.

    Args:
        path: The file, ending in `.npz`.
        stamp: What they were looked for in.
        people: In their order.
    """
    arrays: dict[str, Any] = {}
    rows = []
    for person in people:
        seen = []
        for sighting in person.sightings:
            face, looks = sighting.face, sighting.looks
            name = f"{len(arrays)}"
            arrays[f"{name}.mesh"] = np.array(face.mesh, np.float64).reshape(-1, 2)
            for part in ARRAYS:
                if (value := getattr(looks, part)) is not None:
                    arrays[f"{name}.{part}"] = value
            box = [face.x, face.y, face.w, face.h, face.score]
            seen.append([sighting.frame, name, [float(v) for v in box], face.points, looks.turn])
        rows.append({"area": float(person.area), "sightings": seen})
    write_archive(path, stamp, rows, arrays)


def load_people(path: Path, stamp: str) -> list[Person] | None:
    """Read the people of a shot; `None` where they were not looked for yet in this film."""
    return read_archive(path, stamp, _people)


def _people(kept: Any, rows: list[dict[str, Any]]) -> list[Person]:  # noqa: ANN401 - an archive
    return [
        Person(
            sightings=tuple(_sighting(kept, *seen) for seen in row["sightings"]),
            area=row["area"],
        )
        for row in rows
    ]


def _sighting(
    kept: Any,  # noqa: ANN401 - an open archive
    frame: int,
    name: str,
    box: list[float],
    points: list[list[float]],
    turn: list[float],
) -> Sighting:
    x, y, w, h, score = box
    mesh = tuple((float(a), float(b)) for a, b in kept[f"{name}.mesh"])
    face = Face(x=x, y=y, w=w, h=h, score=score, points=tuple((a, b) for a, b in points), mesh=mesh)
    looks = Looks(
        clothes=kept.get(f"{name}.clothes"),
        features=kept[f"{name}.features"],
        turn=(turn[0], turn[1]),
        embedding=kept.get(f"{name}.embedding"),
    )
    return Sighting(frame=frame, face=face, looks=looks)
