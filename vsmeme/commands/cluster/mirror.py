"""A project's copy on a worker that shares no folder with the client."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from ...artifact import atomic_path, locked
from ...errors import UsageError

HOME = "vsmeme"
OLD_S = 7 * 86400.0  # a copy that nobody used for this long makes room for another
_LIST = ".sent.json"


def mirror_folder(name: str, worker: Any = None) -> Path:  # noqa: ANN401 - Dask's, untyped
    """Return the folder of a project's copy; all workers of a machine share it.

    Args:
        name: Of the project, as the client calls it.
        worker: The worker; by default the one whose task this is.
    """
    from distributed import get_worker

    return Path((worker or get_worker()).local_directory).parent / HOME / name


def lacking_files(
    name: str,
    files: Mapping[str, str],
    *,
    dask_worker: Any = None,  # noqa: ANN401
) -> list[str]:
    """Return which files a worker's copy lacks.

    Args:
        name: Of the project.
        files: Their paths in the project, and what identifies each one's contents.
        dask_worker: Given by Dask to what is no task.
    """
    folder = mirror_folder(name, dask_worker)
    known = _known(folder)
    return [
        path for path, key in files.items()
        if known.get(path) != key or not (folder / path).is_file()
    ]  # fmt: skip


def write_part(
    name: str,
    path: str,
    *,
    data: bytes,
    at: int,
    token: str,
    dask_worker: Any = None,  # noqa: ANN401
) -> None:
    """Write some bytes of a file that is being sent, in a worker.

    Args:
        name: Of the project.
        path: In the project.
        data: The bytes.
        at: Where they belong, bytes from the start.
        token: Tells one sender of the file from another.
        dask_worker: Given by Dask.
    """
    folder = mirror_folder(name, dask_worker)
    part = _inside(folder, path).with_name(f".{token}.part")
    if not at:
        _make_room(folder)
        part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("r+b" if at else "wb") as stream:
        stream.seek(at)
        stream.write(data)


def finish_file(
    name: str,
    path: str,
    *,
    key: str,
    mtime_ns: int,
    token: str,
    dask_worker: Any = None,  # noqa: ANN401
) -> None:
    """Give a file that was sent its name and its time, in a worker.

    Args:
        name: Of the project.
        path: In the project.
        key: What identifies the contents.
        mtime_ns: Time of the original; sources are known by it.
        token: As the bytes were sent with.
        dask_worker: Given by Dask.
    """
    folder = mirror_folder(name, dask_worker)
    final = _inside(folder, path)
    part = final.with_name(f".{token}.part")
    os.utime(part, ns=(mtime_ns, mtime_ns))
    part.replace(final)
    with locked(folder / _LIST):
        _note(folder, _known(folder) | {path: key})


def take_results(folder: Path, made: Iterable[Path]) -> dict[str, bytes]:
    """Read the results of a part and remove them: the client keeps them.

    Args:
        folder: The project's copy.
        made: Files, and folders of files.
    """
    results = {}
    for path in made:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            results[file.relative_to(folder).as_posix()] = file.read_bytes()
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return results


def keep_results(folder: Path, results: Mapping[str, bytes]) -> None:
    """Write what a worker sent back under its final names, in the client.

    Args:
        folder: The project's folder.
        results: By their paths in it.

    Raises:
        UsageError: A path leads out of the folder of artifacts.
    """
    for path, data in results.items():
        final = _inside(folder / "work", path.removeprefix("work/"))
        with atomic_path(final) as part, part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())


def remove_mirror(name: str, *, dask_worker: Any = None) -> None:  # noqa: ANN401
    """Remove a project's copy, in a worker.

    Args:
        name: Of the project.
        dask_worker: Given by Dask.
    """
    shutil.rmtree(mirror_folder(name, dask_worker), ignore_errors=True)


def _inside(folder: Path, path: str) -> Path:
    final = Path(os.path.normpath(folder / path))
    if not final.is_relative_to(os.path.normpath(folder)):
        raise UsageError(f"{path}: expected a path in the project's folder")
    return final


def _known(folder: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads((folder / _LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _note(folder: Path, known: Mapping[str, str]) -> None:
    part = folder / f".{uuid4().hex}.part"
    part.write_text(json.dumps(known), encoding="utf-8")
    part.replace(folder / _LIST)


def _make_room(folder: Path) -> None:
    """Remove copies of other projects that are not used any more."""
    with suppress(OSError):
        for other in folder.parent.iterdir():
            used = other / _LIST
            if other != folder and used.exists() and time.time() - used.stat().st_mtime > OLD_S:
                shutil.rmtree(other, ignore_errors=True)
