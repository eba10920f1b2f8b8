"""Which part of a round a worker makes next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

# A part is long that takes more than this of a worker's share, and is this many times the usual: 64
# workers then have 0.96 of the ideal (simulate.py), 0.94 with twice as much of both.
LONG_SHARE, LONG_TIMES = 0.05, 1.2


class Deal:
    """Parts that nobody makes yet.

    Long ones come first, so that at the end nobody waits for one. Of the others each worker has a
    stretch of neighbours in film order: what decodes for it reads on, and does not skip what
    another makes. Who is through takes half of what the one with most has before it.

    Args:
        parts: Names in film order, and their numbers of frames.
        workers: How many there are at the start.
    """

    def __init__(self, parts: Mapping[str, int], workers: int) -> None:
        frames = sum(parts.values())
        usual, share = frames / max(1, len(parts)), frames / max(1, workers)
        most = max(LONG_TIMES * usual, LONG_SHARE * share)
        long = sorted((name for name in parts if parts[name] > most), key=lambda name: -parts[name])
        rest = {name: length for name, length in parts.items() if length <= most}
        self._first = long[::-1]  # all lists are taken from their ends
        self._free = [stretch[::-1] for stretch in _stretches(rest, max(1, workers))][::-1]
        self._own: dict[str, list[str]] = {}

    def __len__(self) -> int:
        """How many parts are left."""
        return sum(map(len, (self._first, *self._free, *self._own.values())))

    def next(self, worker: str) -> str | None:
        """Take a worker's next part; `None` where none is left."""
        if self._first:
            return self._first.pop()
        if not self._own.get(worker):
            self._own[worker] = self._free.pop() if self._free else self._half()
        return self._own[worker].pop() if self._own[worker] else None

    def put_back(self, name: str) -> None:
        """Have a part made again, before all others."""
        self._first.append(name)

    def stay(self, workers: Collection[str]) -> None:
        """Free what workers have before them that are gone."""
        for worker in self._own.keys() - workers:
            stretch = self._own.pop(worker)
            if stretch:
                self._free.append(stretch)

    def _half(self) -> list[str]:
        most = max(self._own.values(), key=len, default=[])
        count = (len(most) + 1) // 2
        half = most[:count]
        del most[:count]
        return half


def _stretches(parts: Mapping[str, int], count: int) -> Iterable[list[str]]:
    """Cut parts into stretches of about as many frames; those without a part are left out."""
    frames, before = sum(parts.values()), 0
    stretches: list[list[str]] = [[] for _ in range(count)]
    for name, length in parts.items():
        middle = before + length / 2
        stretches[min(count - 1, int(middle * count / frames))].append(name)
        before += length
    return [stretch for stretch in stretches if stretch]
