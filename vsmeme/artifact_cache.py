"""Artifacts as they lie on the disk: each is read, hashed and parsed once while its file stays.

A long table is kept as what it stands for alone: its JSON takes several times as much memory.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from .artifact import file_sha256, read_json, uncollected

type FileState = tuple[int, int, int, int]
"""Inode, size, and the times of contents and entry in ns; they change whenever the file does."""
ARTIFACTS = 32  # more than a project has
LONG_BYTES = 1 << 20  # of a file whose JSON is let go once it was parsed
_contents: dict[Path, tuple[FileState | None, dict[str, Any]]] = {}


def file_state(path: Path) -> FileState | None:
    """Return what changes whenever a file is written or replaced; ``None`` without a file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def cached_json(path: Path, *, made_by: str) -> dict[str, Any]:
    """Read an artifact as `read_json` does; everybody gets the same dictionary, to read only."""
    return _json(path, made_by, file_state(path))


def cached_stamp(path: Path, *, made_by: str) -> Any:  # noqa: ANN401 - whatever is in the file
    """Return what an artifact says that it was made from."""
    return _stamp(path, made_by, file_state(path))


def cached_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's contents as hex."""
    return _sha256(path, file_state(path))


def cached_value[T](path: Path, parse: Callable[[dict[str, Any]], T], *, made_by: str) -> T:
    """Read an artifact as what it stands for.

    Args:
        path: The JSON file.
        parse: Makes it of the contents; the same function stands for the same result.
        made_by: Command that makes it, named in the errors.
    """
    value: T = _value(path, parse, made_by, file_state(path))
    return value


def _json(path: Path, made_by: str, state: FileState | None) -> dict[str, Any]:
    kept = _contents.get(path)
    if kept is None or kept[0] != state:
        for oldest in list(_contents)[: len(_contents) + 1 - ARTIFACTS]:
            _contents.pop(oldest, None)
        kept = _contents[path] = state, read_json(path, made_by=made_by)
    return kept[1]


@lru_cache(maxsize=ARTIFACTS)
def _stamp(path: Path, made_by: str, state: FileState | None) -> Any:  # noqa: ANN401
    return _json(path, made_by, state).get("made_from")


@lru_cache(maxsize=ARTIFACTS)
def _sha256(path: Path, state: FileState | None) -> str:
    return file_sha256(path)


@lru_cache(maxsize=ARTIFACTS)
def _value(
    path: Path, parse: Callable[[dict[str, Any]], Any], made_by: str, state: FileState | None
) -> Any:  # noqa: ANN401 - whatever the parser makes
    with uncollected():
        value = parse(_json(path, made_by, state))
        if state and state[1] >= LONG_BYTES:
            _contents.pop(path, None)
            gc.freeze()  # it lives on: the collector would look through it again and again
    return value
