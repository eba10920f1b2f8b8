"""The command `vsmeme`: its list, its speed, its errors, and the scripts that stand for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from vsmeme.commands import group
from vsmeme.commands.step_command import step_command
from vsmeme.errors import UsageError
from vsmeme.step_table import STEPS

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("vsmeme")
HELP_SECONDS = 0.3


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run(
        [COMMAND, *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.mark.parametrize("name", group.COMMANDS)
def test_the_list_says_what_each_command_says(name: str) -> None:
    command = group.load_command(name)
    assert command.help is not None
    assert command.help.splitlines()[0] == group.COMMANDS[name].summary


def test_each_script_is_a_command_and_each_step_too() -> None:
    scripts = {path.stem for path in (ROOT / "scripts").glob("*.py")}
    assert scripts <= group.COMMANDS.keys()
    for step in STEPS:
        assert step.command == f"vsmeme {step.name}"
        assert step.name in group.COMMANDS
        assert step.name in scripts


def test_help_comes_at_once() -> None:
    """CPU seconds of this process's children: what other programs do counts less."""
    seconds = []
    for _ in range(5):
        before = time.process_time_ns(), _children_seconds()
        assert run("--help").returncode == 0
        seconds.append(_children_seconds() - before[1])
    assert min(seconds) < HELP_SECONDS


def _children_seconds() -> float:
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_loads_no_command() -> None:
    code = (
        "import sys; from vsmeme.commands.group import main; sys.argv = ['vsmeme', '--help']\n"
        "main(); print([m for m in sys.modules if m.startswith('vsmeme.commands.')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "['vsmeme.commands.exits', 'vsmeme.commands.group']"


@pytest.mark.parametrize("said", [None, "3"])
def test_products_of_matrices_take_one_thread_unless_the_environment_says_else(
    said: str | None,
) -> None:
    code = (
        "import sys; from vsmeme.commands.group import main; sys.argv = ['vsmeme', 'schema']\n"
        "main(); import os; assert 'numpy' not in sys.modules\n"
        "print(); print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    if said:
        environment["OPENBLAS_NUM_THREADS"] = said
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert out.stdout.splitlines()[-1] == (said or "1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mach"], "vsmeme: No such command 'mach'. See: vsmeme --help"),
        (["match", "--plat"], "vsmeme match: No such option"),
        (["make", "nowhere.toml"], "nowhere.toml: no such meme.toml"),
        (["models", "engine", "span", "big"], "expected NAME WIDTHxHEIGHT, got span big"),
        (["segment", "--pick", "--preview"], "exclude each other"),
    ],
)
def test_an_error_is_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_python_m_is_the_command_wherever_one_stands(tmp_path: Path) -> None:
    """A folder with a package of that name does not take its place."""
    (tmp_path / "vsmeme").mkdir()
    (tmp_path / "vsmeme" / "__main__.py").write_text("raise SystemExit(9)")
    (tmp_path / "vsmeme" / "__init__.py").touch()
    command = step_command("match", tmp_path / "none.toml")
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "none.toml: no such meme.toml" in done.stderr


@pytest.mark.parametrize(("value", "code"), [(None, 0), (1, 1), (2, 2)])
def test_what_a_command_returns_is_the_exit_code(value: int | None, code: int) -> None:
    command = click.Command("x", callback=lambda: value)
    assert group.invoke(command, [], name="x") == code


def test_a_stopped_command_counts_as_interrupted() -> None:
    def stop() -> None:
        raise click.Abort

    with pytest.raises(KeyboardInterrupt):
        group.invoke(click.Command("x", callback=stop), [], name="x")


def test_a_wrong_argument_names_the_command() -> None:
    with pytest.raises(UsageError, match=r"vsmeme verify: .*See: vsmeme verify --help"):
        group.invoke(group.load_command("verify"), ["a", "b"], name="vsmeme verify")
