"""Open areas of a plate: what is filled in one go, and how much picture is looked at for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ....arrays.images import Mask
from ....pixels.rect import Rect

CONTEXT = 1.5
# Strips thinner than twice this share of the width (what warping leaves around a plate) belong to
# no area; areas longer than the other share are cut.
SLIVER_SHARE, LARGEST_SHARE = 1 / 250, 0.3
# Background that the subject cuts off from the rest, smaller than this share of the plate, is more
# often a gap in the masks than background.
ISLAND_SHARE = 1 / 500
# A crop grows until it holds so many times as much background as is open in it.
LEAST_SOURCES = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One open area: the crop that is looked at and which of its pixels belong to the area."""

    box: Rect
    mask: Mask

    @property
    def rows_columns(self) -> tuple[slice, slice]:
        """The crop as slices of the picture."""
        return slice(self.box.y, self.box.bottom), slice(self.box.x, self.box.right)


def open_areas(mask: Mask, *, avoid: Mask | None = None, context: float = CONTEXT) -> list[Area]:
    """Cut a mask into areas, each with real picture around it.

    Slivers belong to none: there, the edge continued into them is as good as anything.

    Args:
        mask: What is open, ``h x w``.
        avoid: What is no background; crops grow until there is enough beside it.
        context: Picture on each side, as a multiple of the area's longer side.

    Returns:
        The areas, largest first; crops are clipped to the picture.
    """
    width = mask.shape[1]
    reach = 2 * max(1, round(width * SLIVER_SHARE)) + 1
    thick = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((reach, reach)))
    sources = ~mask if avoid is None else ~(mask | avoid)
    pieces = _pieces(np.asarray(thick) > 0, max(64, round(width * LARGEST_SHARE)))
    areas = [_with_context(box, part, sources, context) for box, part in pieces]
    return sorted(areas, key=lambda area: -int(np.count_nonzero(area.mask)))


def _pieces(mask: Mask, side: int) -> Iterator[tuple[Rect, Mask]]:
    """Yield connected areas; those longer than a side are cut into equal parts."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    for label in range(1, count):
        x, y, w, h = (int(v) for v in stats[label, :4])
        rows = np.linspace(y, y + h, -(-h // side) + 1).round().astype(int).tolist()
        columns = np.linspace(x, x + w, -(-w // side) + 1).round().astype(int).tolist()
        for top, bottom in itertools.pairwise(rows):
            for left, right in itertools.pairwise(columns):
                part = labels[top:bottom, left:right] == label
                if part.any():
                    yield Rect(x=left, y=top, w=right - left, h=bottom - top), part


def _with_context(box: Rect, part: Mask, sources: Mask, context: float) -> Area:
    height, width = sources.shape
    reach = max(32, round(context * max(box.w, box.h))) if context else 0
    while True:
        left, top = max(0, box.x - reach), max(0, box.y - reach)
        right, bottom = min(width, box.right + reach), min(height, box.bottom + reach)
        beside = int(np.count_nonzero(sources[top:bottom, left:right]))
        whole = (right - left, bottom - top) == (width, height)
        if not context or whole or beside >= LEAST_SOURCES * np.count_nonzero(part):
            break
        reach = round(1.5 * reach)
    mask = np.zeros((bottom - top, right - left), np.bool_)
    mask[box.y - top : box.bottom - top, box.x - left : box.right - left] = part
    return Area(box=Rect(x=left, y=top, w=right - left, h=bottom - top), mask=mask)


def islands(known: Mask) -> Mask:
    """Return the small parts of the known background that lie alone, ``h x w``."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(known.astype(np.uint8), connectivity=4)
    sizes = stats[:, cv2.CC_STAT_AREA]
    small = sizes < min(known.size * ISLAND_SHARE, sizes[1:].max(initial=0))
    small[0] = False
    return np.asarray(small[labels], np.bool_)
