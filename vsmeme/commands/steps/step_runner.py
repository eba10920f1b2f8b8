"""Steps in processes of their own; those that do not wait for each other run side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

from tqdm import tqdm

from ...host import free_memory
from ...progress import PROGRESS_LINES, bar, log, progress_facts
from ...step_table import Step

MOST_AT_ONCE = 2  # each keeps about one core busy, and has a gigabyte or two of its own
ROOM_BYTES = 6 << 30  # free memory below which a step waits for the one that runs

type Command = Callable[[str], Sequence[str]]
type Reason = Callable[[Step], str | None]


class StepRunner:
    """Runs what is missing or stale of a project.

    Args:
        steps: The project's steps, in an order in which each could follow the ones before it.
        reason: Says why a step has to run; asked once nothing that the step needs runs any more.
        command: The command line of a step, by its name.
        finished: Called with the name of a step that ran and its seconds.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        reason: Reason,
        command: Command,
        finished: Callable[[str, float], None],
    ) -> None:
        self._steps = steps
        self._left = list(steps)
        self._reason, self._command, self._finished = reason, command, finished
        self._running: dict[str, _Child] = {}
        self._ended: SimpleQueue[_Child] = SimpleQueue()
        self.ran = False

    def run(self) -> int:
        """Run the steps; returns the exit code of the one that failed, else 0."""
        try:
            while self._left or self._running:
                self._start_ready()
                if not self._running:
                    continue
                child = self._ended.get()
                del self._running[child.name]
                if child.code:
                    return child.code
                self._finished(child.name, child.seconds)
        finally:
            for child in self._running.values():
                child.stop()
        return 0

    def _start_ready(self) -> None:
        """Start what can start; what is fresh is only said to be."""
        for step in list(self._left):
            ahead = {other.name for other in self._left} | self._running.keys()
            if ahead & set(step.needs):
                continue
            if self._running and (
                len(self._running) >= min(MOST_AT_ONCE, os.cpu_count() or 1)
                or free_memory() < ROOM_BYTES
            ):
                return
            self._left.remove(step)
            reason = self._reason(step)
            title = f"[{self._steps.index(step) + 1}/{len(self._steps)}] {step.name}"
            log.info("%s: %s", title, reason or "fresh")
            if reason:
                self.ran = True
                child = _Child(step.name, self._command(step.name), self._ended)
                self._running[step.name] = child


class _Child:
    """A step that runs; its lines go on to the terminal, its progress to a bar there."""

    def __init__(self, name: str, command: Sequence[str], ended: SimpleQueue[_Child]) -> None:
        self.name, self.code = name, 0
        self._started, self._ended = time.monotonic(), ended
        self.seconds = 0.0
        shown = sys.stderr.isatty()
        self._process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE if shown else None,
            env={**os.environ, PROGRESS_LINES: "1"} if shown else None,
            text=True,
            errors="replace",
        )
        Thread(target=self._follow, daemon=True).start()

    def stop(self) -> None:
        """End it; what it has finished stays."""
        with suppress(OSError):
            self._process.terminate()
        self._process.wait()

    def _follow(self) -> None:
        shown: tqdm[None] | None = None
        for line in self._process.stderr or ():
            facts = progress_facts(line)
            if facts is None:
                tqdm.write(line.rstrip("\n"), file=sys.stderr)
                continue
            if shown is not None and shown.desc != facts["label"]:
                shown.close()
                shown = None
            if shown is None:
                shown = bar(label=facts["label"], total=facts["total"])
            shown.update(facts["done"] - shown.n)
        if shown is not None:
            shown.close()
        self.code = self._process.wait()
        self.seconds = time.monotonic() - self._started
        self._ended.put(self)
