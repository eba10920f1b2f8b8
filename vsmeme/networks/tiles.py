"""Tiles without seams: windows of the input with all the context that their output needs.

A plugin's own tiler takes an overlap that it doesn't multiply by the network's scale, and cuts
hard: seams show. Here each tile carries the network's receptive radius around what is kept of it,
or ends where the picture ends, so that the joined result equals the untiled one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import wrong
from ..pixels.rect import Rect


@dataclass(frozen=True, slots=True, kw_only=True)
class TileWindow:
    """One tile.

    Attributes:
        source: What goes into the network, input px.
        keep: What is kept of its result, px of that result.
    """

    source: Rect
    keep: Rect


@dataclass(frozen=True, slots=True, kw_only=True)
class TileGrid:
    """What tiling must know of the network and the picture.

    Attributes:
        scale: Output px per input px.
        radius: Context that a result needs, input px.
        multiple: Windows start and end at multiples of this, input px.
        size: Width and height of the picture, multiples of ``multiple``, input px.
    """

    scale: int
    radius: int
    multiple: int
    size: tuple[int, int]

    def needed(self, start: int, stop: int, limit: int) -> tuple[int, int]:
        """Return the input range that the output range ``start`` to ``stop`` depends on."""
        first = max(0, start // self.scale - self.radius)
        last = min(limit, -(-stop // self.scale) + self.radius)
        return first - first % self.multiple, last + -last % self.multiple

    def window_size(self, targets: Sequence[Rect], tile: tuple[int, int] | None) -> tuple[int, int]:
        """Return the one size that all windows get, input px.

        Args:
            targets: Parts of the output that are wanted, output px.
            tile: Largest window, input px; ``None`` for no limit.

        Raises:
            UsageError: The tile leaves nothing between two contexts.
        """
        spans = [
            (
                self.needed(target.x, target.right, self.size[0]),
                self.needed(target.y, target.bottom, self.size[1]),
            )
            for target in targets
        ]
        most = tuple(max(last - first for first, last in axis) for axis in zip(*spans, strict=True))
        if tile is None:
            return most[0], most[1]
        least = 2 * self.radius + 2 * self.multiple
        if any(side < least and side < full for side, full in zip(tile, most, strict=True)):
            raise wrong("upscale", "tile", f"sides of at least {least}, or the whole strip's", tile)
        cut = tuple(
            min(side - side % self.multiple, full) for side, full in zip(tile, most, strict=True)
        )
        return cut[0], cut[1]

    def windows(self, target: Rect, window: tuple[int, int]) -> tuple[tuple[TileWindow, ...], ...]:
        """Cover a part of the output.

        Args:
            target: What is wanted, output px.
            window: Size of every window, input px.

        Returns:
            Rows of windows, top to bottom, each left to right.
        """
        columns = self._cover(target.x, target.right, self.size[0], window[0])
        rows = self._cover(target.y, target.bottom, self.size[1], window[1])
        return tuple(
            tuple(
                TileWindow(
                    source=Rect(x=x, y=y, w=window[0], h=window[1]),
                    keep=Rect(
                        x=left - x * self.scale,
                        y=top - y * self.scale,
                        w=right - left,
                        h=bottom - top,
                    ),
                )
                for x, left, right in columns
            )
            for y, top, bottom in rows
        )

    def _cover(self, start: int, stop: int, limit: int, window: int) -> list[tuple[int, int, int]]:
        pieces: list[tuple[int, int, int]] = []
        at = start
        while at < stop:
            first = min(self.needed(at, at + 1, limit)[0], limit - window)
            sure = first + window - self.radius if first + window < limit else limit
            end = min(stop, sure * self.scale)
            pieces.append((first, at, end))
            at = end
        return pieces
