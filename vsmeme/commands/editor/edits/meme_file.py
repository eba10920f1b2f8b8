"""The `meme.toml` that the page changes: comments kept, each change undoable, none lost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ....artifact import atomic_path, locked
from ....config_file import load_config
from ....errors import UsageError

CHANGES = 200
VERSION_DIGITS = 16


class VersionError(UsageError):
    """The file was changed by somebody else since the page last read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of the file.

    Attributes:
        label: What was done, for people.
        before: The text before it.
        after: The text after it.
    """

    label: str
    before: str
    after: str


class MemeFile:
    """A `meme.toml` with a version, and the changes that were made to it here.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._lock = Lock()

    @property
    def version(self) -> str:
        """Names the contents: another one where a single byte differs."""
        return _version(self.text())

    def text(self) -> str:
        """Return the contents, line ends and byte-order mark as they are."""
        try:
            return self.path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            raise UsageError(
                f"{self.path}: no such meme.toml; give its path, or make an empty one beside both "
                "releases and choose them on the page"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self.path}: {error}") from None

    @property
    def undoable(self) -> str | None:
        """What the last change was that can be taken back."""
        return self._done[-1].label if self._done else None

    @property
    def redoable(self) -> str | None:
        """What the last change was that was taken back."""
        return self._undone[-1].label if self._undone else None

    def change(
        self, label: str, version: str, edit: Callable[[tomlkit.TOMLDocument], None]
    ) -> None:
        """Change the file, or leave it as it is.

        Args:
            label: What is done, for people.
            version: The version that the change was made for.
            edit: Changes the document in place.

        Raises:
            VersionError: The file is another one by now.
            UsageError: The result would be no project.
        """
        with self._lock, locked(self.path):
            before = self.text()
            self._check(before, version)
            mark = before[:1] if before.startswith("\ufeff") else ""
            try:
                document = tomlkit.parse(before.removeprefix("\ufeff"))
                edit(document)
                after = mark + tomlkit.dumps(document)
            except (TOMLKitError, ValueError) as error:
                raise UsageError(f"{self.path}: {error}") from None
            if after != before:
                self._write(after)
                self._done = [
                    *self._done[-CHANGES:],
                    Change(label=label, before=before, after=after),
                ]
                self._undone = []

    def undo(self, version: str) -> str:
        """Take the last change back; returns its label."""
        with self._lock, locked(self.path):
            if not self._done:
                raise UsageError("nothing to undo")
            last = self._done[-1]
            self._restore(version, last.after, last.before)
            self._undone.append(self._done.pop())
            return last.label

    def redo(self, version: str) -> str:
        """Make the change again that was taken back last; returns its label."""
        with self._lock, locked(self.path):
            if not self._undone:
                raise UsageError("nothing to redo")
            last = self._undone[-1]
            self._restore(version, last.before, last.after)
            self._done.append(self._undone.pop())
            return last.label

    def _restore(self, version: str, expected: str, text: str) -> None:
        now = self.text()
        self._check(now, version)
        if now != expected:
            raise VersionError(f"{self.path.name} was changed elsewhere since; nothing is undone")
        self._write(text)

    def _check(self, text: str, version: str) -> None:
        if version != _version(text):
            raise VersionError(
                f"{self.path.name} was changed elsewhere (another page or a text editor); "
                "it was read again, repeat the change"
            )

    def _write(self, text: str) -> None:
        """Write a text that is a project; the file stays as it is where it would be none."""
        with atomic_path(self.path) as part:
            part.write_bytes(text.encode("utf-8"))
            try:
                load_config(part)
            except UsageError as error:
                raise UsageError(str(error).replace(str(part), self.path.name)) from None


def _version(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:VERSION_DIGITS]
