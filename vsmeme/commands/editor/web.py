"""The editor's server: guarded routes on the loopback device, plain files, one line an error."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from socketserver import ThreadingMixIn
from threading import BoundedSemaphore, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import bottle  # type: ignore[import-untyped]

from ...errors import ArtifactError, UserError
from ...progress import log
from .edits.meme_file import VersionError
from .gate import CONTENT_RULES, LOOPBACK, Gate

type Route = tuple[str, str, Callable[..., Any]]
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
CONNECTIONS = 64
IDLE_S = 30  # a connection that says nothing for as long is closed


class _Handler(WSGIRequestHandler):
    timeout = IDLE_S

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        log.debug(format, *args)


class _Server(ThreadingMixIn, WSGIServer):
    """Browsers open connections ahead of their use: one that waits must not block the others."""

    daemon_threads = True
    request_queue_size = CONNECTIONS

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()
        self.places = BoundedSemaphore(CONNECTIONS)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        with self.places:
            super().process_request_thread(request, client_address)


class _Server6(_Server):
    address_family = socket.AF_INET6


class EditorServer:
    """Serves routes under a random token.

    Args:
        routes: Method, path below the token, and what answers: bytes, text or JSON data.
        host: The device; the loopback unless somebody asks for more.
        port: Its port; 0 for any.

    Attributes:
        address: What to open.
    """

    def __init__(self, routes: Iterable[Route], *, host: str = LOOPBACK, port: int = 0) -> None:
        app = bottle.Bottle(catchall=True)
        app.default_error_handler = _plain_error
        app.add_hook("before_request", self._guard)
        app.add_hook("after_request", _harden)
        self._pages = dict(_pages(files("vsmeme.commands.editor").joinpath("static")))
        own: list[Route] = [
            ("GET", "", self._index),
            ("GET", "page/<name:path>", self._page),
            ("POST", "done", self._done),
        ]
        for method, path, answer in (*own, *routes):
            app.route(f"/<token>/{path}", method=method, callback=_answering(answer))
        kind = _Server6 if ":" in host else _Server
        self._server = make_server(host, port, app, kind, _Handler)
        self._gate = Gate(host=host, port=self._server.server_port)
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{_reachable(shown)}:{self._gate.port}/{self._gate.token}/"

    def serve(self) -> None:
        """Answer until the page says that it is done."""
        with self._server:
            self._server.serve_forever(poll_interval=0.2)

    def _guard(self) -> None:
        refusal = self._gate.refusal(bottle.request.environ)
        if refusal:
            raise bottle.HTTPResponse(refusal.reason, refusal.status)

    def _index(self) -> bytes:
        return self._page("index.html")

    def _page(self, name: str) -> bytes:
        """Answer with one of our own files: a name that is not in the list opens nothing."""
        page = self._pages.get(name)
        kind = KINDS.get(name[name.rfind(".") :])
        if page is None or kind is None:
            raise bottle.HTTPResponse("no such page", 404)
        bottle.response.content_type = kind
        return page.read_bytes()

    def _done(self) -> dict[str, Any]:
        Thread(target=self._server.shutdown).start()  # waits for the loop: not from within it
        return {}


def _pages(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    """Name the files of a folder as the page does, those of its folders, too."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _pages(entry, f"{above}{entry.name}/")
        else:
            yield above + entry.name, entry


def _answering(answer: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what a person can mend into one line with a status."""

    def answered(token: str, **parts: Any) -> Any:  # noqa: ANN401 - whatever bottle takes
        try:
            made = answer(**parts)
        except VersionError as error:
            raise bottle.HTTPResponse(str(error), 409) from None
        except ArtifactError as error:  # not made yet, or no longer
            raise bottle.HTTPResponse(_one_line(error), 404) from None
        except (UserError, OSError) as error:
            raise bottle.HTTPResponse(_one_line(error), 400) from None
        if isinstance(made, list):
            bottle.response.content_type = "application/json"
            return json.dumps(made)
        return made

    return answered


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _plain_error(error: bottle.HTTPError) -> str:
    """Say what went wrong without a page of HTML and without our own files' names."""
    bottle.response.content_type = "text/plain; charset=utf-8"
    if error.exception is not None:
        log.error("editor: %s: %s", type(error.exception).__name__, error.exception)
        return "internal error: see the log of the editor"
    return str(error.body)


def _harden() -> None:
    for name, value in (
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", CONTENT_RULES),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ):
        if name not in bottle.response.headers:
            bottle.response.set_header(name, value)


def _reachable(host: str) -> str:
    """Return an address that other machines of the network can open."""
    if host not in ("0.0.0.0", "[::]"):  # noqa: S104 - compared, not bound
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))  # nothing is sent: it only chooses a device
            return str(probe.getsockname()[0])
        except OSError:
            return LOOPBACK


def _body() -> bytes:
    """Read the body, whose length the gate has checked."""
    environ = bottle.request.environ
    data: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return data


def json_body() -> Any:  # noqa: ANN401 - JSON
    """Return the request's JSON.

    Raises:
        bottle.HTTPResponse: 400 where it is none.
    """
    try:
        return json.loads(_body())
    except (ValueError, RecursionError):
        raise bottle.HTTPResponse("expected JSON", 400) from None


def json_object() -> dict[str, Any]:
    """Return the request's JSON object."""
    data = json_body()
    if not isinstance(data, dict):
        raise bottle.HTTPResponse("expected a JSON object", 400)
    return data


def picture_body() -> bytes:
    """Return the bytes of an uploaded picture."""
    if bottle.request.content_type.startswith("application/json"):
        raise bottle.HTTPResponse("expected a picture", 415)
    return _body()


def version_asked(body: Mapping[str, Any] | None = None) -> str:
    """Return the version of the file that a change was made for.

    Args:
        body: The request's JSON; without it, the address says it.
    """
    given = bottle.request.query.get("version", "") if body is None else body.get("version", "")
    return str(given)


def sent(data: bytes, kind: str) -> bytes:
    """Answer with bytes of a kind."""
    bottle.response.content_type = kind
    return data
