"""Workers on this machine, each a process of its own, that nobody else can reach."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .crew import quiet_dask, require_dask

LOOPBACK = "127.0.0.1"
UNWATCHED = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
}
"""Dask watches itself: it keeps a hundred call stacks a second for an hour, 40 MiB after four
minutes, and looks fifty times a second whether its loop still turns, 2 % of a core a process."""
RESTAFF_S = 2.0
"""A worker that dies is started again by its guardian; one that dies as it starts takes that along.
Every so often empty places are filled."""


@contextmanager
def local_workers(count: int) -> Iterator[str]:
    """Start a scheduler and some workers here; they end with the block.

    Args:
        count: How many processes.

    Yields:
        The scheduler's address, on the loopback interface.

    Raises:
        MissingError: The extra `cluster` is not installed.
    """
    require_dask()
    import dask
    from distributed import LocalCluster

    quiet_dask()
    with (
        dask.config.set(UNWATCHED),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host=LOOPBACK,
            dashboard_address=f"{LOOPBACK}:0",
            worker_dashboard_address=f"{LOOPBACK}:0",
            silence_logs=logging.CRITICAL,  # what a part has to say comes back with it
            memory_limit=0,  # a graph's memory is bounded by the core, not by pausing it
        ) as cluster,
    ):
        over = threading.Event()

        def restaff() -> None:
            while not over.wait(RESTAFF_S):
                if len(cluster.scheduler.workers) < count:
                    cluster.scale(count)

        thread = threading.Thread(target=restaff, daemon=True)
        thread.start()
        try:
            yield cluster.scheduler_address
        finally:
            over.set()
            thread.join()
