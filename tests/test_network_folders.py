"""Locks and whole files where the folder lies on a share that locks otherwise."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vsmeme import artifact

NFS = """
import errno, fcntl, os
plain = fcntl.flock
def flock(file, how):
    number = file if isinstance(file, int) else file.fileno()
    if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "NFS locks no file that is open for reading")
    return plain(number, how)
fcntl.flock = flock
"""
NO_LOCKS = """
import errno, fcntl
def flock(file, how):
    raise OSError(errno.ENOLCK, "no locks available")
fcntl.flock = flock
"""
WRITER = """
import sys
from pathlib import Path
from vsmeme.artifact import locked, read_json, write_json
path, counter = Path(sys.argv[1]), Path(sys.argv[2])
for n in range(25):
    write_json(path, {'who': sys.argv[3], 'n': [n] * 2000})
    with locked(counter):
        known = int(counter.read_text()) if counter.exists() else 0
        counter.write_text(str(known + 1))
"""


@pytest.mark.parametrize("share", [NFS, NO_LOCKS], ids=["nfs", "without locks"])
def test_two_processes_on_a_share_are_as_on_a_disk(share: str, tmp_path: Path) -> None:
    path, counter = tmp_path / "a.json", tmp_path / "counter"
    command = [sys.executable, "-c", share + WRITER, str(path), str(counter)]
    runs = [subprocess.Popen([*command, who]) for who in "ab"]
    assert [run.wait(120) for run in runs] == [0, 0]
    assert len(set(artifact.read_json(path, made_by="x")["n"])) == 1
    assert counter.read_text() == "50"
    left = {file.name for file in tmp_path.iterdir() if not file.name.endswith(".lock")}
    assert left == {"a.json", "counter"}


def test_the_lock_is_another_file_than_the_one_that_is_written(tmp_path: Path) -> None:
    """On SMB a locked file can be written through no other handle."""
    with artifact.atomic_path(tmp_path / "a.mkv") as part, part.open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        other.write(b"whole")
    assert (tmp_path / "a.mkv").read_bytes() == b"whole"
    assert [file.name for file in tmp_path.iterdir()] == ["a.mkv"]


def test_without_locks_only_what_is_old_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(file: object, how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(artifact.fcntl, "flock", flock)
    young, old = (tmp_path / f".a.{digit * 32}.part.mkv" for digit in "01")
    for part, age in ((young, 60.0), (old, 2 * artifact.OLD_S)):
        part.touch()
        when = part.stat().st_mtime - age
        os.utime(part, (when, when))
    with artifact.atomic_path(tmp_path / "a.mkv"):
        pass
    assert young.exists()
    assert not old.exists()
