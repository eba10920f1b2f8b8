"""Routes of the two releases: which films lie beside the `meme.toml`, and which are meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomlkit

from ....errors import UsageError, UserError
from ..edits.toml_edits import put_value
from ..session import Session
from ..web import Route, json_object, version_asked

FILMS = (
    ".mkv", ".mp4", ".m4v", ".mov", ".avi", ".ts", ".m2ts", ".mts", ".vob", ".webm", ".mpg",
    ".mpeg", ".iso", ".vpy",
)  # fmt: skip
MOST_FILMS = 500


class SourcesRoom:
    """Answers which films there are. A page chooses from this list and names no other file.

    Args:
        session: The project.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def routes(self) -> list[Route]:
        """Return the routes below the token."""
        return [("GET", "sources", self._list), ("POST", "sources", self._set)]

    def _films(self) -> dict[str, Path]:
        files = sorted(self._session.folder.iterdir(), key=lambda path: path.name.lower())
        return {
            path.name: path
            for path in files[:MOST_FILMS]
            if path.suffix.lower() in FILMS and not path.name.startswith(".") and path.is_file()
        }

    def _list(self) -> dict[str, Any]:
        films = [
            {"name": name, "megabytes": round(path.stat().st_size / 1e6, 1)}
            for name, path in self._films().items()
        ]
        try:
            sources = self._session.project().config.sources
        except UserError:
            return {"films": films, "wide": None, "dvd": None}
        return {"films": films, "wide": _named(sources.wide), "dvd": _named(sources.dvd)}

    def _set(self) -> dict[str, Any]:
        body, films = json_object(), self._films()
        names = {role: body.get(role) for role in ("wide", "dvd")}
        for role, name in names.items():
            if not isinstance(name, str) or name not in films:
                raise UsageError(f"sources.{role}: expected one of the listed films")

        def edit(document: tomlkit.TOMLDocument) -> None:
            for role, name in names.items():
                put_value(document, "sources", role, str(name))

        self._session.file.change("sources", version_asked(body), edit)
        return self._session.written()


def _named(given: Path | tuple[Path, ...]) -> str:
    """Name a release; one of several files by all of them."""
    return given.name if isinstance(given, Path) else ", ".join(path.name for path in given)
