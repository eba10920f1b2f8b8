"""Hands the parts of a round to the workers and takes what comes back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple
from uuid import uuid4

from tqdm import tqdm

from ...errors import UsageError, UserError
from ...progress import bar, log
from .crew import FIRST_WORKER_S, RETURN_S, Crew
from .deal import Deal
from .orders import Answer, Order
from .worker import make_part

AHEAD = 3  # parts a worker has before it, so that none waits for the client
PATIENCE_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # a share that is away for a minute is waited for
FAILURES = 2  # of a part, on other workers, before it is given up
DEATHS = 3  # of workers that had a part, before it is given up; as Dask counts those it sees
TICK_S = 1.0
AGAIN_S = 10.0  # that a dead worker's guardian takes to start another


class Flight(NamedTuple):
    """A part that is being made: its name, its order, Dask's future, and who was asked for it."""

    name: str
    order: Order
    future: Any
    worker: str


class Dispatch:
    """One round on its way; waits for the first worker.

    Args:
        crew: The workers.
        label: Of the progress bar.
        parts: Names of the parts, and their numbers of frames.
        order: Words the order of a part.
        taken: Called with a part's answer when it is done.
        send: Sends a worker, by its address, the files of an order.

    Raises:
        UsageError: No worker comes, or none that comes is fit.
    """

    def __init__(
        self,
        crew: Crew,
        *,
        label: str,
        parts: Mapping[str, int],
        order: Callable[[str], Order],
        taken: Callable[[Answer], None],
        send: Callable[[str, Order], None],
    ) -> None:
        self._crew, self._label, self._parts = crew, label, parts
        self._order, self._taken, self._send = order, taken, send
        self._deal = Deal(parts, len(crew.wait()))
        self._later: list[tuple[float, str]] = []
        self._flying: dict[str, Flight] = {}
        self._landed: SimpleQueue[str] = SimpleQueue()
        self._tries: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._deaths: Counter[str] = Counter()
        self._told: set[str] = set()
        self._lonely: float | None = None

    def run(self) -> None:
        """Have all parts made; stopped on the way, it leaves those that are done.

        Raises:
            UserError: What the user can mend, a worker's full disk among it.
            RuntimeError: A part fails wherever it is made.
        """
        fit = self._crew.wait()
        shown: tqdm[Any] = bar(label=self._label, total=sum(self._parts.values()))
        looked = time.monotonic()
        with shown:
            try:
                while self._deal or self._later or self._flying:
                    self._submit(fit)
                    try:
                        name = self._land(self._landed.get(timeout=TICK_S))
                        shown.update(self._parts[name] if name else 0)
                    except Empty:
                        pass
                    if time.monotonic() - looked > TICK_S * max(1, len(fit) // 64):
                        fit, looked = self._look(), time.monotonic()
            finally:
                self._give_up()

    def _submit(self, fit: set[str]) -> None:
        """Hand out parts until every worker has enough before it."""
        now = time.monotonic()
        for again in [name for when, name in self._later if when <= now]:
            self._deal.put_back(again)
        self._later = [item for item in self._later if item[0] > now]
        if not self._deal:
            return
        has = Counter(flight.worker for flight in self._flying.values())
        for _ in range(AHEAD):  # one each, then another: few are left for all at the end
            for worker in sorted(fit):
                if has[worker] < AHEAD and (name := self._deal.next(worker)) is not None:
                    self._hand_out(name, worker)
                    has[worker] += 1

    def _hand_out(self, name: str, worker: str) -> None:
        """Order a part of a worker; another may make it if that one falls behind or dies."""
        order = self._order(name)
        key = f"vsmeme-{order.step}-{name}-{uuid4().hex}"
        future = self._crew.client.submit(
            make_part, order, key=key, pure=False, workers=[worker],
            allow_other_workers=not self._crew.refused,  # it would go to one that differs
        )  # fmt: skip
        self._flying[key] = Flight(name, order, future, worker)
        future.add_done_callback(lambda done: self._landed.put(done.key))

    def _land(self, key: str) -> str | None:
        """Take one future's end; returns the name of the part that is done with it."""
        if key not in self._flying:
            return None
        name, order, future, _ = self._flying.pop(key)
        answer = self._answer(name, future)
        if answer is None:
            self._deal.put_back(name)
            return None
        for level, text in answer.lines:
            if text not in self._told:
                self._told.add(text)
                log.log(level, "%s", text)
        if answer.fault is None:
            self._taken(answer)
            return name
        self._mend(name, order, answer)
        return None

    def _answer(self, name: str, future: Any) -> Answer | None:  # noqa: ANN401
        """Return what came back; ``None`` where the work was lost and is to be done again."""
        from distributed import CancelledError, KilledWorker

        try:
            answer: Answer = future.result(timeout=60)
        except KilledWorker:
            raise self._deadly(name) from None
        except (CancelledError, TimeoutError, OSError):  # the scheduler, or the way to it, is gone
            return None
        finally:
            future.release()
        return answer

    def _mend(self, name: str, order: Order, answer: Answer) -> None:
        """Have a part made again where that may help, else say what is wrong."""
        where, text = answer.worker, answer.text
        if answer.fault == "user":
            raise UsageError(text)
        if answer.fault == "full":
            raise UsageError(f"worker {where}: {text}: make room; what is finished stays")
        address = where.rpartition(" ")[2]
        if answer.fault == "versions":
            self._crew.refuse(address, where.partition(" ")[0], text)
        elif answer.fault == "files":
            self._send(address, order)
        elif answer.fault == "share":
            self._tries[name] += 1
            if self._tries[name] > len(PATIENCE_S):
                raise UsageError(f"worker {where}: {text}; what is finished stays")
            pause = PATIENCE_S[self._tries[name] - 1]
            log.warning("worker %s: %s; tried again in %.0f s", where, text, pause)
            self._later.append((time.monotonic() + pause, name))
            return
        else:
            self._failed(name, f"worker {where}: {text}")
        self._deal.put_back(name)

    def _failed(self, name: str, text: str) -> None:
        self._failures[name] += 1
        if self._failures[name] > FAILURES:
            raise RuntimeError(f"{self._label}, part {name}: {text}")
        log.warning("%s, part %s: %s; made again", self._label, name, text)

    def _look(self) -> set[str]:
        """See who is there now; a part that waits for nobody is handed out anew."""
        if not self._crew.alive:
            self._crew.reconnect()
            self._lose()
        try:
            fit = self._crew.fit()
        except UserError:  # its last fit worker may be on its way back
            self._lonely = self._lonely or time.monotonic()
            if time.monotonic() - self._lonely > FIRST_WORKER_S:
                raise
            return set()
        except (OSError, TimeoutError, RuntimeError, ValueError):
            return set()
        if not fit and not self._crew.workers():
            self._await_worker()
            return fit
        self._lonely = None
        self._deal.stay(fit)
        self._recall(fit)
        return fit

    def _recall(self, fit: set[str]) -> None:
        """Take back parts of workers that are gone, unless another has them."""
        lost = [flight for flight in self._flying.values() if flight.worker not in fit]
        if not lost:
            return
        try:
            state = self._crew.client.processing()
        except (OSError, TimeoutError, ValueError):  # looked at again
            return
        served = {key for worker, keys in state.items() if worker in fit for key in keys}
        for flight in lost:
            if flight.future.status == "pending" and flight.future.key not in served:
                self._deaths[flight.name] += 1
                if self._deaths[flight.name] > DEATHS:
                    raise self._deadly(flight.name)
                flight.future.cancel()

    def _deadly(self, name: str) -> UsageError:
        return UsageError(
            f"{self._label}, part {name}: one worker after the other died at it; is there "
            "memory enough? What is finished stays"
        )

    def _await_worker(self) -> None:
        """Say that nobody is there, and give up after a while."""
        self._lonely = self._lonely or time.monotonic()
        alone, text = time.monotonic() - self._lonely, f"no worker is left at {self._crew.address}"
        if alone > RETURN_S:
            raise UsageError(
                f"{text}; what is finished stays: start one, then run the same command to go on"
            )
        if alone > AGAIN_S and text not in self._told:
            self._told.add(text)
            log.warning("%s; waiting for one", text)

    def _lose(self) -> None:
        """Hand out anew all that a scheduler knew of that is gone."""
        for flight in self._flying.values():
            self._deal.put_back(flight.name)
        self._flying.clear()

    def _give_up(self) -> None:
        futures = [flight.future for flight in self._flying.values()]
        self._flying.clear()
        if futures and self._crew.alive:
            with suppress(Exception):
                self._crew.client.cancel(futures, force=True)
