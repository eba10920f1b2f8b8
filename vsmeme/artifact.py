"""Artifacts: JSON with a schema number, written whole or not at all, and the identity of files."""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from glob import escape
from itertools import batched
from pathlib import Path
from typing import Any
from uuid import uuid4

from .errors import ArtifactError, UsageError

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

type FilePath = str | os.PathLike[str]

SCHEMA = 1
YOUNG_S = 2.0  # a temporary file of this age may not be held yet
OLD_S = 86400.0  # where locks say nothing, a file untouched for this long belongs to nobody
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_ROWS = 64  # of a long list that are written at a time


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that guards an artifact; waits for other processes.

    Where the file system has no locks, as NFS without its lock service, a file that exists while
    the lock is held takes their place; one that a killed process left on this machine is ignored.

    Args:
        path: The artifact; the lock file lies beside it, named ``.<name>.lock``.
    """
    from filelock import BaseFileLock, FileLock, SoftFileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    lock: BaseFileLock = FileLock(path.with_name(f".{path.name}.lock"), fallback_to_soft=False)
    try:
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        if not _without_locks(error):
            raise
        lock = SoftFileLock(path.with_name(f".{path.name}.softlock"))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _without_locks(error: Exception) -> bool:
    return isinstance(error, NotImplementedError) or (
        isinstance(error, OSError) and error.errno in NO_LOCKS
    )


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path of the same suffix that becomes ``path`` when the block succeeds.

    What a killed process has left of the same artifact is removed on the way.

    Args:
        path: Final name; its folder is made.

    Yields:
        A path in the same folder. When the block raises, whatever lies there is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise UsageError(f"{path}: expected a file, got a folder")
    _sweep(path)
    part = path.with_name(f".{path.stem}.{uuid4().hex}.part{path.suffix}")
    part.touch(exist_ok=False)  # with the permissions that any new file gets, unlike mkstemp's
    try:
        with _held(part):
            yield part
            os.replace(part, path)  # noqa: PTH105 - the one atomic step
    finally:
        part.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove temporary files of an artifact that no living process holds."""
    for part in path.parent.glob(f".{escape(path.stem)}.*.part{escape(path.suffix)}"):
        with suppress(OSError):  # held, or gone already
            age = time.time() - part.stat().st_mtime
            if age > YOUNG_S:
                with _held(part) as sure:
                    if sure or age > OLD_S:
                        part.unlink()


@contextmanager
def _held(part: Path) -> Iterator[bool]:
    """Hold a file for as long as this process lives; an OSError if another one holds it.

    The lock lies on a file of its own, opened for writing: on NFS a lock wants that, and on SMB
    nobody could write to a locked file.

    Yields:
        Whether the lock says anything: not every file system has locks.
    """
    if fcntl is None:  # Windows: a file that somebody writes to can't be removed anyway
        yield True
        return
    name = part.with_name(f"{part.name}.held")
    with name.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            sure = True
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            sure = False
        try:
            yield sure
        finally:
            name.unlink(missing_ok=True)


def write_changed(path: Path, text: str) -> None:
    """Write a text file unless it holds that text already."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write an artifact under its lock: schema number first, temporary file, then rename.

    Args:
        path: The file.
        data: Its contents; an iterator among them is written as the list that it yields.
    """
    with locked(path), atomic_path(path) as part, part.open("w", encoding="utf-8") as file:
        file.writelines(_json_text({"schema": SCHEMA, **data}))
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())  # or the name could arrive before the contents


def _json_text(value: Any, lead: str = "\n") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield JSON in pieces, as the text of two hours' table is 100 MB; each row on one line.

    Args:
        value: What is left to write.
        lead: Line break and indentation of the line on which it begins.
    """
    inner = lead + " "
    if isinstance(value, Mapping) and value:
        for n, (key, entry) in enumerate(value.items()):
            yield f"{',' if n else '{'}{inner}{_encoded(str(key))}: "
            yield from _json_text(entry, inner)
        yield lead + "}"
    elif isinstance(value, Iterator) or (isinstance(value, list) and _has_rows(value)):
        before = "["
        for rows in batched(value, _ROWS):
            yield before + inner + f",{inner}".join(map(_encoded, rows))
            before = ","
        yield "[]" if before == "[" else lead + "]"
    else:
        yield _encoded(value)


def _has_rows(value: list[Any]) -> bool:
    return bool(value) and isinstance(value[0], dict | list)


def _encoded(value: Any) -> str:  # noqa: ANN401 - JSON
    from pydantic_core import to_json  # late; a sixth of the time for many numbers

    text = to_json(value).decode()
    if "NaN" in text or "Infinity" in text:
        json.dumps(value, allow_nan=False)  # raises, unless the words stand in a text
    return text


def read_json(path: Path, *, made_by: str) -> dict[str, Any]:
    """Read an artifact.

    Args:
        path: The JSON file.
        made_by: Command that makes it, named in the errors.

    Returns:
        Its contents, schema number included.

    Raises:
        ArtifactError: It is missing, not JSON, or of another schema.
    """
    from pydantic_core import from_json  # late; a third less time for many numbers

    hint = f"run {made_by} to make it"
    try:
        with uncollected():
            data = from_json(path.read_bytes(), allow_inf_nan=False)
    except FileNotFoundError:
        raise ArtifactError(f"{path}: missing; {hint}") from None
    except (ValueError, IsADirectoryError, RecursionError):
        raise ArtifactError(f"{path}: not a readable artifact; {hint} again") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ArtifactError(f"{path}: expected schema {SCHEMA}; {hint} again")
    return data


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many small objects without the collector walking over all of them again and again.

    A table of 200,000 rows takes a third of the time so.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's contents as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def json_sha256(data: object) -> str:
    """Return the SHA-256 of plain data, independent of key order."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
