"""How far the DVD moves within a shot: pan and scan, weave; measured frame by frame."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...pixels.rect import Rect
from ..layout import Layout
from . import fine_alignment
from .fine_alignment import Matrix, NormalEquations
from .rough_search import Luma
from .shot_groups import INFLATION, SURE_ERRORS, translated
from .shot_placement import (
    RELIABLE,
    SHIFT_AND_SCALES,
    ShotPictures,
    ShotPlacement,
    place_shot,
    prepared,
)

STILL_PX = 0.25
"""Px of the wide below which a shot stands still."""
BELIEVED = 0.5
"""Correlation from which a frame's own shift counts; the others lie between their neighbours."""
SAME_SCALE = 0.01
"""Share by which the scales of a shot's frames may differ: a zoom is no pan."""
LEAP_TIMES, LEAP_PX = 4.0, 3.0
"""A frame that lies so much farther from its neighbours than they do from each other is no pan."""
KEPT_NORMALS = 8
ROUNDS = 8

Offsets = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Where the DVD lies in some frames of a shot.

    Attributes:
        frames: Pair numbers, rising.
        offsets: Px of the wide relative to the shot's map, one row a frame.
        normals: Normal equations of some of them, each about its own place.
    """

    frames: Sequence[int]
    offsets: Offsets
    normals: Sequence[NormalEquations] = ()

    def at(self, n: int) -> Offsets:
        """Return the offset of a pair, between those that are known."""
        x, y = (np.interp(n, self.frames, self.offsets[:, axis]) for axis in (0, 1))
        return np.array([x, y])


def moving_shot(pictures: ShotPictures, *, aspect: float) -> tuple[ShotPlacement, Offsets] | None:
    """Place the frames of a shot one by one, where no one map fits them all.

    Args:
        pictures: The shot.
        aspect: The DVD's sample aspect ratio.

    Returns:
        The placement of the middle frame, and where all lie relative to it, px of the wide; None
        where they do not show one picture that only moves.
    """
    if len(pictures.pairs) < 2:
        return None
    each = [place_shot(replace(pictures, pairs=[pair]), aspect=aspect) for pair in pictures.pairs]
    maps = [p.matrix for p in each if p.matrix is not None and p.correlation >= RELIABLE]
    if len(maps) < len(each):
        return None
    scales = np.array([[m[0, 0], m[1, 1]] for m in maps])
    if float((np.ptp(scales, axis=0) / scales.mean(axis=0)).max()) > SAME_SCALE:
        return None
    middle = len(each) // 2
    centre = np.array([each[0].dvd_size[0] / 2, each[0].dvd_size[1] / 2, 1.0])
    places = np.array([matrix @ centre for matrix in maps])
    lead = replace(each[middle], length=pictures.length)
    return lead, places - places[middle]


def own_offsets(placement: ShotPlacement) -> Offsets:
    """Where each measured frame of a shot lies by itself, px of the wide from the shot's map."""
    if placement.matrix is None:
        return np.zeros((0, 2))
    linear = placement.matrix[:, :2]
    return np.array([linear @ _shift(normals) for normals in placement.normals])


def _shift(normals: NormalEquations) -> Offsets:
    hessian = normals.hessian[:2, :2]
    damp = 1e-9 * float(np.trace(hessian)) * np.eye(2)
    return np.asarray(np.linalg.solve(hessian + damp, normals.gradient[:2]))


def is_moving(placement: ShotPlacement) -> bool:
    """Whether the measured frames of a shot lie apart, by more than they could by chance."""
    if placement.matrix is None or len(placement.normals) < 2:
        return False
    offsets = own_offsets(placement)
    pitch = float(np.sqrt(abs(np.linalg.det(placement.matrix[:, :2]))))
    errors = [
        INFLATION * pitch * float(np.sqrt(np.linalg.inv(n.hessian[:2, :2]).trace()))
        for n in placement.normals
    ]
    spread = float(np.hypot(*np.ptp(offsets, axis=0)))
    return spread > max(2 * STILL_PX, SURE_ERRORS * float(np.median(errors)))


def measure_drift(
    frames: Iterable[tuple[int, Luma, Luma]], placement: ShotPlacement, start: Drift
) -> Drift | None:
    """Measure the shift of every frame of a shot.

    Args:
        frames: Pair number, luma of the wide's active picture and of the whole DVD, in order.
        placement: Of the shot.
        start: Where some of them lie.

    Returns:
        The shift of the frames that tell it; None where none does.
    """
    if placement.matrix is None:
        return None
    area, corner = placement.dvd_active, placement.wide_active
    shift = np.eye(6)[:, :2]
    numbers, offsets, about = [], [], []
    for n, wide, dvd in frames:
        matrix = placement.matrix.copy()
        matrix[:, 2] += start.at(n) - (corner.x, corner.y)
        mask = np.zeros(dvd.shape, bool)
        mask[area.y : area.bottom, area.x : area.right] = True
        normals: list[NormalEquations | None] = []
        for level in (1, 0) if dvd.shape[1] > 160 else (0,):
            levels = prepared([(wide, dvd)], matrix, mask, level)
            matrix, normals = fine_alignment.refine_map(
                levels, matrix, shift, level=level, rounds=ROUNDS
            )
        known = [each for each in normals if each is not None]
        if known and known[0].correlation >= BELIEVED:
            numbers.append(n)
            about.append(known[0])
            offsets.append(matrix[:, 2] + (corner.x, corner.y) - placement.matrix[:, 2])
    if not numbers:
        return None
    step = -(-len(about) // KEPT_NORMALS)
    return Drift(numbers, _without_leaps(np.array(offsets)), about[::step])


def _without_leaps(offsets: Offsets) -> Offsets:
    """Replace a frame that leaps away from both its neighbours, which agree, by their mean."""
    if len(offsets) < 3:
        return offsets
    result = offsets.copy()
    around = (offsets[:-2] + offsets[2:]) / 2
    apart = np.hypot(*(offsets[2:] - offsets[:-2]).T)
    leap = np.hypot(*(offsets[1:-1] - around).T)
    wild = leap > LEAP_TIMES * (apart + LEAP_PX)
    result[1:-1][wild] = around[wild]
    return result


def centred(placement: ShotPlacement, drift: Drift) -> tuple[ShotPlacement, Drift]:
    """Count a drift from the middle of it, and move the shot's map there.

    Args:
        placement: Of the shot.
        drift: From that map.
    """
    if placement.matrix is None:
        return placement, drift
    middle = np.median(drift.offsets, axis=0)
    matrix: Matrix = placement.matrix.copy()
    matrix[:, 2] += middle
    # frames that lie apart say little of the scale until each is at its own place
    step = fine_alignment.solve_step(drift.normals, SHIFT_AND_SCALES)
    squared = fine_alignment.moved(matrix, step, placement.dvd_size)
    normals = [translated(n, matrix, squared, placement.dvd_size) for n in drift.normals]
    return (
        replace(placement, matrix=squared, normals=normals),
        replace(drift, offsets=drift.offsets - middle),
    )


def canvas_drift(
    layout: Layout, film: Rect, placement: ShotPlacement, drift: Drift, pairs: range
) -> tuple[tuple[float, float], ...]:
    """Return where the DVD lies relative to a layout, for each pair of a shot.

    Args:
        layout: Of the shot.
        film: Active picture of the wide over the whole film, px as decoded.
        placement: Of the shot.
        drift: Of the shot.
        pairs: Pair numbers of the shot.

    Returns:
        Canvas px; nothing where it stays within a quarter of a px.
    """
    if placement.matrix is None:
        return ()
    area, shown = placement.dvd_active, layout.wide_active or film
    centre = np.array([area.x + area.w / 2, area.y + area.h / 2, 1.0])
    move = np.array(
        [
            layout.wide.x - layout.wide_crop.x - shown.x,
            layout.wide.y - layout.wide_crop.y - shown.y,
        ]
    )
    rest = placement.matrix @ centre + move - layout_point(layout, centre[0], centre[1])
    rows = [rest + drift.at(n) for n in pairs]
    if float(np.abs(rows).max()) <= STILL_PX:
        return ()
    return tuple((round(float(x), 3), round(float(y), 3)) for x, y in rows)


def layout_point(layout: Layout, x: float, y: float) -> Offsets:
    """Where a layout puts a point of the decoded DVD, canvas px."""
    left, top, width, height = layout.window or (0.0, 0.0, layout.active.w, layout.active.h)
    u = (x - layout.active.x - left) * layout.dvd_size[0] / width
    v = (y - layout.active.y - top) * layout.dvd_size[1] / height
    if layout.corrected:
        return np.asarray(np.array(layout.fit.matrix) @ np.array([u, v, 1.0]))
    return np.array([layout.dvd.x + layout.scale * u, layout.dvd.y + layout.scale * v])
