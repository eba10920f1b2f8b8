"""The workers that a scheduler has, and which of them are fit for this project."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any

from ...errors import MissingError, UsageError
from ...host import install_command
from ...progress import log
from .versions import Versions, differences, machine_versions

CONNECT_S = 20.0
RETURN_S = 120.0  # how long a scheduler, or every worker, may be away
FIRST_WORKER_S = 60.0


class Crew:
    """A connection to a scheduler, made again when it breaks.

    Args:
        address: Of the scheduler, ``tcp://…`` or ``tls://…``; TLS is set up by Dask's own
            configuration.

    Raises:
        MissingError: The extra `cluster` is not installed.
        UsageError: Nothing answers there.
    """

    def __init__(self, address: str) -> None:
        require_dask()
        self.address = address
        self.own: Versions = machine_versions()
        self.refused: dict[str, str] = {}
        self._fit: set[str] = set()
        self.client: Any = self._connected(CONNECT_S)

    def close(self) -> None:
        """Give up what runs for this client, and the connection."""
        self.client.close(timeout=5)

    def _connected(self, seconds: float) -> Any:  # noqa: ANN401
        from distributed import Client

        quiet_dask()
        try:
            return Client(self.address, timeout=seconds, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            raise UsageError(
                f"no scheduler of Dask at {self.address}: {_first_line(error)}"
            ) from None

    @property
    def alive(self) -> bool:
        """Whether the connection stands."""
        return bool(self.client.status == "running")

    def reconnect(self) -> None:
        """Wait for a scheduler that has gone away.

        Raises:
            UsageError: It does not come back.
        """
        log.warning("the scheduler at %s does not answer; waiting for it", self.address)
        end = time.monotonic() + RETURN_S
        while True:
            try:
                fresh = self._connected(5.0)
            except UsageError as error:
                if time.monotonic() > end:
                    raise UsageError(
                        f"{error}; what is finished stays: run the same command to go on"
                    ) from None
                time.sleep(1.0)
                continue
            self.client.close(timeout=1)
            self.client = fresh
            self._fit.clear()
            return

    def workers(self) -> dict[str, str]:
        """Return what the scheduler calls its workers now, by their addresses."""
        known = self.client.scheduler_info(n_workers=-1)["workers"]
        return {address: str(facts["name"]) for address, facts in known.items()}

    def fit(self) -> set[str]:
        """Return the addresses of workers that compute as this machine does; others are named.

        Raises:
            UsageError: There are workers, and none is fit.
        """
        there = self.workers()
        fresh = [a for a in there if a not in self._fit and a not in self.refused]
        if fresh:
            try:
                told = self.client.run(machine_versions, workers=fresh, on_error="return")
            except (OSError, ValueError, TimeoutError):  # gone already; looked at again
                told = {}
            for address, facts in told.items():
                self._judge(address, there[address], facts)
        self._fit &= there.keys()
        if there and not self._fit and set(there) <= self.refused.keys():
            raise UsageError(
                f"no worker of {self.address} computes as this machine does: "
                + "; ".join(f"{there[a]}: {self.refused[a]}" for a in there)
            )
        return set(self._fit)

    def _judge(self, address: str, name: str, facts: object) -> None:
        if isinstance(facts, dict):
            unlike = differences(self.own, facts)
            if not unlike:
                self._fit.add(address)
                return
            self.refuse(address, name, "; ".join(unlike))
        elif isinstance(facts, ImportError):
            self.refuse(address, name, f"vsmeme is not installed there as it is here: {facts}")

    def refuse(self, address: str, name: str, reason: str) -> None:
        """Leave a worker out from now on, and say so once."""
        if address not in self.refused:
            log.warning("worker %s at %s is left out: %s", name, address, reason)
        self.refused[address] = reason
        self._fit.discard(address)

    def peers(self) -> dict[str, int]:
        """Return how many workers each host has."""
        from distributed.comm import get_address_host

        return dict(Counter(get_address_host(address) for address in self.workers()))

    def wait(self) -> set[str]:
        """Wait for the first worker that is fit.

        Raises:
            UsageError: None comes, or none that comes is fit.
        """
        end = time.monotonic() + FIRST_WORKER_S
        while not (fit := self.fit()):
            if time.monotonic() > end:
                raise UsageError(
                    f"the scheduler at {self.address} has no worker; start one: "
                    f"dask worker {self.address} --nthreads 1"
                )
            time.sleep(0.2)
        return fit


def require_dask() -> None:
    """Refuse to go on without Dask.

    Raises:
        MissingError: Names the command that installs it.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise MissingError(
            f"a scheduler takes the extra cluster; run: {install_command('cluster')}"
        ) from None


def quiet_dask() -> None:
    """Keep Dask's own reports out of the terminal: what matters of them is said in our words."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _first_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
