"""Routes of the subject: the mask of prompts at once, painted masks, whose face it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import bottle  # type: ignore[import-untyped]
import cv2
import numpy as np
from pydantic import TypeAdapter, ValidationError

from ....arrays.images import Image
from ....errors import UsageError, UserError
from ....masks.prepare.canvas_frames import CanvasFrames
from ....masks.prepare.cut_by_box import cut_sides
from ....masks.prepare.face_detectors.choose import detect_faces
from ....masks.prepare.hints import Hints, collect_hints
from ....masks.prepare.key_frames import informed
from ....masks.prepare.motion_evidence import Neighbourhood
from ....masks.prepare.segmenters.base import Segmenter
from ....settings.subject_settings import Prompt
from ....steps.segment import open_frames
from ....sync.shots import Shots
from ..edits.prompt_edits import put_prompts
from ..edits.toml_edits import put_value
from ..session import Session
from ..uploads import kept_upload, painted_mask
from ..web import Route, json_object, picture_body, sent, version_asked
from .hero import hero_picture

_PROMPTS = TypeAdapter(list[Prompt])
SUBJECT_BGR, FACE_BGR = (60, 220, 90), (60, 60, 240)
COARSE_WIDTH = 480  # px: up to here a cut is quick at full size

Segment = Callable[[Image, Hints], Image]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What subjects are looked for in.

    Attributes:
        key: Names what it was made from.
        frames: The composite.
        shots: Its shots.
        segmenter: Shows the mask of prompts at once.
    """

    key: object
    frames: CanvasFrames
    shots: Shots
    segmenter: Segmenter


def segment_coarsely(segment: Segment, picture: Image, hints: Hints) -> Image:
    """Segment a large picture at half its size: a quarter of the time.

    Args:
        segment: A segmenter's method.
        picture: RGB, ``h x w x 3``.
        hints: In px of the picture.

    Returns:
        The mask, ``h x w``, 0 to 255.
    """
    height, width = picture.shape[:2]
    if width <= COARSE_WIDTH:
        return segment(picture, hints)
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    mask = segment(np.asarray(half, np.uint8), hints.scaled(0.5))
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


class SubjectRoom:
    """Answers what the subject's view asks.

    Args:
        session: The project.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = Lock()
        self._looking = Lock()  # held for seconds: a quick answer does not wait for it
        self._opened: Opened | None = None
        self._picture: tuple[object, int, Image] | None = None
        self._around: tuple[object, int, Neighbourhood] | None = None
        session.listeners.append(self._facts)

    def routes(self) -> list[Route]:
        """Return the routes below the token."""
        return [
            ("POST", "subject/mask", self._mask),
            ("POST", "subject/save", self._save),
            ("POST", "subject/painted/<region:re:foreground|face>/<n:int>", self._paint),
            ("GET", "subject/faces/<n:int>", self._faces),
            ("POST", "subject/who", self._who),
        ]

    def _facts(self) -> dict[str, Any]:
        """The prompts as the page may know them: without the paths of painted masks."""
        try:
            segment = self._session.project().config.segment
        except UserError:
            return {"prompts": [], "who": None}
        prompts = _PROMPTS.dump_python(list(segment.prompts), mode="json", exclude_none=True)
        for prompt in prompts:
            prompt["painted"] = "painted" in prompt
        who = segment.who.name if isinstance(segment.who, Path) else segment.who
        return {"prompts": prompts, "who": who}

    def _open(self) -> Opened:
        """Open the composite as it is now; called under the lock."""
        made = self._session.made()
        settings = made.config.segment
        key = (self._session.layers.key("composite"), settings.backend, settings.model)
        if self._opened is None or self._opened.key != key:
            frames, shots, segmenter = open_frames(made)
            self._opened = Opened(key=key, frames=frames, shots=shots, segmenter=segmenter)
        return self._opened

    def _frame(self, opened: Opened, n: int) -> Image:
        if not 0 <= n < opened.frames.length:
            raise UsageError(f"frame: expected a pair below {opened.frames.length}, got {n}")
        if self._picture is None or self._picture[:2] != (opened.key, n):
            self._picture = (opened.key, n, opened.frames.work(n))
        return self._picture[2]

    def _mask(self) -> bytes:
        """Answer with a prompt's mask; ``quick``: coarse, without what the frames around say of it.

        That takes a second or more; a header then says that there is more to know.
        """
        body = json_object()
        quick = body.pop("quick", False) is True
        with self._lock:
            opened = self._open()
            prompt = self._read([body])[0]
            if prompt.frame is None:
                raise UsageError("frame: expected the frame of the mask")
            table = collect_hints([prompt], opened.shots, canvas=opened.frames.size)
            hints = table[opened.shots.index(prompt.frame)][prompt.frame][prompt.region]
            picture = self._frame(opened, prompt.frame)
        known = hints.scaled(opened.frames.scale)
        # whether the frames around have a say in the mask
        hears = prompt.region == "foreground" and opened.segmenter.hears and not prompt.painted
        quick = quick and hears
        if hears and not quick:
            known = self._informed(opened, prompt.frame, known)
        with self._lock:
            segment = opened.segmenter.segment
            mask = segment_coarsely(segment, picture, known) if quick else segment(picture, known)
        bottle.response.set_header("X-Complete", "no" if quick else "yes")
        cut = cut_sides(mask, known.boxes) if prompt.region == "foreground" else ()
        bottle.response.set_header("X-Cut", ", ".join(cut))
        overlay = np.empty((*mask.shape, 4), np.uint8)
        overlay[..., :3] = SUBJECT_BGR if prompt.region == "foreground" else FACE_BGR
        overlay[..., 3] = mask // 2
        return sent(cv2.imencode(".png", overlay)[1].tobytes(), "image/png")

    def _informed(self, opened: Opened, n: int, own: Hints) -> Hints:
        """Hints as the segmentation itself will have them; the frames around are kept."""
        with self._looking:
            if self._around is None or self._around[:2] != (opened.key, n):
                shot = opened.shots.shots[opened.shots.index(n)]
                self._around = (opened.key, n, Neighbourhood(opened.frames, shot, n))
            return informed(own, self._around[2], opened.frames.work_size, opened.segmenter)

    def _save(self) -> dict[str, Any]:
        body, session = json_object(), self._session
        entries, removed = body.get("prompts", []), body.get("removed", [])
        if not isinstance(entries, list) or not isinstance(removed, list):
            raise UsageError("expected lists of prompts")
        prompts = self._read(entries)
        with self._lock:
            opened = self._open()
            collect_hints(prompts, opened.shots, canvas=opened.frames.size)
        prompts = [self._relative(prompt) for prompt in prompts]
        gone = [(prompt.frame, prompt.region) for prompt in self._read(removed)]
        session.file.change(
            "prompts",
            version_asked(body),
            lambda document: put_prompts(document, prompts, gone),
        )
        return {**session.written(), "saved": len(prompts), "removed": len(gone)}

    def _paint(self, region: str, n: int) -> dict[str, Any]:
        """Keep a painted mask as a PNG of the canvas's size, and name it in the prompts."""
        session, version = self._session, version_asked()
        data = picture_body()
        with self._lock:
            opened = self._open()
            self._frame(opened, n)
        png = painted_mask(data, opened.frames.size)
        path = kept_upload(session.folder / "painted", f"{region}-{n}", png, "png")
        file = path.relative_to(session.folder)
        prompt = _PROMPTS.validate_python([{"region": region, "frame": n, "painted": file}])[0]
        session.file.change(
            f"painted mask of frame {n}", version, lambda document: put_prompts(document, [prompt])
        )
        return {**session.written(), "file": file.as_posix()}

    def _faces(self, n: int) -> list[dict[str, Any]]:
        """Return the faces of a frame, canvas px, from left to right."""
        with self._lock:
            opened = self._open()
            faces = detect_faces(self._frame(opened, n))
        found = sorted((face.scaled(1 / opened.frames.scale) for face in faces), key=lambda f: f.x)
        return [
            {"box": [round(v, 1) for v in (f.x, f.y, f.w, f.h)], "score": round(f.score, 3)}
            for f in found
        ]

    def _who(self) -> dict[str, Any]:
        """Say who the subject is: the face of a frame, everybody, or whoever is seen most."""
        body, session = json_object(), self._session
        value: str | None = None
        if body.get("all") is True:
            value = "all"
        elif "frame" in body:
            data = self._hero(body)
            path = kept_upload(session.folder, "hero", data, "png")
            value = path.name
        session.file.change(
            "who the subject is",
            version_asked(body),
            lambda document: put_value(document, "segment", "who", value),
        )
        return {**session.written(), "who": value}

    def _hero(self, body: Mapping[str, Any]) -> bytes:
        frame, index = body.get("frame"), body.get("face")
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in (frame, index)):
            raise UsageError("expected frame and face as numbers")
        with self._lock:
            opened = self._open()
            picture = self._frame(opened, int(frame or 0))
            faces = sorted(detect_faces(picture), key=lambda f: f.x)
        if not 0 <= int(index or 0) < len(faces):
            raise UsageError(f"face: expected a number below {len(faces)}, got {index}")
        return hero_picture(picture, faces, int(index or 0))

    def _read(self, entries: list[Any]) -> list[Prompt]:
        """Check prompts of the page. A page names no file: painted masks are those of the settings.

        Raises:
            UsageError: A prompt is none.
        """
        known = {}
        for prompt in self._session.project().config.segment.prompts:
            if prompt.painted:
                known[prompt.frame, prompt.region] = prompt.painted
        read = []
        for number, entry in enumerate(entries):
            if not isinstance(entry, Mapping):
                raise UsageError(f"prompts.{number}: expected a table")
            painted = entry.get("painted") is True
            plain = {key: value for key, value in entry.items() if key != "painted"}
            try:
                prompt = _PROMPTS.validate_python([plain])[0]
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                where = ".".join(str(part) for part in first["loc"][1:])
                raise UsageError(f"prompts.{number}.{where}: {first['msg']}") from None
            file = known.get((prompt.frame, prompt.region)) if painted else None
            read.append(_painted(prompt, file))
        return read

    def _relative(self, prompt: Prompt) -> Prompt:
        """Name a painted mask as the file does: from its own folder, where that holds it."""
        if prompt.painted is None or not prompt.painted.is_relative_to(self._session.folder):
            return prompt
        return _painted(prompt, prompt.painted.relative_to(self._session.folder))


def _painted(prompt: Prompt, file: Path | None) -> Prompt:
    """Return a prompt with another painted mask."""
    return _PROMPTS.validate_python([{**_PROMPTS.dump_python([prompt])[0], "painted": file}])[0]
