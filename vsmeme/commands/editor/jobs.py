"""One step at a time, run by the page: its log, its progress, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import IO, Any

from ...errors import UsageError
from ...progress import PROGRESS_LINES, progress_facts

LOG_LINES = 400
OUTPUT_CHARACTERS = 1 << 20
PATIENCE_S = 10.0


@dataclass(slots=True, kw_only=True)
class Job:
    """A command that was started.

    Attributes:
        name: Of the command.
        process: What runs.
        started: When, on the monotonic clock.
        ended: When it was seen to have ended, likewise.
        lines: The last lines of its log.
        output: What it printed for others to read.
        progress: Of the bar that moves now: label, done, total, seconds left.
        stopped: Whether somebody stopped it.
    """

    name: str
    process: subprocess.Popen[str]
    started: float
    ended: float | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    output: str = ""
    progress: dict[str, Any] | None = None
    stopped: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        end = self.ended if self.ended is not None else time.monotonic()
        return {
            "name": self.name,
            "running": self.ended is None,
            "code": self.process.poll(),
            "stopped": self.stopped,
            "seconds": round(end - self.started, 1),
            "lines": list(self.lines),
            "output": self.output if self.ended is not None else "",
            "progress": self.progress,
        }


class Jobs:
    """Runs one command at a time, in a process group of its own."""

    def __init__(self) -> None:
        self._job: Job | None = None
        self._lock = Lock()

    @property
    def running(self) -> bool:
        """Whether a command runs."""
        return self._job is not None and self._job.ended is None

    def start(self, name: str, command: list[str]) -> None:
        """Start a command.

        Raises:
            UsageError: Another one runs.
        """
        with self._lock:
            if self.running:
                raise UsageError(f"{self._job and self._job.name} is running; stop it first")
            posix = sys.platform != "win32"
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**os.environ, PROGRESS_LINES: "1"},
                start_new_session=posix,
            )
            job = Job(name=name, process=process, started=time.monotonic())
            self._job = job
        Thread(target=_watch, args=(job,), daemon=True).start()

    def stop(self) -> None:
        """Stop what runs, and all that it started."""
        job = self._job
        if job is None or job.ended is not None:
            return
        job.stopped = True
        _end(job.process, hard=False)
        try:
            job.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            _end(job.process, hard=True)
            job.process.wait(PATIENCE_S)

    def to_json(self) -> dict[str, Any] | None:
        """Return the last command, or None."""
        return self._job.to_json() if self._job else None


def _watch(job: Job) -> None:
    """Read until the command ends."""
    out, err = job.process.stdout, job.process.stderr
    if out is None or err is None:
        return
    reader = Thread(target=_read_output, args=(job, out), daemon=True)
    reader.start()
    with err:
        for line in err:
            facts = progress_facts(line)
            if facts is None:
                job.lines.append(line.rstrip("\n"))
            else:
                job.progress = facts
    reader.join()
    job.process.wait()
    job.progress = None
    job.ended = time.monotonic()


def _read_output(job: Job, stream: IO[str]) -> None:
    with stream:
        for line in stream:
            if len(job.output) < OUTPUT_CHARACTERS:
                job.output += line


def _end(process: subprocess.Popen[str], *, hard: bool) -> None:
    with suppress(OSError):  # it is gone already
        if sys.platform == "win32":
            tree = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
            subprocess.run(tree, capture_output=True, check=False)
        else:
            os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGINT)
