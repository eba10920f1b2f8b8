"""Which film is which: by size, time and a sampled hash, wherever it lies."""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from .artifact import atomic_path, locked

type Media = Path | tuple[Path, ...]
"""A file, or the files that make one release together."""

SAMPLES, SAMPLE_BYTES = 8, 1 << 18
"""2 MiB of a film, spread over all of it, head and tail among them: two films never share them."""
SAMPLED_FILES = 32  # of many images; of the others the size counts
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


def identity(path: Media, *, work: Path) -> dict[str, Any]:
    """Identify a source by size, modification time and a sampled hash that is taken once.

    Args:
        path: The file, or all files of it: their sizes together and the latest time.
        work: Work folder; hashes are kept in its ``cache/hashes.json``.

    Returns:
        ``{"path", "size", "mtime_ns", "sha256"}``; the path is relative to the project's folder
        where the file lies in it.
    """
    known = known_identity(path, work=work)
    if known is None:
        size, mtime_ns = _state(path)
        known = {"size": size, "mtime_ns": mtime_ns, "sha256": sampled_digest(path)}
        store = work / _STORE
        with locked(store):
            hashes = _hashes(store) | {_entry(path, folder=work.parent): known}
            with atomic_path(store) as part:
                part.write_text(json.dumps(hashes, indent=1), encoding="utf-8")
    return {"path": stored_path(_first(path), folder=work.parent), **known}


def known_identity(path: Media, *, work: Path) -> dict[str, Any] | None:
    """Return a file's recorded identity if size and time still fit; never hashes."""
    hashes = _hashes(work / _STORE)
    known: dict[str, Any] | None = hashes.get(_entry(path, folder=work.parent))
    if known and (known["size"], known["mtime_ns"]) == _state(path):
        return known
    return None


def is_same(path: Media, then: dict[str, Any], *, work: Path) -> bool:
    """Tell whether a file is the one that was identified, whatever its time and place are now."""
    size, mtime_ns = _state(path)
    if size != then.get("size"):
        return False
    if mtime_ns == then.get("mtime_ns") and known_identity(path, work=work) is None:
        return True
    now = known_identity(path, work=work)
    digest = now["sha256"] if now else sampled_digest(path)
    return bool(digest == then.get("sha256"))


def _state(media: Media) -> tuple[int, int]:
    """Size of all files together, and the time of the latest."""
    stats = [path.stat() for path in _files(media)]
    return sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats)


def _files(media: Media) -> tuple[Path, ...]:
    return media if isinstance(media, tuple) else (media,)


def _first(media: Media) -> Path:
    return _files(media)[0]


def _entry(media: Media, *, folder: Path) -> str:
    """What a source is called in the store: its first file, and how many follow."""
    more = len(_files(media)) - 1
    return stored_path(_first(media), folder=folder) + (f" and {more} more" if more else "")


def stored_path(path: Path, *, folder: Path) -> str:
    """Return how artifacts name a file: relative to the project's folder, if it lies in it."""
    absolute = Path(os.path.normpath(path.absolute()))
    root = Path(os.path.normpath(folder.absolute()))
    if absolute.is_relative_to(root):
        return absolute.relative_to(root).as_posix()
    return str(absolute)


def portable(value: Any, folder: Path) -> Any:  # noqa: ANN401 - plain data of any kind
    """Return settings as artifacts keep them: paths in the project's folder relative to it."""
    if isinstance(value, dict):
        return {key: portable(entry, folder) for key, entry in value.items()}
    if isinstance(value, list):
        return [portable(entry, folder) for entry in value]
    named = isinstance(value, str) and Path(value).is_absolute()
    return stored_path(Path(value), folder=folder) if named else value


def sampled_digest(media: Media) -> str:
    """Return what ``sampled_sha256`` does, taken once while the file stays.

    Of many files some are sampled, spread over them; of all of them the size counts.
    """
    files = _files(media)
    if len(files) == 1:
        return _digest_now(files[0])
    step = max(1, len(files) // SAMPLED_FILES)
    told = [str(path.stat().st_size) for path in files]
    told += [_digest_now(path) for path in files[::step]]
    return hashlib.sha256(" ".join(told).encode()).hexdigest()


def _digest_now(path: Path) -> str:
    stat = path.stat()
    return _digest(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=128)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    return sampled_sha256(path)


def _hashes(store: Path) -> dict[str, Any]:
    try:
        data = json.loads(store.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
