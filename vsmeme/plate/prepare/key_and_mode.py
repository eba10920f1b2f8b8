"""Decisions about a shot's plates: which frames share one, which frame is its key, which mode."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import cv2
import numpy as np

from ...arrays.images import Mask
from ...errors import UsageError
from ...progress import log
from ...settings.picture_settings import Background
from ..ledger import Exposure, Mode
from .light_changes import expose
from .plate_grid import PlateGrid, plan_grid
from .shot_survey import LEAST_CONFIDENCE, Survey, best_frame, to_small

# One plate may reach this far, as multiples of the canvas; beyond, a shot gets several keys.
LARGEST_PLATE = 2.0
LARGEST_ZOOM = 1.8
# A key serves at least so many frames.
SHORTEST_RUN = 8
# Background of its own motion (people, water): a share of it that changes this much between the
# key frame and the others keeps a still camera's background live.
BUSY_CODES, BUSY_SHARE = 6.0 * 256.0, 0.01
# What shows of background that no frame has: up to this share of the canvas is the soft rim of a
# subject that stands still.
VISIBLE_SHARE = 5e-4


def runs(seen: Survey, wanted: Literal["auto"] | int) -> tuple[Survey, ...]:
    """Split a shot into runs of frames that share one plate.

    Args:
        seen: The survey of the shot.
        wanted: How many; ``auto`` for as few as the camera's motion allows.

    Returns:
        One survey a run, in order.
    """
    most = max(1, len(seen.glances) // SHORTEST_RUN)
    if wanted != "auto":
        if wanted > most:
            log.warning("inpaint.keys: %d frames allow %d keys", len(seen.glances), most)
        return _split(seen, min(wanted, most))
    for count in range(1, most):
        parts = _split(seen, count)
        if all(_fits(part) for part in parts):
            return parts
    return _split(seen, most)


def key_frame(seen: Survey, frame: Literal["best", "first"] | int) -> int:
    """Return the key frame of a run, as ``[background] frame`` wants it."""
    first, last = seen.glances[0].frame, seen.glances[-1].frame
    if frame == "first":
        return first
    if frame == "best" or not first <= frame <= last:
        return best_frame(seen)
    return frame


def choose_mode(
    seen: Survey,
    grid: PlateGrid,
    *,
    hidden: Mask,
    exposure: tuple[Exposure, ...],
    settings: Background,
) -> Mode:
    """Decide between a still and a live background.

    Args:
        seen: The survey of the run.
        grid: The plate's grid.
        hidden: Background that no frame shows, on the plate.
        exposure: What brings the plate to each frame.
        settings: ``[background]``.

    Returns:
        The mode. ``auto`` is still where the camera and the background stand still and nothing
        unseen would show.

    Raises:
        UsageError: ``still`` is asked for and would show what nobody has seen.
    """
    shows = unseen_share(seen, grid, hidden)
    first, last = seen.glances[0].frame, seen.glances[-1].frame
    if settings.mode == "still" and (shows > VISIBLE_SHARE or not seen.reliable):
        reason = (
            f"{100 * shows:.2f} % of the canvas would show background that no frame has"
            if seen.reliable
            else "the camera's motion could not be measured"
        )
        raise UsageError(
            f"background.mode: still: frames {first} to {last}: {reason}; use live or auto"
        )
    if settings.mode != "auto":
        return settings.mode
    if not seen.still or not seen.reliable or shows > VISIBLE_SHARE:
        return "live"
    return "live" if busy_share(seen, grid.key, exposure) > BUSY_SHARE else "still"


def unseen_share(seen: Survey, grid: PlateGrid, hidden: Mask) -> float:
    """Return how much of the canvas, in the worst frame, would show what no frame has."""
    if not hidden.any():
        return 0.0
    on_canvas = hidden[grid.canvas_slices].astype(np.float32)
    height, width = seen.glances[0].subject.shape
    small = cv2.resize(on_canvas, (width, height), interpolation=cv2.INTER_AREA)
    worst = 0.0
    for glance, motion in zip(seen.glances, grid.motion, strict=True):
        matrix = to_small(motion, seen.size)
        placed = np.asarray(cv2.warpPerspective(small, matrix, (width, height)))
        # A share of a small pixel that is neither hidden nor subject is no overlap of the two.
        shown = np.maximum(placed - np.asarray(glance.subject), 0.0)
        worst = max(worst, float(shown.mean()))
    return worst


def busy_share(seen: Survey, key: int, exposure: tuple[Exposure, ...]) -> float:
    """Return how much of a still camera's background changes, median over the frames."""
    base = seen.at(key)
    shares = []
    for i, glance in enumerate(seen.glances):
        both = (base.background > 0.98) & (glance.background > 0.98)
        if glance.frame == key or np.count_nonzero(both) < 50:
            continue
        lit = expose(base.picture, exposure[i]) if exposure else base.picture
        change = np.abs(lit - glance.picture).max(axis=0)[both]
        shares.append(float((change > BUSY_CODES).mean()))
    return float(np.median(shares)) if shares else 0.0


def _split(seen: Survey, count: int) -> tuple[Survey, ...]:
    return tuple(_pieces(seen, count))


def _pieces(seen: Survey, count: int) -> Iterator[Survey]:
    length = len(seen.glances)
    for i in range(count):
        part = seen.glances[length * i // count : length * (i + 1) // count]
        yield Survey(size=seen.size, glances=part)


def _fits(seen: Survey) -> bool:
    """Whether one plate can serve all frames."""
    if seen.still or seen.confidence < LEAST_CONFIDENCE:
        return True
    grid = plan_grid(seen, best_frame(seen), moving=True)
    if grid.box.w > LARGEST_PLATE * seen.size[0] or grid.box.h > LARGEST_PLATE * seen.size[1]:
        return False
    zooms = [abs(m[0][0] * m[1][1] - m[0][1] * m[1][0]) for m in grid.motion]
    return max(abs(math.log(max(zoom, 1e-6))) for zoom in zooms) < 2.0 * math.log(LARGEST_ZOOM)
