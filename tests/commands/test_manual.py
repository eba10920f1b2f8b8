"""The page of commands is current, and shells complete what there is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vsmeme.commands import group
from vsmeme.commands.machine.completion import SHELLS
from vsmeme.commands.machine.manual import manual

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("vsmeme")


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == manual(), (
        "run: vsmeme manual > docs/commands.md"
    )


def test_it_names_every_command_and_option() -> None:
    text = manual()
    for name in group.COMMANDS:
        assert f"### `vsmeme {name} " in text
        for option in group.load_command(name).params:
            longest = max(option.opts, key=len)
            assert longest in text or option.param_type_name == "argument"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("vsmeme ma", {"make", "match", "manual"}),
        ("vsmeme match --shot", {"--shots", "--shots-csv"}),
        ("vsmeme models c", {"check", "convert"}),
        ("vsmeme script ", {"meme", "preview"}),
    ],
)
def test_bash_completes(words: str, offered: set[str]) -> None:
    parts = words.split(" ")
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(parts) - 1)}
    environment = {**os.environ, **asked, "_VSMEME_COMPLETE": "bash_complete"}
    out = subprocess.run(
        [COMMAND], env=environment, capture_output=True, text=True, check=False
    ).stdout
    assert {line.partition(",")[2] for line in out.splitlines()} == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_its_script_is_one_of_that_shell(shell: str) -> None:
    out = subprocess.run([COMMAND, "completion", shell], capture_output=True, text=True, check=True)
    assert "_VSMEME_COMPLETE" in out.stdout
    program = shutil.which(shell)
    if program:
        subprocess.run([program, "-n"], input=out.stdout, text=True, check=True)
