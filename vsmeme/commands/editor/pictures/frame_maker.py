"""Makes pictures ahead of their use, near to where somebody looks first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread

import vapoursynth as vs

from ....arrays.frames import to_array
from ....errors import UserError
from ....progress import log
from .frame_store import FrameStore, Pictures
from .layers import LayerClip

AHEAD = 240  # frames on either side of where somebody looks that come before the film's rest
CHUNK = 12
PAUSE_S = 0.5


class FrameMaker:
    """A thread that fills the store for the layers that are looked at.

    Args:
        layers: The layers.
        store: Their pictures.
        busy: Whether the machine has better things to do.
    """

    def __init__(self, layers: Pictures, store: FrameStore, busy: Callable[[], bool]) -> None:
        self._layers, self._store, self._busy = layers, store, busy
        self._wish: dict[str, int] = {}
        self._stop, self._news = Event(), Event()
        self._thread = Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the frame that is being made."""
        self._stop.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()

    def watch(self, wish: dict[str, int]) -> None:
        """Say which layers are looked at, and at which frame of each."""
        self._wish = dict(wish)
        self._news.set()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._news.clear()
            wish, made = self._wish, 0
            for name, n in wish.items():
                try:
                    made += self._fill(name, n)
                except (UserError, vs.Error) as error:
                    log.debug("editor: %s: %s", name, error)
            if not made:
                self._news.wait(PAUSE_S * 4)

    def _fill(self, name: str, near: int) -> int:
        """Make some frames of a layer; returns how many."""
        layer = self._layers.clip(name)
        lacking = (n for n in _order(near, layer.small.num_frames)
                   if not self._store.has(name, layer, n))  # fmt: skip
        first = next(lacking, None)
        if first is None or not self._store.room:
            return 0
        last = first
        while (last + 1 < layer.small.num_frames and last - first + 1 < CHUNK
               and not self._store.has(name, layer, last + 1)):  # fmt: skip
            last += 1
        return self._run(name, layer, range(first, last + 1))

    def _run(self, name: str, layer: LayerClip, numbers: range) -> int:
        """Make frames, each while the core is at work on the next; stops at any news."""
        ahead = layer.small.get_frame_async(numbers.start)
        for made, n in enumerate(numbers, 1):
            with ahead.result() as frame:
                last = n + 1 == numbers.stop or self._stop.is_set() or self._news.is_set()
                if not last:
                    ahead = layer.small.get_frame_async(n + 1)
                self._store.put(name, layer, n, to_array(frame))
            if last:
                return made
            while self._busy() and not self._stop.wait(PAUSE_S):
                pass
        return 0


def _order(near: int, count: int) -> Iterator[int]:
    """Frames from where somebody looks on, then those just before, then the rest."""
    near = min(max(0, near), count - 1)
    yield from range(near, min(count, near + AHEAD))
    yield from range(near - 1, max(-1, near - AHEAD), -1)
    yield from range(count)
