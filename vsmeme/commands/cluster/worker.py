"""The worker's side: one function that makes one part of a step."""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import UsageError, UserError, out_of_memory
from ...project import Project, load_project
from .mirror import lacking_files, mirror_folder, take_results
from .orders import Answer, Fault, Order
from .rounds import Round, rounds_of
from .versions import differences, machine_versions

FULL = (errno.ENOSPC, errno.EDQUOT)
_one_at_a_time = threading.Lock()  # a graph is built and a log is kept by one thread


def make_part(order: Order) -> Answer:
    """Make a part of a step, in a worker.

    Args:
        order: What is asked for. Asked for twice, it is made once.

    Returns:
        What became of it; nothing is raised, whatever goes wrong.
    """
    with _one_at_a_time:
        started, used = time.monotonic(), _cpu_seconds()
        answer = _tried(order)
        seconds = (time.monotonic() - started, _cpu_seconds() - used)
        return replace(answer, worker=_own_name(), seconds=seconds)


def _cpu_seconds() -> float:
    """Of this process, and of the encoders that it has waited for."""
    return sum(os.times()[:4])


def _tried(order: Order) -> Answer:
    unlike = differences(order.versions, machine_versions())
    if unlike:
        return Answer(worker="", fault="versions", text="; ".join(unlike))
    _begin(order.peers)
    try:
        with _log_lines() as lines:
            files = _made(order)
    except Exception as error:
        return Answer(worker="", fault=_kind(error), text=_words(error), lines=tuple(lines))
    return Answer(worker="", lines=tuple(lines), files=files)


def _made(order: Order) -> dict[str, bytes]:
    """Make the part; returns the results of a worker with a folder of its own."""
    round_, folder = rounds_of(order.step)[order.round], None
    if order.files is not None:
        folder = mirror_folder(order.project)
        lacking = lacking_files(order.project, order.files)
        if lacking:
            raise _LacksFilesError(f"{len(lacking)} files")
    project = _project(order.project if folder is None else str(folder / order.file))
    opened = _held.opened(order, project, round_)
    made = round_.make(opened, order.part)
    return {} if folder is None else take_results(folder, made)


class _LacksFilesError(Exception):
    """The client has files to send first."""


def _project(path: str) -> Project:
    try:
        return load_project(path)
    except UsageError as error:  # the client could open it
        raise FileNotFoundError(f"{error}, as this worker sees it") from None


class _Held:
    """What was opened last; one graph at a time, or memory would grow with the steps."""

    def __init__(self) -> None:
        self._key: tuple[str, str, int, str] | None = None
        self._opened: Any = None

    def opened(self, order: Order, project: Project, round_: Round) -> Any:  # noqa: ANN401
        key = (order.project, order.step, order.round, order.state)
        if key != self._key:
            self._key = self._opened = None
            _limit_memory(order.step)
            self._opened = round_.opened(project)
            self._key = key
        return self._opened


def _limit_memory(step: str) -> None:
    """Keep the memory small that a step takes, as its own command does."""
    from ...memory import limit_cache, limit_memory

    (limit_memory if step == "export" else limit_cache)()


_held = _Held()
_begun = False


def _begin(peers: dict[str, int]) -> None:
    """Set up the process, once: no bars, a fair share of the cores."""
    global _begun
    if _begun:
        return
    import vapoursynth as vs
    from dask.system import CPU_COUNT

    from ...progress import hide_bars

    vs.core.num_threads = max(1, CPU_COUNT // max(1, peers.get(_own_host(), 1)))
    hide_bars()
    _begun = True


def _own_name() -> str:
    from distributed import get_worker

    worker = get_worker()
    return (
        worker.address
        if worker.name in (None, worker.address)
        else (f"{worker.name} at {worker.address}")
    )


def _own_host() -> str:
    from distributed import get_worker
    from distributed.comm import get_address_host

    host: str = get_address_host(get_worker().address)
    return host


@contextmanager
def _log_lines() -> Iterator[list[tuple[int, str]]]:
    """Collect what the package logs."""
    lines: list[tuple[int, str]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append((record.levelno, record.getMessage()))

    own, collector = logging.getLogger("vsmeme"), Collector(logging.INFO)
    before = own.level, own.propagate
    own.addHandler(collector)
    own.setLevel(logging.INFO)
    own.propagate = False
    try:
        yield lines
    finally:
        own.removeHandler(collector)
        own.level, own.propagate = before


def _kind(error: Exception) -> Fault:
    if isinstance(error, _LacksFilesError):
        return "files"
    if isinstance(error, OSError):  # an artifact that the client sees, too
        return "full" if error.errno in FULL else "share"
    if isinstance(error, UserError):
        return "user"
    return "user" if out_of_memory(str(error)) else "failure"


def _words(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, UserError):
        return text
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {text} ({Path(where.filename).name}:{where.lineno})"
