"""Artifacts are read, hashed and parsed once, and again as soon as they change."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from vsmeme import artifact_cache
from vsmeme.artifact import write_json
from vsmeme.artifact_cache import cached_json, cached_sha256, cached_stamp, cached_value
from vsmeme.errors import ArtifactError


def test_read_and_hashed_once_until_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("read_json", "file_sha256"):
        plain = getattr(artifact_cache, name)

        def counted(*args: Any, plain: Any = plain, name: str = name, **more: Any) -> Any:  # noqa: ANN401
            calls.append(name)
            return plain(*args, **more)

        monkeypatch.setattr(artifact_cache, name, counted)
    path = tmp_path / "a.json"
    write_json(path, {"n": 1})
    first = cached_sha256(path)
    assert [cached_json(path, made_by="x")["n"] for _ in range(3)] == [1, 1, 1]
    assert [cached_sha256(path) for _ in range(3)] == [first] * 3
    assert sorted(calls) == ["file_sha256", "read_json"]
    write_json(path, {"n": 2})  # of the same size
    assert cached_json(path, made_by="x")["n"] == 2
    assert cached_sha256(path) != first
    assert sorted(calls) == ["file_sha256"] * 2 + ["read_json"] * 2


def test_a_file_written_in_place_is_another(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"n": 1})
    assert cached_json(path, made_by="x")["n"] == 1
    stat = path.stat()
    path.write_text(path.read_text().replace("1\n", "7\n"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert cached_json(path, made_by="x")["n"] == 7


def test_parsed_once_a_parser(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"n": 1})
    seen: list[str] = []

    def number(data: Mapping[str, Any]) -> int:
        seen.append("number")
        return int(data["n"])

    def keys(data: Mapping[str, Any]) -> list[str]:
        seen.append("keys")
        return sorted(data)

    for _ in range(2):
        assert cached_value(path, number, made_by="x") == 1
        assert cached_value(path, keys, made_by="x") == ["n", "schema"]
    assert seen == ["number", "keys"]


def test_a_long_table_is_kept_as_what_it_stands_for_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"made_from": "this", "n": 1})
    monkeypatch.setattr(artifact_cache, "LONG_BYTES", path.stat().st_size)
    assert cached_stamp(path, made_by="x") == "this"
    assert path in artifact_cache._contents
    frozen = gc.get_freeze_count()
    assert cached_value(path, _number, made_by="x") == 1
    assert path not in artifact_cache._contents
    assert gc.get_freeze_count() > frozen  # the collector looks through no table
    monkeypatch.setattr(artifact_cache, "read_json", None)  # nothing is read again
    assert cached_stamp(path, made_by="x") == "this"
    assert cached_value(path, _number, made_by="x") == 1


def _number(data: Mapping[str, Any]) -> int:
    return int(data["n"])


def test_what_is_missing_is_looked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(ArtifactError, match="missing; run scripts/x to make it"):
        cached_json(path, made_by="scripts/x")
    write_json(path, {"n": 1})
    assert cached_json(path, made_by="scripts/x")["n"] == 1


def test_a_long_table_is_parsed_without_collections(tmp_path: Path) -> None:
    """The collector would walk over every row again and again; afterwards it runs as before."""
    write_json(tmp_path / "long.json", {"rows": [[n, [n]] for n in range(50_000)]})
    before = sum(stage["collections"] for stage in gc.get_stats())
    rows = cached_value(
        tmp_path / "long.json", lambda data: tuple(map(tuple, data["rows"])), made_by="a test"
    )
    assert sum(stage["collections"] for stage in gc.get_stats()) - before < 3
    assert len(rows) == 50_000
    assert gc.isenabled()
