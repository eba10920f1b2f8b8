"""Schedulers and workers as a person starts them, each a process of its own."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _process(arguments: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def scheduler(port: int, *more: str) -> Iterator[str]:
    """Start a scheduler on a port of the loopback interface."""
    with _process(
        ["dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", *more]
    ):
        yield f"tcp://127.0.0.1:{port}"


@contextmanager
def worker(address: str, name: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker without a guardian."""
    with _process(
        ["dask_worker", address, "--name", name, "--nthreads", "1", "--no-nanny",
         "--no-dashboard", "--host", "127.0.0.1", *more]
    ) as process:  # fmt: skip
        yield process


def wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, set_as_default=False, timeout=30) as client:
        client.wait_for_workers(count, timeout=60)


@contextmanager
def killer(address: str, moments: Sequence[float], *, seed: int) -> Iterator[list[int]]:
    """Kill a random worker of a scheduler at some moments; yields whom it has killed.

    Args:
        address: Of the scheduler.
        moments: Seconds to wait before each.
        seed: Chooses whom.
    """
    from distributed import Client

    killed: list[int] = []
    over, chance = threading.Event(), random.Random(seed)

    def work(client: Any) -> None:  # noqa: ANN401
        for pause in moments:
            if over.wait(pause):
                return
            with suppress(Exception):
                pids = sorted(client.run(os.getpid).values())
                os.kill(chance.choice(pids), signal.SIGKILL)
                killed.append(len(pids))

    with Client(address, set_as_default=False) as client:
        thread = threading.Thread(target=work, args=(client,))
        thread.start()
        try:
            yield killed
        finally:
            over.set()
            thread.join()


def until(done: Any, *, seconds: float = 60.0) -> None:  # noqa: ANN401 - any question
    """Wait until a question is answered by yes."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def pieces_of(folder: Path) -> list[Path]:
    """Finished pieces of an export."""
    return sorted(folder.glob("work/cache/export/*/[0-9]*.mp4"))
