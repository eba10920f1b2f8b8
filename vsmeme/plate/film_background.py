"""The background of a whole film: every shot's plates behind its frames.

Frames that are filled alike share one graph, whichever plates lie behind them: one a shot would
take a third of a megabyte each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Literal

import vapoursynth as vs

from ..artifact import FilePath
from ..errors import ArtifactError
from ..pixels.rect import Rect
from ..pixels.region import spliced
from .background import Filling, behind
from .ledger import Ledger
from .placed_plate import PlacedPlate
from .plate_files import load_plate


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Frames in which the same area is missing.

    Attributes:
        first: First pair.
        last: Last pair, included.
        areas: Rectangles that hold all of it, canvas px.
    """

    first: int
    last: int
    areas: tuple[Rect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Frames ``first`` up to, not including, ``end``, and the plate behind them."""

    first: int
    end: int
    sheet: PlacedPlate


def backgrounds(
    clip: vs.VideoNode,
    missing: vs.VideoNode,
    ledger: Ledger,
    work: FilePath,
    *,
    mode: Literal["auto", "still", "live"] = "auto",
    lacks: Sequence[Lack] = (),
    avoid: vs.VideoNode | None = None,
) -> vs.VideoNode:
    """Put every shot's plates behind a whole composite.

    Args:
        clip: The composite, YUV444P16, ``w x h x n``.
        missing: Where neither source has picture, GRAY8 full range, ``w x h x n``.
        ledger: Which plate serves which frames.
        work: The work folder.
        mode: ``auto`` takes what the ledger records for each shot.
        lacks: Which rectangles are missing in which frames, in order; where none is given, the
            plate is taken as it is.
        avoid: GRAY8 full range, ``w x h x n``: what a mirror does not show.

    Returns:
        YUV444P16, ``w x h x n``.

    Raises:
        ArtifactError: The ledger does not reach over the clip, or a plate was changed.
    """
    work = Path(work)
    alike: dict[Filling, list[_Piece]] = {}
    expected = 0
    for key in ledger.keys:
        if expected >= clip.num_frames or key.first != expected:
            break
        last = min(key.last, clip.num_frames - 1)
        plate = load_plate(key, work)
        for first, end, areas in _pieces(key.first, last, lacks):
            local = slice(first - key.first, end + 1 - key.first)
            sheet = PlacedPlate(
                plate=plate,
                origin=key.origin,
                motion=key.motion[local],
                exposure=key.exposure[local],
            )
            filling = Filling(mode=key.mode if mode == "auto" else mode, fill=key.fill, areas=areas)
            alike.setdefault(filling, []).append(_Piece(first=first, end=end + 1, sheet=sheet))
        expected = last + 1
    if expected != clip.num_frames:
        raise ArtifactError(f"background.json: no plate for frame {expected}; run vsmeme inpaint")
    parts = [
        part
        for filling, pieces in alike.items()
        for part in _filled(clip, missing, filling, pieces, avoid)
    ]
    return spliced([node for _, node in sorted(parts, key=itemgetter(0))])


def _filled(
    clip: vs.VideoNode,
    missing: vs.VideoNode,
    filling: Filling,
    pieces: Sequence[_Piece],
    avoid: vs.VideoNode | None,
) -> Iterator[tuple[int, vs.VideoNode]]:
    """Put plates behind all frames that are filled alike; yields runs with their first frames."""
    runs = _runs(pieces)

    def taken(node: vs.VideoNode) -> vs.VideoNode:
        return spliced([node[first:end] for first, end in runs])

    sheets = [(piece.sheet, piece.end - piece.first) for piece in pieces]
    made = behind(taken(clip), sheets, taken(missing), filling, avoid=avoid and taken(avoid))
    at = 0
    for first, end in runs:
        yield first, made[at : at + end - first]
        at += end - first


def _runs(pieces: Sequence[_Piece]) -> list[tuple[int, int]]:
    """Join pieces that follow each other."""
    runs: list[tuple[int, int]] = []
    for piece in pieces:
        if runs and runs[-1][1] == piece.first:
            runs[-1] = (runs[-1][0], piece.end)
        else:
            runs.append((piece.first, piece.end))
    return runs


def _pieces(
    first: int, last: int, lacks: Sequence[Lack]
) -> Iterator[tuple[int, int, tuple[Rect, ...] | None]]:
    """Split frames where other area is missing: first, last and the area, or ``None``."""
    at = first
    for lack in lacks:
        if lack.last < at or lack.first > last:
            continue
        if lack.first > at:
            yield at, lack.first - 1, None
        at = max(at, lack.first)
        end = min(last, lack.last)
        yield at, end, lack.areas
        at = end + 1
    if at <= last:
        yield at, last, None
