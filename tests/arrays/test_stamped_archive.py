"""Archives: what was written comes back; another stamp, a damaged file and none are nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vsmeme.arrays.stamped_archive import read_archive, write_archive


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    write_archive(path, "s", [{"area": np.float32(0.5)}], {"a": np.arange(3)})
    built = read_archive(path, "s", lambda kept, rows: (rows, kept["a"].tolist()))
    assert built == ([{"area": 0.5}], [0, 1, 2])
    assert read_archive(path, "other", lambda kept, rows: rows) is None
    assert read_archive(path, "s", lambda kept, rows: kept["missing"]) is None


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    assert read_archive(path, "s", lambda kept, rows: rows) is None
    write_archive(path, "s", [], {"a": np.arange(300)})
    whole = path.read_bytes()
    for length in (0, 9, len(whole) // 2, len(whole) - 4):
        path.write_bytes(whole[:length])
        assert read_archive(path, "s", lambda kept, rows: kept["a"]) is None
