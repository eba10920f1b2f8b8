"""Real pixels first: what the key frame lacks, from other frames of the shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...arrays.images import Mask, Picture, grow
from ...prepare.coverage import choose_frames, wanted_when
from ..ledger import Exposure
from .match_light import RIM_SHARE, rim, settle
from .observations import gather
from .plate_grid import Grid
from .shot_frames import Footage
from .shot_survey import Survey

# Samples kept until they are merged; fewer frames are read where more would be needed.
BUDGET_BYTES = 1_200_000_000
MOST_FRAMES = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A plate of real pixels.

    Attributes:
        plate: Samples, ``3 x h x w``.
        open: What no frame shows and the key frame lacks: to be generated.
        hidden: What the subject hides in every frame: never shown, never generated.
        subject: The subject on the key frame.
        lacked: What any frame lacks and takes from the plate.
        from_others: Pixels that came from other frames.
    """

    plate: Picture
    open: Mask
    hidden: Mask
    subject: Mask
    lacked: Mask
    from_others: int


def fill(
    footage: Footage,
    seen: Survey,
    grid: Grid,
    *,
    exposure: Sequence[Exposure],
    feather_px: int,
    reliable: bool = True,
) -> Filled:
    """Fill the key frame's gaps by what other frames show.

    Args:
        footage: Where the frames come from.
        seen: The survey of the same frames.
        grid: The plate's grid.
        exposure: What brings the key frame to each frame; empty for none. It is undone here.
        feather_px: How far the subject's soft edge reaches, canvas px.
        reliable: Whether the grid's motion holds; without it only the key frame is used.

    Returns:
        The plate.
    """
    when, lacked = wanted_when(seen, grid)
    key = next(iter(footage.read([grid.key])))
    shape = (grid.box.h, grid.box.w)
    plate = np.zeros((3, *shape), np.uint16)
    plate[:, *grid.canvas_slices] = key.picture
    kept = _on_plate(grid, ~key.missing & ~grow(key.subject > 0, feather_px))
    real = _on_plate(grid, ~key.missing)
    subject = _on_plate(grid, key.subject > 0)
    filled = np.zeros(shape, np.bool_)
    if not kept.all():
        compared = rim(kept, width_px=max(4, round(seen.size[0] * RIM_SHARE)))
        wanted = np.flatnonzero(~kept | compared)
        most = max(5, min(MOST_FRAMES, BUDGET_BYTES // (7 * wanted.size)))
        chosen = choose_frames(seen, grid, most=most) if reliable else [grid.key]
        merged, found = gather(
            footage,
            grid,
            chosen,
            wanted=wanted,
            when=when,
            lacked=lacked,
            exposure=exposure,
            feather_px=feather_px,
        )
        known = plate.copy()
        known.reshape(3, -1)[:, wanted[found]] = merged[:, found]
        filled.reshape(-1)[wanted[found]] = True
        plate = settle(plate, known, both=filled & compared, filled=filled & ~kept)
    unknown = ~kept & ~filled
    return Filled(
        plate=plate,
        open=unknown & ~real,
        hidden=unknown & real,
        subject=subject,
        lacked=lacked,
        from_others=int(np.count_nonzero(filled & ~kept)),
    )


def _on_plate(grid: Grid, part: Mask) -> Mask:
    """Place a mask of the canvas on the plate; False beyond it."""
    out = np.zeros((grid.box.h, grid.box.w), np.bool_)
    out[grid.canvas_slices] = part
    return out
