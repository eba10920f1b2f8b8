"""Routes of the film strip and the picture: state, frames, layers, loupe, undo."""

from __future__ import annotations

from typing import Any

import bottle  # type: ignore[import-untyped]
import cv2
import numpy as np
import vapoursynth as vs

from ....arrays.frames import to_array
from ....errors import UsageError, UserError
from ....pixels.rect import Rect
from ..pictures.frame_maker import FrameMaker
from ..pictures.layers import LAYER_NAMES
from ..session import Session
from ..web import Route, json_object, sent, version_asked
from .film_state import film_state, frame_rows

core = vs.core

LOUPE_PX = 240
STRIP_PX = 168


class FilmRoom:
    """Answers what the film strip and the stage ask.

    Args:
        session: The project.
        maker: Makes pictures ahead.
    """

    def __init__(self, session: Session, maker: FrameMaker) -> None:
        self._session, self._maker = session, maker

    def routes(self) -> list[Route]:
        """Return the routes below the token."""
        return [
            ("GET", "state", self._state),
            ("GET", "rows/<first:int>/<count:int>", self._rows),
            ("GET", "layer/<name:re:[a-z]+>/<n:int>", self._layer),
            ("GET", "thumb/<name:re:[a-z]+>/<n:int>", self._thumb),
            ("GET", "loupe/<name:re:[a-z]+>/<n:int>/<x:int>/<y:int>", self._loupe),
            ("POST", "watch", self._watch),
            ("POST", "undo", lambda: self._step_back("undo")),
            ("POST", "redo", lambda: self._step_back("redo")),
        ]

    def _state(self) -> dict[str, Any]:
        session = self._session
        film, problem = None, ""
        try:
            session.project()
        except UserError as error:
            problem = str(error)
        absent = problem
        if not problem:
            try:
                film = film_state(session.made())
            except UserError as error:
                absent = str(error)
        layers = [
            {"name": name, "title": facts.kind.title, "kind": facts.kind.kind,
             "key": facts.key, "absent": facts.absent}
            for name, facts in session.layer_facts().items()
        ]  # fmt: skip
        data = {
            **session.written(),
            "name": session.folder.name,
            "problem": problem,
            "film": film,
            "absent": absent,
            "layers": layers,
        }
        for listener in session.listeners:
            data |= listener()
        return data

    def _rows(self, first: int, count: int) -> list[dict[str, Any]]:
        return frame_rows(self._session.made(), first, count)

    def _layer(self, name: str, n: int) -> bytes:
        self._known(name)
        return sent(*self._session.store.picture(name, n))

    def _thumb(self, name: str, n: int) -> bytes:
        self._known(name)
        picture = self._session.store.array(name, n)
        height, width = picture.shape[:2]
        size = (STRIP_PX, max(1, round(STRIP_PX * height / width)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return sent(cv2.imencode(".jpg", small[..., ::-1])[1].tobytes(), "image/jpeg")

    def _loupe(self, name: str, n: int, x: int, y: int) -> bytes:
        """Cut a square out of a layer at full size, around a point in px of the layer."""
        self._known(name)
        clip = self._session.layers.clip(name).full
        if not 0 <= n < clip.num_frames:
            raise UsageError(f"{name}: expected a frame below {clip.num_frames}, got {n}")
        part = _square(clip, x, y)
        cut = core.std.CropAbs(clip, part.w, part.h, part.x, part.y)
        if clip.format.id != vs.RGB24:
            cut = core.resize.Point(cut, format=vs.RGB24)
        with cut.get_frame(n) as frame:
            picture = to_array(frame)
        return sent(
            cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes(), "image/png"
        )

    def _watch(self) -> dict[str, Any]:
        wish = json_object()
        known = {
            name: n for name, n in wish.items() if isinstance(n, int) and not isinstance(n, bool)
        }
        for name in known:
            self._known(name)
        self._maker.watch(known)
        return {}

    def _step_back(self, way: str) -> dict[str, Any]:
        version = version_asked(json_object())
        file = self._session.file
        label = file.undo(version) if way == "undo" else file.redo(version)
        return {**self._session.written(), "label": label}

    def _known(self, name: str) -> None:
        if name not in LAYER_NAMES:
            raise bottle.HTTPResponse("no such layer", 404)


def _square(clip: vs.VideoNode, x: int, y: int) -> Rect:
    """The square around a point, inside the clip and on its chroma grid."""
    width, height = (min(LOUPE_PX, side // 4 * 4) for side in (clip.width, clip.height))
    left = max(0, min(x - width // 2, clip.width - width)) // 4 * 4
    top = max(0, min(y - height // 2, clip.height - height)) // 4 * 4
    return Rect(x=left, y=top, w=width, h=height)
