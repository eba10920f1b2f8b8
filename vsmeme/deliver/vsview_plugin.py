"""A plugin of vsview: shots, scores and alarms of a project on its timeline, and as a list.

vsview loads it by its entry point; nothing else imports it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from vsview.api import PluginAPI, WidgetPluginBase, hookimpl, run_in_loop

from ..errors import UserError
from ..project import find_project
from .timeline_notes import TimelineNote, mark, timeline_notes


class ProjectNotes(WidgetPluginBase[Any, Any]):
    """What deserves a look in the project of the script that is shown."""

    identifier = "vsmeme_notes"
    display_name = "vsmeme"

    def __init__(self, parent: QWidget, api: PluginAPI) -> None:
        super().__init__(parent, api)
        self._told = QLabel("no project")
        self._told.setWordWrap(True)
        self._list = QListWidget()
        self._list.itemActivated.connect(self._go)
        self._list.itemClicked.connect(self._go)
        layout = QVBoxLayout(self)
        layout.addWidget(self._told)
        layout.addWidget(self._list)

    def on_workspace_loaded(self) -> None:
        """Read the project of the script, as the script itself finds it."""
        script = self.api.file_path
        if script is None:
            return
        try:
            notes = timeline_notes(find_project(None, script=str(Path(script))))
        except UserError as error:
            self._show(str(error), ())
        else:
            self._show(f"{len(notes)} notes", notes)

    @run_in_loop
    def _show(self, told: str, notes: tuple[TimelineNote, ...]) -> None:
        self._told.setText(told)
        self._list.clear()
        for note in notes:
            item = QListWidgetItem(f"{note.first}: {note.label}")
            item.setData(0x100, note.first)  # Qt.UserRole
            self._list.addItem(item)
        mark(self.api.timeline, notes)

    def _go(self, item: QListWidgetItem) -> None:
        self.api.playback.seek(int(item.data(0x100)))


@hookimpl
def vsview_register_tooldock() -> type[WidgetPluginBase[Any, Any]]:
    """Give vsview the dock."""
    return ProjectNotes
