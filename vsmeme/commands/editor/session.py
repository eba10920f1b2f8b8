"""One project on one page: its file, its layers, their pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from ...artifact_cache import FileState, file_state
from ...config_file import project_file
from ...errors import UserError
from ...project import Project, load_project
from .edits.meme_file import MemeFile
from .pictures.frame_store import FrameStore
from .pictures.layers import LAYER_KINDS, LayerFacts, Layers
from .pictures.made_project import MadeProject


class Session:
    """What all rooms of the page share.

    Args:
        path: The `meme.toml`; it may still lack its sources.
    """

    def __init__(self, path: Path) -> None:
        self.file = MemeFile(project_file(path.absolute()))
        self.folder = self.file.path.parent
        self._known: tuple[FileState | None, Project] | None = None
        self._lock = Lock()
        self.layers = Layers(self.made)
        self.store = FrameStore(self.layers, self.cache)
        self.listeners: list[Callable[[], dict[str, Any]]] = []

    def cache(self) -> Path:
        """Return the folder of what can be made again."""
        return self.folder / "work" / "cache" / "editor"

    def project(self) -> Project:
        """Return the project as its file says now.

        Raises:
            UsageError: The file is no project.
        """
        with self._lock:
            state = file_state(self.file.path)
            if self._known is None or self._known[0] != state:
                self._known = state, load_project(self.file.path)
            return self._known[1]

    def made(self) -> MadeProject:
        """Return the project as its artifacts show it, whatever was set since."""
        now = self.project()
        return MadeProject(file=now.file, config=now.config)

    def layer_facts(self) -> dict[str, LayerFacts]:
        """Return every layer as it is now; none where the project cannot be read."""
        try:
            return self.layers.facts()
        except UserError as error:
            return {k.name: LayerFacts(kind=k, absent=str(error)) for k in LAYER_KINDS}

    def written(self) -> dict[str, Any]:
        """Return what every answer to a change carries: the new version, what can be undone."""
        return {
            "version": self.file.version,
            "undo": self.file.undoable,
            "redo": self.file.redoable,
        }
