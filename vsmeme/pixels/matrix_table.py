"""Many small matrices, one a frame, as one column of numbers."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import batched, chain
from typing import Any

from .frame_table import FrameTable


class MatrixTable[M: tuple[tuple[float, ...], ...]](FrameTable[M]):
    """Matrices of one shape, in a seventh of the memory that tuples take.

    Args:
        matrices: What it holds, in order.
        shape: Rows and columns of each (default: those of the first).

    Raises:
        ValueError: Another shape is among them.
    """

    __slots__ = ("_columns", "_numbers", "_rows")

    def __init__(self, matrices: Iterable[M] = (), *, shape: tuple[int, int] | None = None) -> None:
        known = [*matrices]
        shape = shape or ((len(known[0]), len(known[0][0])) if known else (1, 1))
        rows = list(chain.from_iterable(known))
        if {*map(len, known)} - {shape[0]} or {*map(len, rows)} - {shape[1]}:
            raise ValueError(f"expected matrices of {shape[0]}x{shape[1]}")
        self._rows, self._columns = shape
        self._numbers = array("d", chain.from_iterable(rows))

    def __len__(self) -> int:
        return len(self._numbers) // (self._rows * self._columns)

    def _entry(self, n: int) -> M:
        first = n * self._rows * self._columns
        made: M = self._matrix(self._numbers[first : first + self._rows * self._columns])
        return made

    def __iter__(self) -> Iterator[M]:
        return map(self._matrix, batched(self._numbers, self._rows * self._columns))

    def __repr__(self) -> str:
        return f"MatrixTable({list(self)!r})"

    def _matrix(self, numbers: Iterable[float]) -> Any:  # noqa: ANN401 - of the shape M has
        return tuple(batched(numbers, self._columns))
