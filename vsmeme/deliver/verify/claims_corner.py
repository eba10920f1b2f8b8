"""The claim that no box shows where neither source has picture; arithmetic of its own, in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .evidence import Claim, Evidence, Numbers

OFF_PX, MEAN_PX, ALONG_PX = 2, 3, 9
INSIDE_PX = (12, 18, 24)  # lines that an edge is compared with
LEAST_PX = 30  # depth of an area that has room for them
LEAST_LENGTH_PX = 18
UNSEEN_CODES = 0.25  # steps that nobody sees do not count, 8-bit codes
MOST, MOST_P90 = 1.5, 4.0


def corners_join(evidence: Evidence) -> Claim:
    """Missing area meets the picture with no larger a step than it has inside."""
    ratios: list[float] = []
    worst, note = 0.0, "nothing is missing that has room for a step"
    for n in evidence.samples:
        if evidence.absent(n):
            continue
        layout, planes = evidence.layout(n), None
        for area, side in corner_edges(layout):
            if planes is None:
                planes = np.stack([p / 256.0 for p in evidence.frame("delivered", n)])
            ratio = edge_ratio(planes, area, side)
            ratios.append(ratio)
            if ratio > worst:
                worst, note = ratio, f"most {ratio:.1f}, pair {n}, {side} of {area}"
    median, high = (float(np.percentile(ratios, q)) for q in (50, 90)) if ratios else (0.0, 0.0)
    return Claim(
        name="missing area joins the picture without a step",
        passed=median <= MOST and high <= MOST_P90,
        number=median,
        limit=f"median <= {MOST}, p90 <= {MOST_P90:.0f}",
        note=f"p90 {high:.1f}; {note}" if ratios else note,
    )


def corner_edges(layout: dict[str, Any]) -> Iterator[tuple[list[int], str]]:
    """Yield each missing rectangle with each of its sides that borders on picture."""
    width, height = layout["canvas"]
    empty = np.zeros((height + 2, width + 2), np.bool_)
    empty[0] = empty[-1] = empty[:, 0] = empty[:, -1] = True  # nor is there picture outside
    for x, y, w, h in layout["missing"]:
        empty[y + 1 : y + 1 + h, x + 1 : x + 1 + w] = True
    for x, y, w, h in layout["missing"]:
        columns, rows = slice(x + 1, x + 1 + w), slice(y + 1, y + 1 + h)
        lines = {
            "top": (empty[y, columns], h),
            "bottom": (empty[y + 1 + h, columns], h),
            "left": (empty[rows, x], w),
            "right": (empty[rows, x + 1 + w], w),
        }
        for side, (line, depth) in lines.items():
            if depth >= LEAST_PX and line.size >= LEAST_LENGTH_PX and not line.any():
                yield [x, y, w, h], side


def edge_ratio(planes: Numbers, area: list[int], side: str) -> float:
    """Return the step across an edge over those further inside.

    Args:
        planes: Y, Cb and Cr, 8-bit codes, ``3 x h x w``.
        area: Missing rectangle: x, y, w, h.
        side: Which of its edges.
    """
    x, y, w, h = area
    level = side in ("top", "bottom")
    part = planes[:, :, x : x + w] if level else planes[:, y : y + h].transpose(0, 2, 1)
    first, size = (y, h) if level else (x, w)
    edge, inward = (first, 1) if side in ("top", "left") else (first + size, -1)
    steps = [_step(part, edge + inward * depth) for depth in (0, *INSIDE_PX)]
    return steps[0] / max(float(np.mean(steps[1:])), UNSEEN_CODES)


def _step(planes: Numbers, at: int) -> float:
    """Mean absolute step across a row, of means beside it that are blurred along it."""
    above = planes[:, at - OFF_PX - MEAN_PX : at - OFF_PX].mean(1)
    below = planes[:, at + OFF_PX : at + OFF_PX + MEAN_PX].mean(1)
    kernel = np.full(ALONG_PX, 1 / ALONG_PX)
    soft = [np.convolve(row, kernel, mode="valid") for row in below - above]
    return float(np.abs(soft).mean())
