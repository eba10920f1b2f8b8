"""What the page runs: one command at a time, its log, its progress, its end with all it started."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vsmeme.commands.editor.jobs import Jobs
from vsmeme.errors import UsageError
from vsmeme.progress import progress_facts

BARS = """
import sys, time
from vsmeme.progress import bar, log, start_log
start_log()
log.info("a line")
print("for others")
for n in bar(range(40), label="work", unit="step"):
    time.sleep(0.05)
sys.exit(3)
"""


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.stop()


def wait(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_log_output_progress_and_code(jobs: Jobs) -> None:
    jobs.start("work", [sys.executable, "-c", BARS])
    seen = []

    def moved() -> bool:
        facts = (jobs.to_json() or {})["progress"]
        if facts:
            seen.append(facts)
        return not jobs.running

    wait(moved)
    told = jobs.to_json()
    assert told is not None
    assert (told["code"], told["running"], told["stopped"]) == (3, False, False)
    assert told["lines"][0] == "a line"
    assert not any("\x1e" in line for line in told["lines"])
    assert told["output"] == "for others\n"
    middle = [facts for facts in seen if 5 < facts["done"] < 35]
    assert middle
    for facts in middle:
        assert (facts["label"], facts["total"]) == ("work", 40)
        assert 0 < facts["left"] < 10


def test_one_at_a_time(jobs: Jobs) -> None:
    jobs.start("sleep", [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(UsageError, match="sleep is running; stop it first"):
        jobs.start("more", [sys.executable, "-c", ""])


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_stopping_ends_what_it_started_too(jobs: Jobs, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    jobs.start("parent", [sys.executable, "-c", parent])
    wait(lambda: note.exists() and note.read_text())
    pid = int(note.read_text())
    os.kill(pid, 0)
    jobs.stop()
    wait(lambda: not jobs.running)
    assert (jobs.to_json() or {})["stopped"]
    wait(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text())
    jobs.start("again", [sys.executable, "-c", ""])


def test_lines_of_bars_are_told_from_others() -> None:
    assert progress_facts("match: 3 frames\n") is None
    assert progress_facts("\x1eprogress nonsense") is None
    assert progress_facts('\x1eprogress {"done": 1}\n') == {"done": 1}
