"""What earlier matches of a project left in its cache, removed before it fills the disk."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


def sweep_files(
    folder: Path, pattern: str, *, used: Collection[Path], others: int, index: Path
) -> tuple[Path, ...]:
    """Remove files of a folder, but for those in use and the newest of the others.

    Args:
        folder: The folder; it may be missing.
        pattern: Names of the files.
        used: Those that stay.
        others: How many others stay.
        index: Folder of the streams' indices; those of removed files go with them.

    Returns:
        What was removed; what somebody holds stays.
    """
    rest = [path for path in folder.glob(pattern) if path not in used and path.name[0] != "."]
    rest.sort(key=lambda path: -path.stat().st_mtime_ns)
    removed = []
    for path in rest[others:]:
        with suppress(OSError):
            path.unlink()
            removed.append(path)
            for beside in (path.with_name(f".{path.name}.lock"), *_indices(path, index)):
                beside.unlink(missing_ok=True)
    return tuple(removed)


def _indices(path: Path, index: Path) -> list[Path]:
    return [kept for kept in index.glob(f"{path.stem[:40]}-*") if kept.is_file()]
