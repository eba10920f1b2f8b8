"""Claims about which frames belong together; arithmetic of its own, in NumPy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .claims_composite import conformed_luma, fine_detail, plane_correlation
from .evidence import Claim, Evidence, Numbers

PAIRS = 10  # confident ones that are looked at
AROUND = 2  # pairs before and after, whose DVD frames are the rivals
TILES = (12, 16)  # parts of the overlap that vote, rows and columns
SHARED = 0.3  # correlation of what changes, below which the passage is still
TIE = 0.02  # correlations nearer than this are alike
SURE = 2.0  # standard errors: one chance in forty


class Rivalry(NamedTuple):
    """How a pair's DVD frame compares with those next to it.

    Attributes:
        margin: Correlation of its changes with the wide's, less the best rival's.
        sure: The margin in standard errors over the tiles.
        still: Whether nothing changes that both films show.
    """

    margin: float
    sure: float
    still: bool


def monotone(evidence: Evidence) -> Claim:
    """Neither sequence ever steps back, and the wide never skips."""
    pairs = evidence.pairs
    steps = [(b["wide"] - a["wide"], b["dvd"] - a["dvd"]) for a, b in pairwise(pairs)]
    bad = [n for n, (wide, dvd) in enumerate(steps, 1) if wide != 1 or dvd < 0]
    return Claim(
        name="both sequences monotone",
        passed=not bad,
        number=len(bad),
        limit="0 steps",
        note=f"pair {bad[0]} steps back or skips" if bad else f"{len(pairs)} pairs",
    )


def best_partner(evidence: Evidence) -> Claim:
    """Confident pairs change as the wide does, more than the DVD's frames next to them."""
    sure = [n for n, pair in enumerate(evidence.pairs) if pair["confident"]]
    picked = [sure[int(i)] for i in np.unique(np.linspace(0, len(sure) - 1, PAIRS).astype(int))]
    found = {n: _rivalry(evidence, n) for n in picked} if sure else {}
    beaten = [n for n, each in found.items() if is_beaten(each)]
    told = [each.sure for each in found.values() if not each.still and each.sure >= SURE]
    still = sum(each.still for each in found.values())
    least = f", the least by {min(told):.1f} standard errors" if told else ""
    note = f"{len(told)} of {len(found)} told apart{least}; {still} still"
    return Claim(
        name="confident pairs best among their neighbours",
        passed=not beaten,
        number=len(beaten),
        limit="0 pairs",
        note=f"pair {beaten[0]} is beaten; {note}" if beaten else note,
    )


def is_beaten(found: Rivalry) -> bool:
    """Whether a rival is better, and surely so."""
    return not found.still and found.margin < -TIE and found.sure < -SURE


def _rivalry(evidence: Evidence, n: int) -> Rivalry:
    """Compare a pair with those around it in the same shot."""
    shot, pairs = evidence.shot(n), evidence.pairs
    first, last = max(shot["first"], n - AROUND), min(shot["last"], n + AROUND)
    near = {pairs[m]["dvd"]: m for m in (*range(first, last + 1), n)}
    if len(near) < 2:
        return Rivalry(0.0, 0.0, still=True)
    wide = {m: _overlap_luma(evidence, n, m) for m in range(first, last + 1)}
    dvd = {number: _conformed_part(evidence, n, m) for number, m in near.items()}
    return rivalry(wide[n], list(wide.values()), dvd, own=pairs[n]["dvd"])


def rivalry(frame: Numbers, around: list[Numbers], dvd: dict[int, Numbers], *, own: int) -> Rivalry:
    """Compare what changes: what stands still looks alike in every frame, but for its noise.

    Args:
        frame: The wide's frame, on the DVD's grid, less its local mean.
        around: The wide's frames around it, itself among them, alike.
        dvd: Different frames of the DVD by number, alike.
        own: The number of the frame's partner.
    """
    wanted = frame - np.mean(around, axis=0)
    usual = np.mean(list(dvd.values()), axis=0)
    changes = {number: picture - usual for number, picture in dvd.items()}
    scores = {number: plane_correlation(wanted, change) for number, change in changes.items()}
    rival = max((number for number in dvd if number != own), key=lambda number: scores[number])
    votes = [
        _tiles(wanted * changes[number]) / max(1e-9, float(np.linalg.norm(changes[number])))
        for number in (own, rival)
    ]
    lead = votes[0] - votes[1]
    error = float(lead.std(ddof=1)) / np.sqrt(lead.size) if lead.size > 1 else 0.0
    return Rivalry(
        margin=scores[own] - scores[rival],
        sure=float(lead.mean()) / max(error, 1e-12),
        still=max(scores.values()) < SHARED,
    )


def _tiles(picture: Numbers) -> Numbers:
    """Sums over the parts of a picture."""
    rows = np.array_split(picture, min(TILES[0], picture.shape[0]), axis=0)
    columns = min(TILES[1], picture.shape[1])
    return np.array([part.sum() for row in rows for part in np.array_split(row, columns, axis=1)])


def _inside(layout: dict[str, Any]) -> tuple[slice, slice]:
    """Rows and columns of the conformed DVD that the wide covers."""
    scale = layout["scale"]
    x, y, w, h = layout["wide"]
    left, top = layout["dvd"][:2]
    rows = slice(max(0, -(-(y - top) // scale)), (y + h - top) // scale)
    columns = slice(max(0, -(-(x - left) // scale)), (x + w - left) // scale)
    size = layout["conform"]["size"]
    return (
        slice(rows.start, min(rows.stop, size[1])),
        slice(columns.start, min(columns.stop, size[0])),
    )


def _overlap_luma(evidence: Evidence, n: int, m: int) -> Numbers:
    """The wide's frame of a pair on the DVD's grid, less its local mean; layout of another."""
    layout = evidence.layout(n)
    scale = layout["scale"]
    rows, columns = _inside(layout)
    left = layout["dvd"][0] + columns.start * scale
    top = layout["dvd"][1] + rows.start * scale
    w, h = columns.stop - columns.start, rows.stop - rows.start
    wide = evidence.frame("wide", m)[0].astype(np.float64)
    x = left - layout["wide"][0] + evidence.wide_part(n)[0]
    y = top - layout["wide"][1] + evidence.wide_part(n)[1]
    area = wide[y : y + h * scale, x : x + w * scale]
    return fine_detail(area.reshape(h, scale, w, scale).mean((1, 3)))


def _conformed_part(evidence: Evidence, n: int, m: int) -> Numbers:
    """The DVD's frame of a pair in the layout of another, less its local mean."""
    layout = evidence.layout(n)
    rows, columns = _inside(layout)
    return fine_detail(conformed_luma(evidence, m, layout)[rows, columns])
