"""Rows and arrays in one .npz file that says what they were made of."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..artifact import atomic_path


def write_archive(path: Path, stamp: str, rows: Sequence[Any], arrays: Mapping[str, Any]) -> None:
    """Write whole or not at all.

    Args:
        path: The file, ending in `.npz`.
        stamp: What the contents depend on.
        rows: Plain data; NumPy's numbers become plain ones.
        arrays: What the rows refer to, by name.
    """
    text = json.dumps(rows, default=_plain)
    with atomic_path(path) as part:
        np.savez(part, stamp=np.array(stamp), rows=np.array(text), **arrays)


def read_archive[T](path: Path, stamp: str, build: Callable[[Any, Any], T]) -> T | None:
    """Read what `write_archive` wrote.

    Args:
        path: The file.
        stamp: What its contents have to depend on.
        build: Makes something of the open archive and the rows.

    Returns:
        What was built; `None` where nothing is kept, or nothing that still holds.
    """
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            if str(kept["stamp"]) != stamp:
                return None
            return build(kept, json.loads(str(kept["rows"])))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _plain(value: Any) -> Any:  # noqa: ANN401 - NumPy's numbers
    return value.item()
