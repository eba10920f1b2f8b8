"""The room that knows systems apart, and that no other one does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import vsmeme
from vsmeme import host

PACKAGE = Path(vsmeme.__path__[0])
OWN = ("/proc/", "import resource", '"PWD"', "import pwd", "import termios")


def test_no_other_room_knows_the_system() -> None:
    texts = {path: path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "host.py"}
    assert {str(path): word for path, text in texts.items() for word in OWN if word in text} == {}


def test_memory() -> None:
    assert 0 < host.free_memory() <= psutil.virtual_memory().total
    assert host.peak_bytes() >= psutil.Process().memory_info().rss // 2


def test_memory_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    known = host.peak_bytes()
    monkeypatch.setattr(host, "STATUS", Path("/nowhere"))
    assert host.peak_bytes() >= known // 2


def test_the_callers_folder_is_the_shells(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PWD", str(tmp_path))
    assert host.caller_folder(Path("/none")) == tmp_path


def test_without_a_shells_word_it_is_that_of_the_parent(tmp_path: Path) -> None:
    """As on Windows: a process that has moved on asks the one that started it."""
    code = (
        "import os, pathlib; os.chdir('/'); from vsmeme.host import caller_folder\n"
        "print(caller_folder(pathlib.Path('/none')))"
    )
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    environment = {name: value for name, value in os.environ.items() if name != "PWD"}
    out = subprocess.run(
        [sys.executable, "-c", outer], cwd=tmp_path, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(out.stdout.strip()) == tmp_path


def test_what_installs_a_part_is_what_the_user_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert host.checkout() == PACKAGE.parent
    assert host.install_command("ai") == "uv sync --extra ai"
    monkeypatch.setattr(host, "PACKAGE", tmp_path / "site-packages" / "vsmeme")
    assert host.checkout() is None
    assert host.install_command("ai") == "pip install --upgrade 'vsmeme[ai]'"
    assert host.install_command() == "pip install --upgrade vsmeme"


def test_no_message_names_what_only_a_checkout_has() -> None:
    texts = {path: path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "host.py"}
    named = {
        str(path) for path, text in texts.items() if re.search(r"uv sync|scripts/[a-z]+\.py", text)
    }
    assert named == set()
