"""The cache keeps what is in use and the way back, not everything that ever was."""

from __future__ import annotations

import os
from pathlib import Path

from vsmeme.source.prepare.sweep_files import sweep_files


def test_the_newest_and_the_used_stay(tmp_path: Path) -> None:
    sections, index = tmp_path / "sections", tmp_path / "index"
    sections.mkdir()
    index.mkdir()
    for n in range(6):
        path = sections / f"film-{n}.mkv"
        path.write_bytes(b"x")
        os.utime(path, ns=(n, n))
        path.with_name(f".film-{n}.mkv.lock").touch()
        (index / f"film-{n}-abc.0.bsindex").touch()
    (sections / ".film-9.part.mkv").touch()
    (sections / "notes.txt").touch()
    removed = sweep_files(sections, "*.mkv", used={sections / "film-0.mkv"}, others=2, index=index)
    assert sorted(path.name for path in removed) == ["film-1.mkv", "film-2.mkv", "film-3.mkv"]
    left = {path.name for path in sections.iterdir()}
    films = {f"film-{n}.mkv" for n in (0, 4, 5)}
    assert left == films | {f".{name}.lock" for name in films} | {".film-9.part.mkv", "notes.txt"}
    assert len(list(index.iterdir())) == 3
    assert not sweep_files(tmp_path / "none", "*.mkv", used=(), others=0, index=index)
