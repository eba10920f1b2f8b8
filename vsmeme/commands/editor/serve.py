"""The editor put together: rooms, server, and the thread that makes pictures ahead."""

from __future__ import annotations

from pathlib import Path

from ...progress import log
from .gate import LOOPBACK
from .jobs import Jobs
from .pictures.frame_maker import FrameMaker
from .rooms.face_room import FaceRoom
from .rooms.film_room import FilmRoom
from .rooms.match_room import MatchRoom
from .rooms.run_room import RunRoom
from .rooms.sources_room import SourcesRoom
from .rooms.subject_room import SubjectRoom
from .session import Session
from .web import EditorServer


class Editor:
    """One project's page.

    Args:
        session: The project.
        host: The device to serve; the loopback unless somebody asks for more.
        port: Its port; 0 for any.

    Attributes:
        address: What to open.
    """

    def __init__(self, session: Session, *, host: str = LOOPBACK, port: int = 0) -> None:
        self._jobs = Jobs()
        self._maker = FrameMaker(session.layers, session.store, busy=lambda: self._jobs.running)
        rooms = (
            FilmRoom(session, self._maker),
            MatchRoom(session),
            SubjectRoom(session),
            FaceRoom(session),
            SourcesRoom(session),
            RunRoom(session, self._jobs),
        )
        routes = [route for room in rooms for route in room.routes()]
        self._server = EditorServer(routes, host=host, port=port)
        self.address = self._server.address

    def serve(self) -> None:
        """Answer until the page says that it is done."""
        self._maker.start()
        try:
            self._server.serve()
        finally:
            self._maker.stop()
            self._jobs.stop()


def edit(path: Path, *, host: str = LOOPBACK, port: int = 0, view: str = "") -> None:
    """Open the page of a project and wait until it is done.

    Args:
        path: The `meme.toml`.
        host: The device to serve.
        port: Its port; 0 for any.
        view: Which part of the page opens first: film, match, subject, face or run.
    """
    session = Session(path)
    session.file.text()  # one line where it cannot be read
    editor = Editor(session, host=host, port=port)
    log.info("open %s%s", editor.address, f"#{view}" if view else "")
    log.info("stop with Ctrl-C or the page's Done")
    editor.serve()
