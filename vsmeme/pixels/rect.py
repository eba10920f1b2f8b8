"""Where everything lies: rectangles and layouts on the canvas, in integers.

Rectangles are half-open ``(x, y, w, h)`` in pixels of the grid they name. Points and matrices are
in edge coordinates: pixel ``u`` covers ``[u, u + 1)``, so a picture ``w`` wide has its centre at
``w / 2``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..errors import wrong


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rect:
    """A half-open rectangle of whole pixels; it may be empty, never of negative size."""

    x: int
    y: int
    w: int
    h: int

    def __post_init__(self) -> None:
        if self.w < 0 or self.h < 0:
            raise wrong("Rect", "w, h", "sizes of 0 or more", f"{self.w}x{self.h}")

    @classmethod
    def from_list(cls, values: Iterable[int]) -> Self:
        """Build a rectangle from ``[x, y, w, h]``, as artifacts store it."""
        x, y, w, h = values
        return cls(x=int(x), y=int(y), w=int(w), h=int(h))

    @property
    def right(self) -> int:
        """First column beyond the rectangle."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row beyond the rectangle."""
        return self.y + self.h

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.w * self.h

    def as_list(self) -> list[int]:
        """Return ``[x, y, w, h]``."""
        return [self.x, self.y, self.w, self.h]

    def scaled(self, factor: int) -> Rect:
        """Return the rectangle on a grid that is ``factor`` times finer."""
        return Rect(x=self.x * factor, y=self.y * factor, w=self.w * factor, h=self.h * factor)

    def shifted(self, dx: int, dy: int) -> Rect:
        """Return the rectangle moved by whole pixels."""
        return Rect(x=self.x + dx, y=self.y + dy, w=self.w, h=self.h)

    def intersect(self, other: Rect) -> Rect | None:
        """Return the shared part, or ``None`` where the rectangles don't meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        w, h = min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        return Rect(x=x, y=y, w=w, h=h) if w > 0 and h > 0 else None

    def contains(self, other: Rect) -> bool:
        """Tell whether ``other`` lies inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def minus(self, other: Rect) -> tuple[Rect, ...]:
        """Cut ``other`` out; up to four rectangles remain (above, left, right, below)."""
        cut = self.intersect(other)
        if cut is None:
            return (self,) if self.area else ()
        parts = (
            Rect(x=self.x, y=self.y, w=self.w, h=cut.y - self.y),
            Rect(x=self.x, y=cut.y, w=cut.x - self.x, h=cut.h),
            Rect(x=cut.right, y=cut.y, w=self.right - cut.right, h=cut.h),
            Rect(x=self.x, y=cut.bottom, w=self.w, h=self.bottom - cut.bottom),
        )
        return tuple(part for part in parts if part.area)


def union(rects: Iterable[Rect]) -> Rect:
    """Return the smallest rectangle that holds some; at least one must be given."""
    given = list(rects)
    x, y = min(r.x for r in given), min(r.y for r in given)
    return Rect(x=x, y=y, w=max(r.right for r in given) - x, h=max(r.bottom for r in given) - y)
