"""What a worker without a shared folder has to be sent, and how it gets there."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from tqdm import tqdm

from ...artifact import json_sha256
from ...errors import UsageError
from ...media_identity import sampled_sha256
from ...progress import bar, log
from ...project import Project
from .crew import Crew
from .mirror import finish_file, lacking_files, write_part

CHUNK_BYTES = 8 << 20
NETWORKS = ("model", "restore_model")  # settings by which artifacts are known
CACHES = ("index", "media", "sections")  # of the project's cache: what opens the sources


class SentProject:
    """A project as files that are sent.

    Args:
        project: The project.

    Raises:
        UsageError: A source is a script, which reads nobody knows what.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        for role in ("wide", "dvd"):
            if any(path.suffix == ".vpy" for path in project.medium(role).files):
                raise UsageError(
                    f"{project.file}: sources.{role} is a script: its workers need a shared folder "
                    '([cluster] files = "shared")'
                )
        self.name = json_sha256([socket.gethostname(), str(project.file)])[:16]
        self._keys: dict[str, str] = {}

    @cached_property
    def _given(self) -> tuple[str, dict[str, Path]]:
        """The text of `meme.toml` with paths that hold on a worker, and the files it names."""
        import tomlkit

        table = tomlkit.parse(self._project.file.read_text(encoding="utf-8-sig"))
        table.pop("cluster", None)
        files: dict[str, Path] = {}
        _relocate(table, self._project.folder, files)
        return tomlkit.dumps(table), files

    def files(self, needs: Iterable[Path]) -> dict[str, str]:
        """Return the files that a part needs: path in the project, and a key of the contents.

        Args:
            needs: Files of the project's cache, beside what all parts need.
        """
        text, given = self._given
        own = {path.relative_to(self._project.folder).as_posix(): path for path in needs}
        files = {name: self._key(path) for name, path in {**given, **self._work, **own}.items()}
        return files | {self._project.file.name: json_sha256(text)}

    @cached_property
    def _work(self) -> dict[str, Path]:
        """Artifacts, and what opens the sources."""
        work, files = self._project.work, {}
        for path in sorted(work.rglob("*")):
            parts = path.relative_to(work).parts
            cached = parts[0] == "cache" and (len(parts) < 2 or parts[1] not in CACHES)
            if path.is_file() and not cached and not path.name.startswith("."):
                files[path.relative_to(self._project.folder).as_posix()] = path
        return files

    def _key(self, path: Path) -> str:
        stat = path.stat()
        name = f"{path} {stat.st_size} {stat.st_mtime_ns}"
        if name not in self._keys:
            self._keys[name] = f"{sampled_sha256(path)[:24]}-{stat.st_mtime_ns}"
        return self._keys[name]

    def send(self, crew: Crew, address: str, files: dict[str, str]) -> None:
        """Send a worker what it lacks.

        Args:
            crew: Its crew.
            address: Of the worker.
            files: What it needs, as `files` returned it.
        """
        lacking = _ask(crew, address, lacking_files, self.name, files)
        text, given = self._given
        sources = {**given, **self._work}
        sizes = {name: len(text) for name in lacking}
        for name in lacking:
            if name != self._project.file.name:
                sources.setdefault(name, self._project.folder / name)
                sizes[name] = sources[name].stat().st_size
        log.info("%d files, %.1f MB, are sent to %s", len(lacking), sum(sizes.values()) / 1e6,
                 address)  # fmt: skip
        shown: tqdm[Any] = bar(label="sending", total=sum(sizes.values()), unit="byte")
        with shown:
            for name in lacking:
                token, at, mtime_ns = uuid4().hex, 0, 0
                chunks: Iterator[bytes] = iter([text.encode()])
                if name != self._project.file.name:
                    chunks, mtime_ns = _chunks(sources[name]), sources[name].stat().st_mtime_ns
                for data in chunks:
                    _ask(crew, address, write_part, self.name, name, data=data, at=at, token=token)
                    at += len(data)
                    shown.update(len(data))
                _ask(crew, address, finish_file, self.name, name, key=files[name],
                     mtime_ns=mtime_ns, token=token)  # fmt: skip


def _ask(crew: Crew, address: str, function: Any, *args: Any, **more: Any) -> Any:  # noqa: ANN401
    return crew.client.run(function, *args, workers=[address], **more)[address]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield stream.read(CHUNK_BYTES)
        while data := stream.read(CHUNK_BYTES):
            yield data


def _relocate(table: Any, folder: Path, files: dict[str, Path]) -> None:  # noqa: ANN401
    """Make every path in a table relative, and note its files; those outside get a place inside."""
    items = enumerate(table) if isinstance(table, list) else table.items()
    for key, value in list(items):
        if isinstance(value, dict | list):
            _relocate(value, folder, files)
        elif isinstance(value, str) and (found := _located_file(folder, text := value)) is not None:
            name = found.name
            inside = found.is_relative_to(folder) and ".." not in found.parts
            if not inside and key in NETWORKS:
                raise UsageError(
                    f"{key}: {text}: to be sent, a network lies in the project's folder"
                )
            place = found.relative_to(folder) if inside else Path("given") / str(len(files)) / name
            parts = [path for path in found.rglob("*") if path.is_file()] or [found]
            for path in parts:
                files[(place / path.relative_to(found)).as_posix()] = path
            table[key] = place.as_posix()


def _located_file(folder: Path, text: str) -> Path | None:
    """Return the file or folder that a setting names, if it names one."""
    try:
        path = folder / Path(text).expanduser()
        return path if text and path.exists() and path != folder else None
    except (OSError, ValueError, RuntimeError):
        return None
