"""Sequences with an entry a frame, held as columns of numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Self, overload


class FrameTable[Entry](Sequence[Entry]):
    """Entries of which one is made when it is asked for; equal to any sequence of the same ones.

    Args:
        entries: What it holds, in order.
    """

    __slots__ = ()

    @abstractmethod
    def __init__(self, entries: Iterable[Entry] = ()) -> None: ...

    @abstractmethod
    def _entry(self, n: int) -> Entry:
        """Make an entry; ``n`` is not negative."""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """Return entries as a table; a table is returned as it is."""
        return entries if isinstance(entries, cls) else cls(entries)

    @overload
    def __getitem__(self, n: int) -> Entry: ...
    @overload
    def __getitem__(self, n: slice) -> Self: ...
    def __getitem__(self, n: int | slice) -> Entry | Self:
        if isinstance(n, slice):
            return type(self)(map(self._entry, range(*n.indices(len(self)))))
        return self._entry(range(len(self))[n])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))
