"""Which film is which: by size, time and a sampled hash, wherever it lies."""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from .artifact import atomic_path, locked

SAMPLES, SAMPLE_BYTES = 8, 1 << 18
"""2 MiB of a film, spread over all of it, head and tail among them: two films never share them."""
_STORE = "cache/hashes.json"


def sampled_sha256(path: Path) -> str:
    """Return a SHA-256 over a file's size and samples of it; of a small file, all of it."""
    size = path.stat().st_size
    digest = hashlib.sha256(f"{size}:".encode())
    with path.open("rb") as stream:
        if size <= SAMPLES * SAMPLE_BYTES:
            digest.update(stream.read())
        else:
            for n in range(SAMPLES):
                stream.seek((size - SAMPLE_BYTES) * n // (SAMPLES - 1))
                digest.update(stream.read(SAMPLE_BYTES))
    return digest.hexdigest()


def identity(path: Path, *, work: Path) -> dict[str, Any]:
    """Identify a source by size, modification time and a sampled hash that is taken once.

    Args:
        path: The file.
        work: Work folder; hashes are kept in its ``cache/hashes.json``.

    Returns:
        ``{"path", "size", "mtime_ns", "sha256"}``; the path is relative to the project's folder
        where the file lies in it.
    """
    stat = path.stat()
    known = known_identity(path, work=work)
    if known is None:
        known = {
            "size": stat.st_size,
            "mtime_ns": stat.st_mtime_ns,
            "sha256": sampled_digest(path),
        }
        store = work / _STORE
        with locked(store):
            hashes = _hashes(store) | {stored_path(path, folder=work.parent): known}
            with atomic_path(store) as part:
                part.write_text(json.dumps(hashes, indent=1), encoding="utf-8")
    return {"path": stored_path(path, folder=work.parent), **known}


def known_identity(path: Path, *, work: Path) -> dict[str, Any] | None:
    """Return a file's recorded identity if size and time still fit; never hashes."""
    stat = path.stat()
    hashes = _hashes(work / _STORE)
    known: dict[str, Any] | None = hashes.get(stored_path(path, folder=work.parent))
    if known and (known["size"], known["mtime_ns"]) == (stat.st_size, stat.st_mtime_ns):
        return known
    return None


def is_same(path: Path, then: dict[str, Any], *, work: Path) -> bool:
    """Tell whether a file is the one that was identified, whatever its time and place are now."""
    stat = path.stat()
    if stat.st_size != then.get("size"):
        return False
    if stat.st_mtime_ns == then.get("mtime_ns") and known_identity(path, work=work) is None:
        return True
    now = known_identity(path, work=work)
    digest = now["sha256"] if now else sampled_digest(path)
    return bool(digest == then.get("sha256"))


def stored_path(path: Path, *, folder: Path) -> str:
    """Return how artifacts name a file: relative to the project's folder, if it lies in it."""
    absolute = Path(os.path.normpath(path.absolute()))
    root = Path(os.path.normpath(folder.absolute()))
    if absolute.is_relative_to(root):
        return absolute.relative_to(root).as_posix()
    return str(absolute)


def sampled_digest(path: Path) -> str:
    """Return what ``sampled_sha256`` does, taken once while the file stays."""
    stat = path.stat()
    return _digest(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=32)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    return sampled_sha256(path)


def _hashes(store: Path) -> dict[str, Any]:
    try:
        data = json.loads(store.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
