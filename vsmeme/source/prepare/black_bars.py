"""The picture of one shot inside its black bars: mattes, letterboxes, whatever stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Floats, Image
from ...pixels.rect import Rect

BLACK_CODES = 27.0  # 8-bit limited luma: MPEG noise in a bar stays below
FLAT_CODES = 2.5  # by which a bar's lines differ; a picture that fades to black has no flat edge
FILLED_SHARE = 0.4  # of a row's px: a bar with a subtitle or a logo in it has fewer above black
STEP_SHARE = 0.35  # by which that share rises where a bar ends
STEP_CODES = 10.0  # by which its median luma does
STEP_LINES = 3  # within which it does
MOST_BAR = 0.4  # of a side
MOST_SAMPLES = 480  # px of a line that are looked at
SAME_LINES = 2  # by which the bars of two shots may differ and still be the same

Line = NDArray[np.floating]


class Insets(NamedTuple):
    """Lines of bar at each side, px."""

    left: int
    top: int
    right: int
    bottom: int

    def inside(self, whole: Rect) -> Rect:
        """Return what is left of a picture."""
        return Rect(
            x=whole.x + self.left,
            y=whole.y + self.top,
            w=whole.w - self.left - self.right,
            h=whole.h - self.top - self.bottom,
        )

    def scaled(self, x: float, y: float) -> Insets:
        """Return the insets in px that are so many times finer."""
        return Insets(*(round(v * f) for v, f in zip(self, (x, y, x, y), strict=True)))


NONE = Insets(0, 0, 0, 0)


def inset(whole: Rect, part: Rect) -> Insets:
    """Return what a part leaves out of a picture."""
    return Insets(
        part.x - whole.x, part.y - whole.y, whole.right - part.right, whole.bottom - part.bottom
    )


def measure_bars(
    frames: Sequence[Floats] | Image, *, near: Insets | None = None, slack: int = STEP_LINES
) -> Insets:
    """Find the black bars of a shot.

    A line belongs to a bar if it is black over most of its length in most frames: a subtitle comes
    and goes, a logo is short. A bar ends in a step along most of its length in some frame; a dark
    but real edge has none.

    Args:
        frames: Luma, 8-bit limited codes, each ``h x w``.
        near: Where the bars end by a coarser look, px; ends elsewhere do not count.
        slack: How far that look may be off, px.

    Returns:
        Lines of bar; 0 where a side has none or nothing can be told.
    """
    if not len(frames):
        return NONE
    planes = [np.asarray(frame) for frame in frames]
    rows = _Lines.of(planes)
    top, bottom = (
        lines.bar(n, slack)
        for lines, n in zip((rows, rows.flipped()), _sides(near, 1), strict=True)
    )
    inner = slice(top, planes[0].shape[0] - bottom)
    columns = _Lines.of([plane[inner].T for plane in planes])
    left, right = (
        lines.bar(n, slack)
        for lines, n in zip((columns, columns.flipped()), _sides(near, 0), strict=True)
    )
    return Insets(left, top, right, bottom)


def _sides(near: Insets | None, first: int) -> tuple[int | None, int | None]:
    return (near[first], near[first + 2]) if near else (None, None)


class _Lines(NamedTuple):
    """What the lines of a shot are like, from one side on.

    Attributes:
        usual: Share of px above black, median over the frames.
        most: The same, greatest of the frames.
        level: Median luma, median over the frames.
        peak: The same, greatest of the frames.
    """

    usual: Line
    most: Line
    level: Line
    peak: Line

    @classmethod
    def of(cls, planes: Sequence[NDArray[np.generic]]) -> _Lines:
        """Measure the rows of some planes."""
        step = max(1, planes[0].shape[1] // MOST_SAMPLES)
        thin = [plane[:, ::step].astype(np.float32) for plane in planes]
        shares = np.stack([(plane > BLACK_CODES).mean(axis=1) for plane in thin])
        levels = np.stack([np.median(plane, axis=1) for plane in thin])
        return cls(
            usual=np.median(shares, axis=0),
            most=shares.max(axis=0),
            level=np.median(levels, axis=0),
            peak=levels.max(axis=0),
        )

    def flipped(self) -> _Lines:
        """Count from the other side."""
        return _Lines(*(values[::-1] for values in self))

    def bar(self, near: int | None, slack: int) -> int:
        """Lines of bar from the first one on.

        Args:
            near: Where the bar should end, lines; None for anywhere.
            slack: By how much it may miss that.
        """
        if near == 0:
            return 0
        bright = np.flatnonzero(self.usual > FILLED_SHARE)
        end = int(bright[0]) if len(bright) else len(self.usual)
        if near is not None:
            end = min(end, near + slack)
        for edge in range(min(end, int(len(self.usual) * MOST_BAR)), 0, -1):
            if self._ends_at(edge):
                return self._first_full(edge) if near is None or abs(edge - near) <= slack else 0
        return 0

    def _ends_at(self, edge: int) -> bool:
        """Whether a bar ends before a line: black and flat up to it, and a step."""
        before = float(self.usual[max(0, edge - STEP_LINES) : edge].max())
        after = float(self.most[edge : edge + STEP_LINES].max())
        flat = self.level[: max(1, edge - 1)]
        rise = float(self.peak[edge : edge + STEP_LINES].max() - self.level[edge - 1])
        return (
            self.usual[edge - 1] <= FILLED_SHARE / 2
            and after - before >= STEP_SHARE
            and rise >= STEP_CODES
            and float(np.ptp(flat)) <= FLAT_CODES
        )

    def _first_full(self, edge: int) -> int:
        """The line from which the picture is whole: a scaled edge fades over a line or two."""
        beyond = self.most[edge : edge + STEP_LINES]
        level = 0.5 * (float(self.usual[edge - 1]) + float(beyond.max()))
        return edge + int(np.argmax(beyond > level))


def agreed(insets: Sequence[Insets]) -> list[Insets]:
    """Make bars that differ by a line or two the same: the deepest of each kind.

    Args:
        insets: One a shot.

    Returns:
        As many.
    """
    columns = []
    for side in zip(*insets, strict=True):
        kinds: list[list[int]] = []
        for value in sorted(set(side)):
            if kinds and value and value - kinds[-1][0] <= SAME_LINES and kinds[-1][0]:
                kinds[-1].append(value)
            else:
                kinds.append([value])
        deepest = {value: kind[-1] for kind in kinds for value in kind}
        columns.append([deepest[value] for value in side])
    return [Insets(*row) for row in zip(*columns, strict=True)]
