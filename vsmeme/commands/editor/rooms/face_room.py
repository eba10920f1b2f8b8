"""Routes of the silly face: its picture, where it lies in every frame, what is written of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import bottle  # type: ignore[import-untyped]
import cv2
import numpy as np
import tomlkit
from pydantic import TypeAdapter, ValidationError

from .... import readers
from ....artifact import json_sha256
from ....artifact_cache import FileState, file_state
from ....errors import UsageError, UserError
from ....pixels.matrix import Matrix33
from ....settings.subject_settings import FacePlacement
from ....subject.prepare.face_picture import Picture, read_picture, turned_left_to_right
from ....subject.track import Region
from ..edits.face_edits import put_placement
from ..edits.toml_edits import put_value, short
from ..pictures.blended_face import BlendedFace
from ..session import Session
from ..uploads import checked_picture, kept_upload
from ..web import Route, json_object, picture_body, sent, version_asked

MOST_ROWS = 480
_PLACEMENT = TypeAdapter(FacePlacement)
_PLACEMENTS = TypeAdapter(tuple[FacePlacement, ...])


class FaceRoom:
    """Answers what the face's view asks.

    Args:
        session: The project.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._blending = BlendedFace(session.layers, session.cache)
        session.listeners.append(self._facts)

    def routes(self) -> list[Route]:
        """Return the routes below the token."""
        return [
            ("GET", "face/picture", self._picture),
            ("GET", "face/rows/<first:int>/<count:int>", self._rows),
            ("POST", "face/place", self._place),
            ("POST", "face/blended", self._blended),
            ("POST", "face/look", self._look),
            ("POST", "face/upload", self._upload),
        ]

    def _facts(self) -> dict[str, Any]:
        """The picture's state, and what the settings say of it."""
        try:
            config = self._session.project().config
        except UserError:
            return {"face": None}
        face, path = config.face, config.sources.face
        stamp = file_state(path) if path else None
        facts = {
            "key": json_sha256([stamp, face.mirror])[:12] if stamp else "",
            "name": path.name if path else "",
            "mirror": face.mirror,
            "opacity": face.opacity,
            "blend": face.blend,
            "feather": config.segment.feather,
            "placements": _PLACEMENTS.dump_python(face.placements, mode="json"),
        }
        return {"face": facts}

    def _prepared(self) -> Picture:
        project = self._session.project()
        path = project.config.sources.face
        if path is None:
            raise UsageError("no face picture yet: choose one")
        picture = _read(path, file_state(path))
        return turned_left_to_right(picture) if project.config.face.mirror else picture

    def _picture(self) -> bytes:
        picture = self._prepared()
        pixels = np.dstack([picture.rgb[..., ::-1], picture.alpha])
        return sent(cv2.imencode(".png", np.ascontiguousarray(pixels))[1].tobytes(), "image/png")

    def _rows(self, first: int, count: int) -> list[dict[str, Any]]:
        """Return each frame's pose and where the picture lies, nine numbers each, or null."""
        made = self._session.made()
        length = len(readers.timeline(made))
        try:
            region = readers.track(made).regions.get("face")
        except UserError:
            region = None
        poses, placed = _tables(region, length)
        last = min(length, first + min(count, MOST_ROWS))
        shown = range(max(0, first), last)
        return [{"pose": _flat(poses[n]), "placed": _flat(placed[n])} for n in shown]

    def _place(self) -> dict[str, Any]:
        """Write where the picture lies in one shot; without a placement: found by itself again."""
        body, session = json_object(), self._session
        cuts = readers.shots(session.made())
        frame = _frame(body, cuts.length)
        values = _checked(body.get("placement"), frame)
        number = cuts.index(frame)

        def edit(document: tomlkit.TOMLDocument) -> None:
            put_placement(document, cuts.shots[number], values, alone=len(cuts) == 1)

        session.file.change(f"face in shot {number}", version_asked(body), edit)
        return {**session.written(), "shot": number}

    def _blended(self) -> bytes:
        """Answer with the face as the film will show it where it is laid; a header says where."""
        body, made = json_object(), self._session.made()
        frame = _frame(body, readers.shots(made).length)
        values = _checked(body.get("placement"), frame)
        if values is None:
            raise UsageError("placement: expected a table")
        placement = _PLACEMENT.validate_python(values)
        config = self._session.project().config
        blended = self._blending.on_frame(frame, self._prepared(), placement, config)
        if blended is None:
            raise UsageError("placement: lies outside of the picture")
        rect = blended.rect
        bottle.response.set_header("X-Window", json.dumps([rect.x, rect.y, rect.w, rect.h]))
        return sent(blended.data, "image/jpeg")

    def _look(self) -> dict[str, Any]:
        """Set mirror, opacity and blend."""
        body, session = json_object(), self._session
        values = {key: body[key] for key in ("mirror", "opacity", "blend") if key in body}

        def edit(document: tomlkit.TOMLDocument) -> None:
            for key, value in values.items():
                if not isinstance(value, bool | int | float | str):
                    raise UsageError(f"face.{key}: expected a plain value")
                put_value(document, "face", key, value)

        session.file.change("look of the face", version_asked(body), edit)
        return session.written()

    def _upload(self) -> dict[str, Any]:
        """Keep an uploaded picture beside the project; it is read once before it is named."""
        session, version = self._session, version_asked()
        data = picture_body()
        ending, _ = checked_picture(data)
        path = kept_upload(session.folder, "face", data, ending)
        try:
            read_picture(path)
        except UserError:
            path.unlink(missing_ok=True)
            raise
        session.file.change(
            "face picture", version, lambda d: put_value(d, "sources", "face", path.name)
        )
        return {**session.written(), "name": path.name}


@lru_cache(maxsize=2)
def _read(path: Path, state: FileState | None) -> Picture:
    """Read a picture once while its file stays."""
    return read_picture(path)


def _tables(
    region: Region | None, length: int
) -> tuple[list[Matrix33 | None], list[Matrix33 | None]]:
    """Poses from the key frame, and places of the picture, frame by frame."""
    if region is None or not region.poses:
        return [None] * length, [None] * length
    return region.matrices(length), region.placed(length)


def _flat(matrix: Matrix33 | None) -> list[float] | None:
    return None if matrix is None else [value for row in matrix for value in row]


def _frame(body: Mapping[str, Any], length: int) -> int:
    """Check which frame is meant."""
    frame = body.get("frame")
    if isinstance(frame, bool) or not isinstance(frame, int) or not 0 <= frame < length:
        raise UsageError(f"frame: expected a pair below {length}, got {frame!r}"[:200])
    return frame


def _checked(placement: object, frame: int) -> dict[str, Any] | None:
    """Check a placement as the settings do, and round it for people."""
    if placement is None:
        return None
    if not isinstance(placement, dict):
        raise UsageError("placement: expected a table")
    try:
        given = _PLACEMENT.validate_python({**placement, "frame": frame})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"placement.{where}: {first['msg']}") from None
    return {
        "centre": [short(v, 2) for v in given.centre],
        "width": short(given.width, 2),
        "angle": short(given.angle, 2),
        "frame": frame,
    }
