"""Artifacts: whole or not at all, locked, identified once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme import artifact
from vsmeme.errors import ArtifactError, UsageError


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "work" / "a.json"
    artifact.write_json(path, {"keys": [1, 2.5, "é"]})
    assert artifact.read_json(path, made_by="x") == {"schema": 1, "keys": [1, 2.5, "é"]}
    assert [p.name for p in path.parent.iterdir() if not p.name.startswith(".")] == ["a.json"]


@settings(deadline=None)  # files are synced
@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner),
        )
        | st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False)), max_size=150),
    )
)
def test_pieces_are_one_text(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("pieces") / "a.json"
    data = {"schema": artifact.SCHEMA, **data}
    for given_as in (lambda rows: rows, iter):
        each = {k: given_as(v) if isinstance(v, list) else v for k, v in data.items()}
        artifact.write_json(path, each)
        assert json.loads(path.read_bytes()) == data


def test_each_row_of_a_table_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    artifact.write_json(path, {"size": [4, 3], "by": {"name": {}, "rows": [{"n": [1, 2]}, {}]}})
    assert path.read_text() == (
        '{\n "schema": 1,\n "size": [4,3],\n "by": {\n  "name": {},\n  "rows": [\n'
        '   {"n":[1,2]},\n   {}\n  ]\n }\n}\n'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "missing; run vsmeme x to make it"),
        ("{", "not a readable artifact; run vsmeme x to make it again"),
        ("[]", "expected schema 1"),
        ('{"schema": 2}', "expected schema 1"),
        ("\udcff", "not a readable artifact"),
        ("[" * 100_000, "not a readable artifact"),
    ],
)
def test_unreadable(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "a.json"
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ArtifactError, match=message):
        artifact.read_json(path, made_by="vsmeme x")


def test_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    artifact.write_json(path, {"n": 1})
    with pytest.raises(ValueError, match="JSON"):
        artifact.write_json(path, {"n": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        artifact.write_json(path, {"rows": [[1.0], [float("-inf")]]})
    with pytest.raises(RuntimeError, match="stop"), artifact.atomic_path(path) as part:
        part.write_text("half")
        raise RuntimeError("stop")
    assert artifact.read_json(path, made_by="x")["n"] == 1
    assert not list(tmp_path.glob("*.part*"))
    assert not list(tmp_path.glob(".a.*part*"))


def test_names_are_text(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    artifact.write_json(path, {"by": {3: 1.5, 4: {"x": []}}})
    assert artifact.read_json(path, made_by="x")["by"] == {"3": 1.5, "4": {"x": []}}


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(UsageError, match="expected a file, got a folder"):
        artifact.write_json(tmp_path / "a.json", {})


def test_concurrent_writers_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    code = (
        "import sys; from pathlib import Path; from vsmeme.artifact import write_json\n"
        "for n in range(30): write_json(Path(sys.argv[1]), {'who': sys.argv[2], 'n': [n] * 2000})"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in "ab"]
    assert [run.wait(60) for run in runs] == [0, 0]
    assert len(set(artifact.read_json(path, made_by="x")["n"])) == 1


def test_json_sha256_ignores_order() -> None:
    assert artifact.json_sha256({"a": 1, "b": 2}) == artifact.json_sha256({"b": 2, "a": 1})
    assert artifact.json_sha256({"a": 1}) != artifact.json_sha256({"a": 2})


def test_schema_comes_first(tmp_path: Path) -> None:
    artifact.write_json(tmp_path / "a.json", {"z": 1})
    assert next(iter(json.loads((tmp_path / "a.json").read_text()))) == "schema"


def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.mkv"
    dead = tmp_path / f".a.{'0' * 32}.part.mkv"
    dead.touch()
    with artifact.atomic_path(path) as living:
        living.write_text("first")
        for left in (dead, living):
            os.utime(left, (1, 1))
        with artifact.atomic_path(path) as second:
            second.write_text("second")
        assert living.exists() or sys.platform == "win32"
    assert path.read_text() == "first"
    assert not list(tmp_path.glob(".a.*"))
