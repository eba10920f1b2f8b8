"""A local page on which a person points at the subject; prompts go into `meme.toml`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from importlib.resources import files
from socketserver import ThreadingMixIn
from threading import Lock, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import bottle  # type: ignore[import-untyped]
import cv2
import numpy as np
from pydantic import TypeAdapter, ValidationError

from ....arrays.images import Image
from ....config import Prompt
from ....errors import UsageError, UserError
from ....progress import log
from ....project import Project
from ....sync.shots import Shots
from ..canvas_frames import CanvasFrames
from ..hints import Hints, collect_hints
from ..key_frames import informed
from ..motion_evidence import Neighbourhood
from ..segmenters.base import Segmenter
from .save_prompts import save_prompts

HOST = "127.0.0.1"
TOKEN_BYTES = 24
BODY_BYTES = 1 << 20
JPEG_QUALITY = 92
_PROMPTS = TypeAdapter(list[Prompt])


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        log.debug(format, *args)


class _Server(ThreadingMixIn, WSGIServer):
    """Browsers open connections ahead of their use: one that waits must not block the others."""

    daemon_threads = True


class PickPage:
    """Serves the page on the loopback device, under a random token.

    Args:
        project: Whose prompts are picked.
        frames: The composite.
        shots: Its shots.
        segmenter: Shows the mask of the prompts at once.

    Attributes:
        address: What to open.
    """

    def __init__(
        self, project: Project, frames: CanvasFrames, shots: Shots, segmenter: Segmenter
    ) -> None:
        self._project, self._frames = project, frames
        self._shots, self._segmenter = shots, segmenter
        self._token = secrets.token_urlsafe(TOKEN_BYTES)
        self._pictures: dict[int, Image] = {}
        self._around: Neighbourhood | None = None
        self._server = make_server(HOST, 0, self._app(), _Server, _Quiet)
        self._origin = f"http://{HOST}:{self._server.server_port}"
        self.address = f"{self._origin}/{self._token}/"
        self._lock = Lock()

    def serve(self) -> None:
        """Answer until the page says that it is done."""
        with self._server:
            self._server.serve_forever(poll_interval=0.2)

    def _app(self) -> bottle.Bottle:
        app = bottle.Bottle()
        app.add_hook("before_request", self._guard)
        for method, path, answer in (
            ("GET", "/<token>/", self._page),
            ("GET", "/<token>/state", self._state),
            ("GET", "/<token>/frame/<n:int>", self._frame),
            ("POST", "/<token>/mask", self._mask),
            ("POST", "/<token>/save", self._save),
            ("POST", "/<token>/done", self._done),
        ):
            app.route(path, method=method, callback=answer)
        return app

    def _guard(self) -> None:
        """Refuse whoever does not know the token, and pages of other origins."""
        request = bottle.request
        token = request.path.split("/")[1] if request.path.count("/") else ""
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            raise bottle.HTTPResponse("unknown address", 403)
        origin = request.get_header("Origin", self._origin)
        site = request.get_header("Sec-Fetch-Site", "none")
        host = f"http://{request.get_header('Host', '')}"
        if origin != self._origin or host != self._origin or site not in ("none", "same-origin"):
            raise bottle.HTTPResponse("foreign origin", 403)
        if (request.content_length or 0) > BODY_BYTES:
            raise bottle.HTTPResponse("too long", 413)

    def _page(self, token: str) -> str:
        nonce = secrets.token_urlsafe(12)
        page = files("vsmeme.masks.prepare.pick").joinpath("page.html").read_text(encoding="utf-8")
        bottle.response.content_type = "text/html; charset=utf-8"
        bottle.response.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
            f"form-action 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'",
        )
        bottle.response.set_header("Referrer-Policy", "no-referrer")
        bottle.response.set_header("Cache-Control", "no-store")
        return page.replace("NONCE", nonce)

    def _state(self, token: str) -> dict[str, Any]:
        prompts = _PROMPTS.dump_python(
            list(self._project.config.segment.prompts), mode="json", exclude_none=True
        )
        return {
            "canvas": list(self._frames.size),
            "length": self._frames.length,
            "shots": [[s.first, s.last] for s in self._shots.shots],
            "prompts": prompts,
        }

    def _frame(self, token: str, n: int) -> bytes:
        if n >= self._frames.length:
            raise bottle.HTTPResponse("no such frame", 404)
        picture = np.ascontiguousarray(self._picture(n)[..., ::-1])
        bottle.response.content_type = "image/jpeg"
        flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        return cv2.imencode(".jpg", picture, flags)[1].tobytes()

    def _picture(self, n: int) -> Image:
        with self._lock:
            if n not in self._pictures:
                self._pictures = {n: self._frames.work(n)}
            return self._pictures[n]

    def _mask(self, token: str) -> bytes:
        prompt = self._read([self._body()])[0]
        if prompt.frame is None:
            raise bottle.HTTPResponse("expected a frame", 400)
        try:
            table = collect_hints([prompt], self._shots, canvas=self._frames.size)
            hints = table[self._shots.index(prompt.frame)][prompt.frame][prompt.region]
            picture = self._picture(prompt.frame)
            with self._lock:
                mask = self._segmenter.segment(picture, self._informed(prompt, hints))
        except UserError as error:
            raise bottle.HTTPResponse(str(error), 400) from None
        bottle.response.content_type = "image/png"
        colour = (60, 220, 90) if prompt.region == "foreground" else (60, 60, 240)
        overlay = np.empty((*mask.shape, 4), np.uint8)
        overlay[..., :3] = colour
        overlay[..., 3] = mask // 2
        return cv2.imencode(".png", overlay)[1].tobytes()

    def _informed(self, prompt: Prompt, hints: Hints) -> Hints:
        """Hints as the segmentation itself will have them; the frames around are kept."""
        own = hints.scaled(self._frames.scale)
        if prompt.region != "foreground" or prompt.frame is None:
            return own
        if self._around is None or self._around.number != prompt.frame:
            shot = self._shots.shots[self._shots.index(prompt.frame)]
            self._around = Neighbourhood(self._frames, shot, prompt.frame)
        return informed(own, self._around, self._frames.work_size, self._segmenter)

    def _save(self, token: str) -> dict[str, Any]:
        body = self._body()
        prompts = self._read(body if isinstance(body, list) else [])
        try:
            collect_hints(prompts, self._shots, canvas=self._frames.size)
            save_prompts(self._project.file, prompts)
        except (UserError, OSError) as error:
            raise bottle.HTTPResponse(str(error), 400) from None
        log.info("%s: %d prompts saved", self._project.file, len(prompts))
        return {"saved": len(prompts)}

    def _done(self, token: str) -> dict[str, Any]:
        Thread(target=self._server.shutdown).start()  # waits for the loop: not from within it
        return {}

    def _body(self) -> Any:  # noqa: ANN401 - JSON
        try:
            return json.loads(bottle.request.body.read(BODY_BYTES))
        except ValueError:
            raise bottle.HTTPResponse("expected JSON", 400) from None

    def _read(self, entries: list[Mapping[str, Any]]) -> list[Prompt]:
        try:
            return _PROMPTS.validate_python(entries)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise bottle.HTTPResponse(f"{where}: {first['msg']}", 400) from None


def pick(project: Project, frames: CanvasFrames, shots: Shots, segmenter: Segmenter) -> None:
    """Open the page and wait until it is done.

    Raises:
        UsageError: The film has no frame to show.
    """
    if not frames.length:
        raise UsageError("pick: expected a film with frames, got none")
    page = PickPage(project, frames, shots, segmenter)
    log.info("open %s (stop with Ctrl-C or the page's Done)", page.address)
    page.serve()
