"""Steps wait for what they need, run beside what they do not, and stop when one fails."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from vsmeme.commands.steps import step_runner
from vsmeme.commands.steps.step_runner import StepRunner
from vsmeme.step_table import Step

STEPS = (
    Step(name="match", command="", outputs=()),
    Step(name="learn", command="", outputs=(), needs=("match",)),
    Step(name="segment", command="", outputs=(), needs=("match",)),
    Step(name="export", command="", outputs=(), needs=("learn", "segment")),
)
WORK = """\
import pathlib, sys, time
here = pathlib.Path(sys.argv[1])
(here / (sys.argv[2] + ".begun")).touch()
until = time.monotonic() + float(sys.argv[4])
other = here / (sys.argv[3] + ".begun")
while time.monotonic() < until and not other.exists():
    time.sleep(0.02)
sys.exit(int(sys.argv[5]) if other.exists() else 7)
"""


def runner(
    folder: Path, waits: dict[str, str], *, fails: str = "", fresh: tuple[str, ...] = ()
) -> tuple[StepRunner, list[str]]:
    """Steps that end well once the step that they wait for has begun."""
    done: list[str] = []

    def command(name: str) -> list[str]:
        code = "3" if name == fails else "0"
        other = waits.get(name, name)
        return [sys.executable, "-c", WORK, str(folder), name, other, "60", code]

    made = StepRunner(
        STEPS,
        reason=lambda step: None if step.name in fresh else "missing",
        command=command,
        finished=lambda name, seconds: done.append(name),
    )
    return made, done


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_runner, "free_memory", lambda: step_runner.ROOM_BYTES)
    monkeypatch.setattr(step_runner.os, "cpu_count", lambda: 2)


def test_steps_that_do_not_need_each_other_run_side_by_side(tmp_path: Path) -> None:
    """Each of the two ends well only while the other one runs."""
    made, done = runner(tmp_path, {"learn": "segment", "segment": "learn"})
    assert made.run() == 0
    assert done[0] == "match"
    assert done[3] == "export"
    assert set(done[1:3]) == {"learn", "segment"}


def test_a_step_waits_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_runner, "free_memory", lambda: step_runner.ROOM_BYTES - 1)
    made, done = runner(tmp_path, {})
    assert made.run() == 0
    assert done == ["match", "learn", "segment", "export"]


def test_what_is_fresh_does_not_run(tmp_path: Path) -> None:
    made, done = runner(tmp_path, {}, fresh=("match", "segment", "export"))
    assert made.run() == 0
    assert made.ran
    assert done == ["learn"]


def test_a_step_that_fails_stops_the_one_beside_it(tmp_path: Path) -> None:
    """The other one would wait for a minute."""
    made, done = runner(tmp_path, {"learn": "segment", "segment": "export"}, fails="learn")
    begun = time.monotonic()
    assert made.run() == 3
    assert time.monotonic() - begun < 30
    assert done == ["match"]
    assert not (tmp_path / "export.begun").exists()
